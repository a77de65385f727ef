"""A dataset: where samples and targets come from."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from netspec.arrays import Array
from netspec.errors import DataError, SpecError, quote
from netspec.spec import Component

__all__ = ["Data", "Dataset", "Part"]


@dataclass(frozen=True, eq=False)
class Part:
    """Samples, their targets, and their weights where they have any.

    Each is array-like: it has a shape, a dtype and a length, and `[indices]` gives an array. A file
    mapped into memory will do: a batch is read and cast, never the whole.

    Raises DataError where they differ in length.
    """

    inputs: Any
    targets: Any
    weights: Any = None

    def __post_init__(self) -> None:
        targets = () if self.targets is None else self.targets
        for what, values in (("targets", targets), ("weights", self.weights)):
            if values is not None and len(values) != len(self.inputs):
                raise DataError(
                    f"{len(self.inputs)} samples, but {len(values)} {what}",
                    "every sample has exactly one, in the same order",
                )

    def __len__(self) -> int:
        return len(self.inputs)


@dataclass(frozen=True, eq=False)
class Data:
    """What a dataset opens: its parts, the names of its classes, and what it learned.

    `files` are the files that it was read from, in a fixed order. `state` is JSON.
    """

    train: Part
    validation: Part | None = None
    test: Part | None = None
    classes: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    state: dict[str, Any] | None = None


class Dataset(Component, kind="dataset"):
    """Where samples and targets come from.

    What a dataset learns from its training and validation parts, the words of a column or the names
    of the classes, is its state: JSON, kept in the model, so that prediction reads by the same
    rules.

    `paths` names the fields that hold paths, one or several: where a document extends another, they
    belong to the file that wrote them.
    """

    paths: ClassVar[tuple[str, ...]] = ()

    def parts(self) -> tuple[str, ...]:
        """The parts that will exist, as far as is known without opening anything."""
        return ("train",)

    def describe(self) -> str:
        """One line for people, without opening anything."""
        return self.type

    @abstractmethod
    def open(self, root: Path, state: dict[str, Any] | None = None) -> Data:
        """The data; file names are relative to `root` and stay inside.

        With a state nothing is learned.
        Raises DataError naming file, row and column where something cannot be read.
        """

    def read_inputs(self, source: Path, state: dict[str, Any] | None) -> Array | None:
        """Inputs for a prediction, from one file, by the rules of training, without targets.

        None where the dataset has no rules of its own for a file of this kind.
        """
        return None

    def inside(self, root: Path, path: str, field: str = "path") -> Path:
        """A path that a document names under `field`, which must stay inside the data's folder."""
        if "\0" in path:
            raise SpecError(f"{quote(path)} is no path", path=("training", "data", field))
        whole = (root / path).resolve()
        if Path(path).is_absolute() or not whole.is_relative_to(root.resolve()):
            raise SpecError(
                f"the path {quote(path)} leaves the data's folder",
                "name a file inside it, relative to the spec or to --data-root",
                path=("training", "data", field),
            )
        try:
            whole.lstat()
        except (FileNotFoundError, NotADirectoryError):
            pass  # Whoever opens it says so.
        except OSError as error:
            raise DataError(
                f"the path {quote(path)} cannot be read: {error.strerror}",
                "name a file inside the data's folder",
                path=("training", "data", field),
            ) from None
        return whole
