"""A folder of pictures, one folder a class."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import (
    Array,
    Data,
    DataError,
    Dataset,
    LimitError,
    Part,
    Scaled,
    known_classes,
    one_hot,
    quote,
)

from .reading import Colour, Fit, is_picture, read_bytes

__all__ = ["Images"]

_MOST_BYTES = 2**32

Size = Annotated[
    tuple[Annotated[int, Field(gt=0, le=4096)], Annotated[int, Field(gt=0, le=4096)]],
    Field(strict=False),
]


class Images(Dataset):
    """Pictures `(height, width, channels)` from folders, one folder a class: `train/cat/1.png`.

    Nothing about a picture is guessed. `size` is [height, width], `colour` is `grey`, one channel,
    or `rgb`, three. A picture of another size is refused, unless `fit` says how it becomes that
    size: `stretch` changes its proportions, `contain` puts all of it on white, `cover` cuts what is
    over. `invert` makes black white; `scale` divides the bytes by 255 into [0, 1]. A picture stands
    upright as its camera noted, and what is transparent lies on white. `flatten` gives vectors.

    Classes are the folders' names in `train` and `validation`, sorted; the folder of a class may
    hold folders. Files that are no pictures by their suffix, and those whose names begin with a dot,
    are passed over. Pictures are kept in memory as bytes.
    """

    paths: ClassVar[tuple[str, ...]] = ("train", "validation", "test")
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"train": "pictures", "size": [28, 28], "colour": "grey"},
    )

    type: Literal["images"] = "images"
    train: str = Field(description="the folder with one folder a class")
    validation: str | None = Field(default=None, description="the same, to validate")
    test: str | None = Field(default=None, description="the same, to test")
    size: Size = Field(description="height and width")
    colour: Colour = Field(description="one channel or three")
    fit: Fit = Field(default="exact", description="what becomes of a picture of another size")
    invert: bool = Field(default=False, description="black becomes white")
    scale: bool = Field(default=True, description="bytes divided by 255, into [0, 1]")
    flatten: bool = Field(default=False, description="vectors in place of rows and columns")
    one_hot: bool = Field(
        default=False, description="labels as values, 1 at the class, in place of indices"
    )

    def parts(self) -> tuple[str, ...]:
        return tuple(self._folders())

    def describe(self) -> str:
        height, width = self.size
        return f"images {self.train}: {self.colour}, {height} by {width}"

    def open(self, root: Path, state: dict[str, Any] | None = None) -> Data:
        folders = {part: self.inside(root, name, part) for part, name in self._folders().items()}
        found = {part: _by_class(folder) for part, folder in folders.items()}
        classes = known_classes(state)
        if classes is None:
            learned = {name for part in found if part != "test" for name in found[part]}
            classes = tuple(sorted(learned))
        files: list[Path] = []
        parts: dict[str, Part] = {}
        for part, by_class in found.items():
            parts[part] = self._part(folders[part], by_class, classes)
            files += [path for paths in by_class.values() for path in paths]
        return Data(**parts, classes=classes, files=tuple(files), state={"classes": list(classes)})

    def read_inputs(self, source: Path, state: dict[str, Any] | None) -> Array | None:
        return self._pictures([source])[:] if is_picture(source) else None

    def _folders(self) -> dict[str, str]:
        named = {"train": self.train, "validation": self.validation, "test": self.test}
        return {part: name for part, name in named.items() if name is not None}

    def _part(
        self, folder: Path, by_class: dict[str, list[Path]], classes: tuple[str, ...]
    ) -> Part:
        unknown = sorted(by_class.keys() - set(classes))
        if unknown:
            raise DataError(
                f"{quote(folder.name)} has a folder {quote(unknown[0])}, which is no class",
                f"the classes are {', '.join(map(quote, classes))}",
            )
        labels = [classes.index(name) for name, paths in by_class.items() for _ in paths]
        targets: Array = np.asarray(labels, np.int64)
        if self.one_hot:
            targets = one_hot(targets, len(classes))
        return Part(self._pictures([p for paths in by_class.values() for p in paths]), targets)

    def _pictures(self, paths: list[Path]) -> Scaled:
        height, width = self.size
        channels = 1 if self.colour == "grey" else 3
        shape = (len(paths), height, width, channels)
        if len(paths) * height * width * channels > _MOST_BYTES:
            raise LimitError(
                f"{len(paths)} pictures of {height} by {width} are over {_MOST_BYTES:,} bytes",
                'make "size" smaller',
            )
        values: Array = np.empty(shape, np.uint8)
        for row, path in zip(values, paths, strict=True):
            row[...] = read_bytes(path, colour=self.colour, size=self.size, fit=self.fit)
        if self.invert:
            np.subtract(255, values, out=values)
        if self.flatten:
            values = values.reshape(len(paths), height * width * channels)
        return Scaled(values, 255 if self.scale else 1)


def _by_class(folder: Path) -> dict[str, list[Path]]:
    """The pictures of each class, both in the order of their names."""
    name = quote(folder.name)
    if not folder.is_dir():
        raise DataError(f"{name} is no folder", "it holds one folder a class")
    inner = sorted(each for each in folder.iterdir() if each.is_dir() and _visible(each))
    found = {each.name: _within(each, folder.resolve()) for each in inner}
    empty = [each for each, paths in found.items() if not paths]
    if not found or empty:
        what = (
            f"the folder {quote(empty[0])} in {name} has no picture"
            if empty
            else f"{name} has no folder of a class"
        )
        raise DataError(what, "one folder a class, with pictures in it, as in train/cat/1.png")
    return found


def _within(folder: Path, root: Path) -> list[Path]:
    """The pictures of a folder and of those in it; links that lead out of the data are left out."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and is_picture(path)
        and _visible(path)
        and path.resolve().is_relative_to(root)
    )


def _visible(path: Path) -> bool:
    return not path.name.startswith(".")
