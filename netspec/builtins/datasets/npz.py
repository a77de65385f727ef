"""npz archives: the arrays that `numpy.savez` writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from netspec import Array, Data, DataError, Dataset, Part

from .archive import Archive
from .files import shown_name
from .labels import class_targets, known_classes, refuse_one_hot_numbers

__all__ = ["NPZ", "Members"]

Members = Annotated[tuple[str, ...], Field(strict=False, min_length=2, max_length=3)]
"""The names of two or three arrays: inputs, targets and, where there is a third, weights."""


class NPZ(Dataset):
    """Samples, targets and, if wanted, sample weights from the members of an npz archive.

    `train` names the members of the training part, by default `x_train` and `y_train`; `validation`
    and `test` name theirs, where there are such parts. A part may have an archive of its own
    (`validation_path`, `test_path`), with the members of `train` where nothing else is said.

    Members that are stored (`numpy.savez`) are mapped: what no batch asks for is never read. Those
    that are compressed (`numpy.savez_compressed`) are read into memory. Nothing is ever unpickled.
    Targets that are classes are int64 indices, or one-hot; with `"target_kind": "number"` they stay
    as they are.

    The format: "numpy.lib.format" in numpy's reference.
    """

    paths: ClassVar[tuple[str, ...]] = ("path", "validation_path", "test_path")
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"path": "mnist.npz"},)

    type: Literal["npz"] = "npz"
    path: str = Field(description="the archive")
    validation_path: str | None = Field(
        default=None, description="the archive of the validation part"
    )
    test_path: str | None = Field(default=None, description="the archive of the test part")
    train: Members = Field(
        default=("x_train", "y_train"), description="the members of the training part"
    )
    validation: Members | None = Field(
        default=None, description="the members of the validation part"
    )
    test: Members | None = Field(default=None, description="the members of the test part")
    target_kind: Literal["class", "number"] = Field(default="class", description="what a target is")
    one_hot: bool = Field(default=False, description="whether classes are rows of 0 and 1")

    @model_validator(mode="after")
    def _only_classes_are_one_hot(self) -> Self:
        refuse_one_hot_numbers(self.one_hot, self.target_kind)
        return self

    def parts(self) -> tuple[str, ...]:
        return tuple(part for part, _, _, _ in self._sources())

    def describe(self) -> str:
        return "npz " + ", ".join(dict.fromkeys(path for _, _, path, _ in self._sources()))

    def open(self, root: Path, state: dict[str, Any] | None = None) -> Data:
        archives: dict[Path, Archive] = {}
        arrays: dict[str, list[Array]] = {}
        named: dict[str, tuple[str, Array]] = {}
        for part, field, path, members in self._sources():
            whole = self.inside(root, path, field)
            archive = archives.setdefault(whole, Archive(whole))
            arrays[part] = [archive.read(member) for member in members]
            _same_count(whole, members, arrays[part])
            named[part] = f"{shown_name(whole)}: {members[1]}", arrays[part][1]
        classes: tuple[str, ...] = ()
        if self.target_kind == "class":
            targets, classes = class_targets(named, known_classes(state), self.one_hot)
            for part, target in targets.items():
                arrays[part][1] = target
        return Data(
            **{part: Part(*found) for part, found in arrays.items()},
            classes=classes,
            files=tuple(archives),
            state={"classes": list(classes)} if classes else None,
        )

    def _sources(self) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
        """For each part: its name, the field of its path, the path, the members."""
        yield "train", "path", self.path, self.train
        others = (
            ("validation", self.validation_path, self.validation),
            ("test", self.test_path, self.test),
        )
        for part, path, members in others:
            if path is not None:
                yield part, f"{part}_path", path, members or self.train
            elif members is not None:
                yield part, "path", self.path, members


def _same_count(path: Path, members: tuple[str, ...], arrays: list[Array]) -> None:
    name = shown_name(path)
    for member, array in zip(members, arrays, strict=True):
        if array.ndim == 0:
            raise DataError(f"{name}: {member} is a single number", "the first axis is the samples")
        if len(array) != len(arrays[0]):
            raise DataError(
                f"{name}: {members[0]} has {len(arrays[0])} samples, {member} has {len(array)}",
                "every sample has its target, in the same order",
            )
