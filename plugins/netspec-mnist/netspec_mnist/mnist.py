"""The four files of the MNIST database."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from netspec import IDX, Array, Data, DataError, Dataset, shown_name

from .one_digit import refuse_one_hot, yes_or_no
from .picture import as_digit

__all__ = ["DIGITS", "MNIST", "bundled", "check_pictures"]

DIGITS = tuple("0123456789")
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"})
"""The suffixes that netspec-images reads, for where it is not installed."""
_TRAIN = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")
_TEST = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


class MNIST(Dataset):
    """60 000 handwritten digits to train, 10 000 to test: pictures `(28, 28, 1)`, labels 0 to 9.

    Pixels are float32 in [0, 1], 0 for paper, the bytes divided by 255 (`scale`). `flatten` gives
    `(784,)`, `one_hot` labels as `(10,)`. The files come with the package; `folder`, inside the
    data's folder, holds others under the same names: with or without `.gz`, or as some programs
    unpack them, `train-images.idx3-ubyte`. Gzipped or not, their content decides.

    With `digit` the question is whether a picture shows this one: labels are 1 for yes, 0 for no.

    For a prediction it reads pictures of any size, where netspec-images is installed: `ink` is
    darker than the paper or lighter, and `fit` makes a digit of it as the database was made: cut
    out, scaled into 20 by 20, centred by mass in 28 by 28. Without `fit` a picture has 28 by 28
    pixels and is taken as it is.

    From LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document
    recognition" (1998).
    """

    paths: ClassVar[tuple[str, ...]] = ("folder",)

    type: Literal["mnist"] = "mnist"
    folder: str | None = Field(default=None, description="where other files of the same names are")
    flatten: bool = Field(default=False, description="vectors in place of rows and columns")
    one_hot: bool = Field(
        default=False, description="labels as values, 1 at the class, in place of indices"
    )
    scale: bool = Field(default=True, description="bytes divided by 255, into [0, 1]")
    digit: int | None = Field(
        default=None, ge=0, le=9, description="ask for this digit only: yes or no"
    )
    ink: Literal["dark", "light"] = Field(
        default="dark", description="in a picture to predict: darker or lighter than its paper"
    )
    fit: bool = Field(
        default=True,
        description="cut out, scale and centre such a picture as the database was made",
    )

    @model_validator(mode="after")
    def _yes_or_no_is_one_value(self) -> Self:
        refuse_one_hot(self.digit, self.one_hot)
        return self

    def parts(self) -> tuple[str, ...]:
        return ("train", "test")

    def describe(self) -> str:
        shape = "(784,)" if self.flatten else "(28, 28, 1)"
        return f"mnist, handwritten digits: 60000 to train, 10000 to test, {shape}"

    def open(self, root: Path, state: dict[str, Any] | None = None) -> Data:
        folder = ""
        if self.folder is None:
            root = bundled()
        else:
            self.inside(root, self.folder, "folder")
            folder = self.folder + "/"
        idx = IDX(
            train=_pair(root, folder, _TRAIN),
            test=_pair(root, folder, _TEST),
            flatten=self.flatten,
            channels=not self.flatten,
            one_hot=self.one_hot,
            scale=self.scale,
        )
        data = idx.open(root, {"classes": list(DIGITS)})
        shape = (784,) if self.flatten else (28, 28, 1)
        for part in (data.train, data.test):
            if part is not None:
                check_pictures(part.inputs.shape, shape)
        return data if self.digit is None else yes_or_no(data, self.digit)

    def read_inputs(self, source: Path, state: dict[str, Any] | None) -> Array | None:
        try:
            from netspec_images.reading import is_picture, read_picture
        except ModuleNotFoundError:
            _refuse_pictures(source)
            return None
        if not is_picture(source):
            return None
        grey = read_picture(source, colour="grey")[..., 0]
        ink = 1 - grey if self.ink == "dark" else grey
        if self.fit:
            ink = as_digit(ink)
        check_pictures((1, *ink.shape), (28, 28))
        value = ink if self.scale else ink * 255
        return value.reshape((1, 784) if self.flatten else (1, 28, 28, 1))


def bundled() -> Path:
    """The folder of the four files that come with the package."""
    return Path(str(files("netspec_mnist") / "data"))


def check_pictures(found: tuple[int, ...], shape: tuple[int, ...]) -> None:
    """DataError where the samples are no pictures of MNIST's size."""
    if found[1:] != shape:
        raise DataError(
            f"the pictures are {found[1:]}, not {shape}",
            "mnist reads pictures of 28 by 28 pixels; for others there is the dataset idx",
        )


def _refuse_pictures(source: Path) -> None:
    """DataError for a picture, which nobody here can read; other files are not ours."""
    if source.suffix.lower() in _PICTURES:
        raise DataError(
            f"{shown_name(source)}: pictures need netspec-images", "pip install netspec-images"
        )


def _pair(root: Path, folder: str, names: tuple[str, str]) -> tuple[str, str]:
    pictures, labels = (folder + _written(root / folder, name) for name in names)
    return pictures, labels


def _written(folder: Path, name: str) -> str:
    """The name under which a file of the database lies in the folder."""
    unpacked = name.replace("-idx", ".idx")
    names = [name + ".gz", name, unpacked + ".gz", unpacked]
    return next((name for name in names if (folder / name).exists()), names[0])
