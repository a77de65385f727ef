"""One picture out of a file, as Pillow reads it, in the form that was asked for."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageOps

from netspec import Array, DataError, LimitError, shown_name

__all__ = ["SUFFIXES", "Colour", "Fit", "is_picture", "read_bytes", "read_picture"]

Colour = Literal["grey", "rgb"]
Fit = Literal["exact", "stretch", "contain", "cover"]

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"})
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")
_MOST_PIXELS = 2**26
_MODES = {"grey": "L", "rgb": "RGB"}


def is_picture(path: Path) -> bool:
    """Whether the file's suffix is a picture's."""
    return path.suffix.lower() in SUFFIXES


def read_picture(
    path: Path, *, colour: Colour, size: tuple[int, int] | None = None, fit: Fit = "exact"
) -> Array:
    """The picture as float32 in [0, 1], `(height, width, channels)`, 0 for black.

    As `read_bytes`, the bytes divided by 255.
    """
    return read_bytes(path, colour=colour, size=size, fit=fit).astype(np.float32) / 255


def read_bytes(
    path: Path, *, colour: Colour, size: tuple[int, int] | None = None, fit: Fit = "exact"
) -> Array:
    """The picture as bytes, `(height, width, channels)`: one channel for `grey`, three for `rgb`.

    It stands upright, as its camera noted; what is transparent lies on white; of a file with several
    frames it is the first. `size` is (height, width). A picture of another size is refused where
    `fit` is `exact`; `stretch` changes its proportions, `contain` keeps all of it on white, `cover`
    fills the size and cuts what is over, evenly on both sides.

    Raises DataError where the file is no picture, LimitError where it has more than 2²⁶ pixels.
    """
    name = shown_name(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            opened = Image.open(path, formats=_FORMATS)
        with opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise LimitError(
                    f"{name} has {opened.width} × {opened.height} pixels, at most {_MOST_PIXELS:,}",
                    "make the picture smaller",
                )
            picture = _on_white(ImageOps.exif_transpose(opened)).convert(_MODES[colour])
    except Image.DecompressionBombError:
        raise LimitError(f"{name} has too many pixels", "make the picture smaller") from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{name} cannot be read as a picture: {reason}") from None
    if size is not None and (picture.height, picture.width) != size:
        picture = _fitted(picture, size, fit, name)
    values = np.asarray(picture)
    return values[..., np.newaxis] if colour == "grey" else values


def _on_white(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB") if picture.mode == "P" else _eight_bits(picture)
    over = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", over.size, "white"), over).convert("RGB")


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Sixteen bits a pixel are divided: Pillow's own conversion cuts them at 255."""
    if not picture.mode.startswith("I"):
        return picture
    return Image.fromarray((np.asarray(picture) // 257).astype(np.uint8))


def _fitted(picture: Image.Image, size: tuple[int, int], fit: Fit, name: str) -> Image.Image:
    height, width = size
    way = Image.Resampling.BILINEAR
    match fit:
        case "stretch":
            return picture.resize((width, height), way)
        case "contain":
            return ImageOps.pad(picture, (width, height), way, color="white")
        case "cover":
            return ImageOps.fit(picture, (width, height), way)
    raise DataError(
        f"{name} has {picture.height} by {picture.width} pixels, not {height} by {width}",
        'say how it is to fit: "fit": "stretch", "contain" or "cover"',
    )
