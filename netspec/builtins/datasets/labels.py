"""Targets that are classes: checked, counted, named, and one-hot where asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from netspec import Array, DataError, ModelError, SpecError

__all__ = ["class_targets", "known_classes", "one_hot", "refuse_one_hot_numbers"]

_MOST_CLASSES = 2**16
"""As long as nobody has said how many there are."""


def one_hot(labels: Array, classes: int) -> Array:
    """`(N,)` indices as `(N, classes)` float32: 1 in the column of the class, else 0."""
    rows = np.zeros((len(labels), classes), np.float32)
    rows[np.arange(len(labels)), labels] = 1
    return rows


def refuse_one_hot_numbers(hot: bool, target_kind: str) -> None:
    """SpecError where targets that are numbers are asked for one-hot."""
    if hot and target_kind == "number":
        raise SpecError(
            "targets that are numbers have no one-hot form",
            'leave out "one_hot", or write "target_kind": "class"',
            path=("one_hot",),
        )


def known_classes(state: Mapping[str, Any] | None) -> tuple[str, ...] | None:
    """The names of the classes that a state holds; None where there is no state.

    Raises ModelError where the state is not what this dataset writes.
    """
    if state is None:
        return None
    names = state.get("classes")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ModelError(
            'the state of the data lacks its list of "classes"',
            "train the model again, or take its model.json as it was written",
            path=("data_state",),
        )
    return tuple(names)


def class_targets(
    targets: Mapping[str, tuple[str, Array]],
    classes: tuple[str, ...] | None,
    hot: bool,
) -> tuple[dict[str, Array], tuple[str, ...]]:
    """The targets of each part as classes, and the names of the classes: "0", "1", ….

    `targets` gives for each part the name to show and an array: indices `(N,)` or `(N, 1)`, which
    become int64, or one-hot where `hot`; or `(N, classes)` with a row of probabilities a sample,
    which stays. Without known classes there are as many as the largest label of training and
    validation asks for.

    Raises DataError, with the row, for a label that is negative, not whole, or past the last class.
    """
    if classes is None:
        learned = [targets[part] for part in ("train", "validation") if part in targets]
        count = max(_count(_checked(name, array, _MOST_CLASSES)) for name, array in learned)
        classes = tuple(str(index) for index in range(count))
    labels = {part: _checked(*target, len(classes)) for part, target in targets.items()}
    if hot:
        labels = {
            part: one_hot(array, len(classes)) if array.ndim == 1 else array
            for part, array in labels.items()
        }
    return labels, classes


def _count(labels: Array) -> int:
    if labels.ndim == 2:
        return labels.shape[1]
    return int(labels.max()) + 1 if labels.size else 0


def _checked(name: str, array: Array, classes: int) -> Array:
    """Indices below `classes`, as int64; a row of probabilities a sample as it is."""
    if array.ndim == 2 and array.shape[1] not in (1, classes) and classes != _MOST_CLASSES:
        raise DataError(f"{name}: targets have {array.shape[1]} columns for {classes} classes")
    if array.ndim == 2 and array.shape[1] != 1:
        return array
    if array.ndim not in (1, 2):
        raise DataError(
            f"{name}: targets of shape {array.shape} are no classes",
            'one label a sample, (N,), or one-hot (N, classes), or write "target_kind": "number"',
        )
    labels = array.reshape(-1)
    right = (labels >= 0) & (labels < classes)
    if labels.dtype.kind == "f":
        right &= labels == np.floor(labels)
    if not right.all():
        row = int(np.argmin(right))
        raise DataError(
            f"{name}: row {row} (from 0) has the label {labels[row].item()}, "
            f"one of {np.count_nonzero(~right)} that are no class",
            f"classes are whole numbers from 0 to {classes - 1}; targets that are no classes "
            'want "target_kind": "number"',
        )
    return labels.astype(np.int64)
