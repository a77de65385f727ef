"""A text, character by character: what a network reads that is to say what comes next."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array, Data, DataError, Dataset, Part, known_classes, quote, shown_name

__all__ = ["Text"]


class Text(Dataset):
    """Windows of a text as integers `(length,)`, and as targets the characters that follow each.

    A window begins every `stride` characters, as long as a whole one and the character behind it
    are there. Targets are `(length,)` too, the window moved by one. A character's number is its
    place among the characters of the training and validation texts, sorted by code point; they are
    the classes. Files are UTF-8, with or without a byte-order mark; whatever ends a line is read as
    one newline, a character like any other.
    """

    formula: ClassVar[str] = "y[t] = x[t + 1]"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"path": "paragraph.txt", "length": 32},)

    type: Literal["text"] = "text"
    path: str = Field(description="the file")
    validation: str | None = Field(default=None, description="the file of the validation part")
    test: str | None = Field(default=None, description="the file of the test part")
    length: int = Field(gt=0, description="the characters of a window")
    stride: int = Field(default=1, gt=0, description="from the beginning of one window to the next")

    def parts(self) -> tuple[str, ...]:
        return tuple(self._paths())

    def describe(self) -> str:
        return f"text {self.path}, windows of {self.length} characters"

    def open(self, root: Path, state: dict[str, Any] | None = None) -> Data:
        paths = {
            part: self.inside(root, path, "path" if part == "train" else part)
            for part, path in self._paths().items()
        }
        texts = {part: _read(path) for part, path in paths.items()}
        characters = known_classes(state)
        if characters is None:
            learned = {c for part, text in texts.items() if part != "test" for c in text}
            characters = tuple(sorted(learned))
        parts = {}
        for part, text in texts.items():
            numbers = _numbers(text, characters, paths[part])
            windows = self._windows(numbers, self.length + 1, paths[part])
            parts[part] = Part(windows[:, :-1], windows[:, 1:])
        return Data(
            **parts,
            classes=characters,
            files=tuple(paths.values()),
            state={"classes": list(characters)},
        )

    def read_inputs(self, source: Path, state: dict[str, Any] | None) -> Array | None:
        """The windows of a text file, the last of which may end with the text.

        A text file is one that ends in `.txt`, or as the training text does.
        """
        if source.suffix.lower() not in {".txt", Path(self.path).suffix.lower()}:
            return None
        characters = known_classes(state)
        if characters is None:
            raise DataError(
                "the characters are not known before training", "give a model that was trained"
            )
        return self._windows(_numbers(_read(source), characters, source), self.length, source)

    def _paths(self) -> dict[str, str]:
        paths = {"train": self.path, "validation": self.validation, "test": self.test}
        return {part: path for part, path in paths.items() if path is not None}

    def _windows(self, numbers: Array, width: int, path: Path) -> Array:
        """`(N, width)`, a view: what overlaps is in memory once."""
        if len(numbers) < width:
            raise DataError(
                f"{shown_name(path)}: {len(numbers)} characters, fewer than the {width} that one "
                "sample needs",
                'give a longer text, or a smaller "length"',
            )
        return np.lib.stride_tricks.sliding_window_view(numbers, width)[:: self.stride]


def _read(path: Path) -> str:
    """The text of a file, one newline at the end of every line."""
    name = shown_name(path)
    if not path.is_file():
        what = "this is no regular file" if path.exists() else "there is no such file"
        raise DataError(f"{name}: {what}", "name a text file in the data's folder")
    try:
        text = _one_newline(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise DataError(f"{name}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        before = _one_newline(error.object[: error.start].decode())
        raise DataError(
            f"{_place(name, before)}: the byte {error.object[error.start]:#04x} is not UTF-8",
            "save the text as UTF-8",
        ) from None
    if not text:
        raise DataError(f"{name}: the file is empty", "a text has characters")
    return text


def _numbers(text: str, characters: tuple[str, ...], path: Path) -> Array:
    """`(len(text),)` int64: the place of each character among those that are known."""
    place_of = {character: place for place, character in enumerate(characters)}
    unseen = set(text).difference(characters)
    if unseen:
        at = next(at for at, character in enumerate(text) if character in unseen)
        raise DataError(
            f"{_place(shown_name(path), text[:at])}: the character {quote(text[at])} stands nowhere "
            "in what was trained with",
            "leave it out, or train with a text that has it",
        )
    return np.fromiter((place_of[character] for character in text), np.int64, len(text))


def _one_newline(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _place(name: str, before: str) -> str:
    """`file:line:column`, from 1, of what stands behind the text `before`."""
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return f"{name}:{line}:{column}"
