"""What makes a gradient wrong, told from how its values depart from the slopes.

A common factor is seen at once. The rest is told from Jacobians, which have a row for each value of
the output and a column for each element of the input or parameter: where outputs reach elements that
they do not depend on, or miss some that they do, a sum, an axis or a transpose is wrong; where they
reach the right ones, it is left that a term is.
"""

from __future__ import annotations

import numpy as np

from netspec.arrays import Array, Shape

__all__ = ["cause", "common", "misfit", "misshapen", "near"]

_RELATIVE = 1e-5
_ABSOLUTE = 1e-7
_TERM = ": most likely a factor or the sign of a term is wrong"


def near(computed: Array, measured: Array) -> Array:
    """Where they agree, as closely as slopes can be measured."""
    scale = np.abs(measured).max(initial=1.0)
    agree: Array = np.abs(computed - measured) <= _RELATIVE * np.abs(measured) + _ABSOLUTE * scale
    return agree


def common(computed: Array, measured: Array) -> str:
    """What can be told from the values alone, as the end of a sentence: a factor, or a term."""
    wrong = ~near(computed, measured)
    if measured.size > 1 and (factor := _factor(computed, measured)):
        return f", all {factor}"
    if wrong.sum() > 1 and (factor := _factor(computed[wrong], measured[wrong])):
        return f", these {factor}"
    return _TERM if measured.size > 1 else ""


def cause(computed: Array, measured: Array, shape: Shape, *, alike: bool) -> str:
    """What is wrong with a Jacobian, as the end of a sentence; "" where it is right.

    `shape` is that of the array whose elements the columns are; `alike` says that row and column n
    are the same place of output and input. NaN is a slope that is not known.
    """
    known = np.isfinite(measured)
    computed, measured = np.where(known, computed, 0), np.where(known, measured, 0)
    wrong = ~near(computed, measured)
    if not wrong.any():
        return ""
    if _factor(computed, measured):
        return common(computed, measured)
    if _transposed(computed, measured, shape):
        return ": it is transposed"
    others = ~np.eye(*measured.shape).astype(bool) if alike else np.ones_like(known)
    nothing = np.zeros_like(measured)
    lost = near(computed, nothing) & ~near(nothing, measured)
    foreign = near(measured, nothing) & ~near(nothing, computed) & others
    if lost.any() and foreign.any():
        return (
            ": outputs reach elements that they do not depend on, and miss others: "
            "an axis or a transpose is wrong"
        )
    if foreign.any():
        return (
            ": outputs reach elements that they do not depend on: "
            "it sums too much, or along the wrong axis"
        )
    if (lost & others).any() or (alike and not (wrong & ~others).any()):
        return ": what comes from other outputs is missing or wrong: a sum is missing"
    return common(computed, measured)


def misshapen(got: Shape, want: Shape) -> str:
    """What the shape of a gradient tells of its fault, as the end of a sentence."""
    if got == want:
        return ""
    if len(got) > len(want) and got[len(got) - len(want) :] == want:
        return ": a sum over the batch or another axis is missing"
    if len(got) > len(want):
        return ": it is summed along the wrong axis"
    if sorted(got) == sorted(want):
        return ": it is transposed"
    return ": an axis or a transpose is wrong"


def misfit(error: Exception) -> str:
    """What it tells, as the end of a sentence, that numpy finds shapes which do not fit."""
    told = isinstance(error, ValueError) and "shapes" in str(error)
    return ": an axis or a transpose is wrong" if told else ""


def _factor(computed: Array, measured: Array) -> str:
    """The factor that all are wrong by, in words; "" where there is none."""
    squares = float((measured**2).sum())
    factor = float((computed * measured).sum()) / squares if squares else 0.0
    if not squares or not near(computed, factor * measured).all():
        return ""
    return "with the sign turned" if abs(factor + 1) < _RELATIVE else f"by the factor {factor:.4g}"


def _transposed(computed: Array, measured: Array, shape: Shape) -> bool:
    """Whether outputs and inputs, or the rows and columns of a square, have changed places."""
    rows, columns = measured.shape
    if rows == columns and near(computed.T, measured).all():
        return True
    if len(shape) < 2 or len(set(shape)) > 1 or shape[0] ** len(shape) != columns:
        return False
    places = np.arange(columns).reshape(shape).T.ravel()
    return bool(near(computed[:, places], measured).all())
