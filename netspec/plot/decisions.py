"""What a network decides: in the plane, class by class, and where it is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from netspec.arrays import Array
from netspec.errors import DataError
from netspec.network import SequentialNetwork

from .axes import axes, colours
from .pictures import images

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["confusion_matrix", "decision_boundary", "worst_mistakes"]

_SIDE = 201


def decision_boundary(
    network: SequentialNetwork,
    x: Any,
    y: Any,
    *,
    threshold: float = 0.5,
    margin: float = 0.2,
    ax: Axes | None = None,
) -> Axes:
    """Where in the plane a network of two inputs decides for which class, and the samples.

    One output is a yes above the threshold; of several the largest decides. `margin` is what the
    picture shows around the samples, as a share of their extent.
    """
    x, labels = np.asarray(x, np.float64), _labels(y)
    if x.ndim != 2 or x.shape[1] != 2:
        raise DataError(f"samples of shape {x.shape}", "a plane has two inputs: (N, 2)")
    low, high = x.min(axis=0), x.max(axis=0)
    around = margin * np.where(high > low, high - low, 1.0)
    a, b = np.linspace(low - around, high + around, _SIDE).T
    grid = np.stack(np.meshgrid(a, b), axis=-1).reshape(-1, 2)
    outputs = network.predict(grid)
    ax = axes(ax, 4.5, 4.0)
    if outputs.shape[1:] == (1,):
        values = outputs[:, 0].reshape(_SIDE, _SIDE)
        filled = ax.contourf(a, b, values, levels=20, cmap="RdBu_r", alpha=0.6)
        ax.figure.colorbar(filled, ax=ax, label="output")
        ax.contour(a, b, values, levels=[threshold], colors="black", linewidths=1)
    else:
        count = outputs.shape[1]
        decided = outputs.argmax(axis=1).reshape(_SIDE, _SIDE)
        edges = np.arange(count + 1) - 0.5
        ax.contourf(a, b, decided, levels=edges, colors=colours(count), alpha=0.3)
    for at, label in enumerate(np.unique(labels)):
        chosen = labels == label
        colour = ("C0", "C3")[at % 2] if outputs.shape[1:] == (1,) else f"C{int(label) % 10}"
        across, up = x[chosen].T
        ax.scatter(across, up, s=28, color=colour, edgecolor="black", lw=0.8, label=str(label))
    ax.legend(fontsize=8, loc="upper right")
    return ax


def confusion_matrix(
    true: Any, predicted: Any, classes: Sequence[str] = (), *, ax: Axes | None = None
) -> Axes:
    """How often each class, a row, was taken for each, a column.

    `true` and `predicted` are class indices, or rows whose largest value names the class. The
    colour is the share of the row.
    """
    rows, columns = _labels(true), _labels(predicted)
    count = max(len(classes), int(max(rows.max(), columns.max())) + 1)
    cells = np.bincount(rows * count + columns, minlength=count * count).reshape(count, count)
    shares = cells / np.maximum(cells.sum(axis=1, keepdims=True), 1)
    ax = axes(ax, 0.45 * count + 0.8, 0.45 * count + 0.8)
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), cell in np.ndenumerate(cells):
        colour = "white" if shares[row, column] > 0.5 else "black"
        ax.text(column, row, str(cell), ha="center", va="center", color=colour, fontsize=8)
    names = list(classes) or list(map(str, range(count)))
    ax.set_xticks(range(count), names)
    ax.set_yticks(range(count), names)
    ax.set_xlabel("predicted")
    ax.set_ylabel("true")
    return ax


def worst_mistakes(
    pictures: Any,
    true: Any,
    outputs: Any,
    classes: Sequence[str] = (),
    *,
    count: int = 20,
    columns: int = 10,
    ax: Axes | None = None,
) -> Axes:
    """The pictures of which the network was surest and wrong: `4→9` was a 4, taken for a 9.

    `outputs` are `(N, classes)`; the surest is the one whose wrong class leads the right one most.
    """
    outputs, labels = np.asarray(outputs, np.float64), _labels(true)
    decided = outputs.argmax(axis=1)
    rows = np.arange(len(outputs))
    lead = outputs[rows, decided] - outputs[rows, labels]
    wrong = np.flatnonzero(decided != labels)
    if not len(wrong):
        raise DataError("no sample is taken for a wrong class", "there is no mistake to draw")
    worst = wrong[np.argsort(-lead[wrong], kind="stable")][:count]
    names = list(classes) or list(map(str, range(outputs.shape[1])))
    titles = [f"{names[labels[at]]}→{names[decided[at]]}" for at in worst]
    return images(np.asarray(pictures)[worst], titles, columns=columns, ax=ax)


def _labels(values: Any) -> Array:
    """The class of each row, `(N,)`."""
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] > 1:
        return array.argmax(axis=1)
    return array.reshape(len(array)).astype(np.int64)
