"""Data at the door: what comes in is cast to the spec's dtypes, or refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from numbers import Real
from typing import Any

import numpy as np

from .arrays import Array, Shape, size
from .chain import Chain
from .errors import DataError
from .kinds import Data, Part
from .wording import article, is_number, shown

__all__ = [
    "Cast",
    "array_like",
    "as_part",
    "check_data",
    "check_finite",
    "check_indices",
    "check_part",
    "input_cast",
    "reader",
    "target_cast",
    "validation_part",
]

Cast = Callable[[Any], Array]

_CHUNK = 2**22


def array_like(values: Any, what: str) -> Any:
    """The values as something with shape, dtype and length: as it is, or converted once."""
    if isinstance(values, np.ndarray):
        if hasattr(values, "filled"):
            raise DataError(f"{what} is a masked array", "fill its masked values first")
        return _numeric(values, what)
    if _is_array(values) and not hasattr(values, "__array__"):
        return _numeric(values, what)
    try:
        return _numeric(np.asarray(values), what)
    except (ValueError, TypeError) as error:
        raise DataError(f"{what} is no array: {error}", "give rows of equal length") from None


def _is_array(values: Any) -> bool:
    return all(hasattr(values, name) for name in ("shape", "dtype", "__len__", "__getitem__"))


def check_data(data: Any) -> None:
    """Raise DataError unless these are `Data` whose parts hold arrays of numbers."""
    if not isinstance(data, Data):
        raise DataError(f"the data are {article(type(data).__name__)}", "netspec.Data was expected")
    for name in ("train", "validation", "test"):
        part = getattr(data, name)
        for what in ("inputs", "targets", "weights") if part is not None else ():
            values = getattr(part, what)
            if what == "weights" and values is None:
                continue
            if not _is_array(values):
                raise DataError(
                    f"{name}.{what} is {article(type(values).__name__)}",
                    "give an array, or what has shape, dtype and length and is taken by [indices]",
                )
            _numeric(values, f"{name}.{what}")


def as_part(x: Any, y: Any, weights: Any, what: str) -> Part:
    """Inputs, targets and weights, each as something with shape, dtype and length."""
    weighing = None if weights is None else array_like(weights, f"the weights of {what}")
    return Part(
        array_like(x, f"the input of {what}"), array_like(y, f"the target of {what}"), weighing
    )


def validation_part(pair: Any) -> Part | None:
    """The validation part out of (inputs, targets); None where there is none, or no sample in it."""
    if pair is None:
        return None
    if not isinstance(pair, tuple | list) or len(pair) not in (0, 2):
        raise DataError(
            f"validation is {shown(pair)}",
            "give the pair (inputs, targets); a share is split off in a spec, by netspec.train",
        )
    if not pair:
        return None
    x, y = pair
    part = as_part(x, y, None, "the validation data")
    return part if len(part) else None


def _numeric(values: Any, what: str) -> Any:
    kind = values.dtype.kind if isinstance(values, np.ndarray) else np.dtype(values.dtype).kind
    if kind not in "fiub":
        raise DataError(
            f"{what} holds {_other(values)}", "give numbers: integers, floats or booleans"
        )
    if not values.shape:
        raise DataError(f"{what} is a single number", "the first axis counts the samples")
    return values


def _other(values: Any) -> str:
    """What stands where numbers belong: the first such value with its place, or their dtype."""
    if isinstance(values, np.ndarray) and values.ndim and values.dtype.kind in "OUST":
        for at, value in np.ndenumerate(values):
            if not isinstance(value, Real | np.bool_) and not is_number(str(value)):
                return f"{shown(value)} in {_place(at)}"
    return str(np.dtype(values.dtype))


def _place(at: tuple[int, ...]) -> str:
    row, *column = at
    where = f"row {row}" + (f", column {', '.join(map(str, column))}" if column else "")
    return f"{where} (counted from 0)"


def input_cast(chain: Chain, inputs: Any, what: str = "the input") -> Cast:
    """The cast of a batch of these inputs to what the chain takes.

    Raises DataError where the shape is not `(N, *input_shape)`, or where a number with a fraction
    would become an integer.
    """
    shape, want = tuple(inputs.shape), chain.input_shape
    if shape[1:] != want or not shape:
        raise DataError(*_shape_fault(shape, want, what))
    dtype, given = chain.input_dtype, np.dtype(inputs.dtype)
    if dtype.kind == "f":
        return lambda batch: np.asarray(batch, dtype)
    if given.kind == "f":
        return lambda batch: _whole(batch, dtype, what)
    return lambda batch: _fitting(batch, dtype, what)


def _shape_fault(shape: Shape, want: Shape, what: str) -> tuple[str, str]:
    said = f"{what} has shape {shape}, the network takes (N, {', '.join(map(str, want))})"
    if len(want) > 1 and shape[1:] == want[1:]:
        return said, '"input_shape" is a sample\'s, without the batch axis; one sample is x[None]'
    if shape == want:
        return said, "for one sample give x[None]"
    if size(shape[1:]) == size(want) and len(shape) > 1:
        return (
            said,
            '"flatten" makes a vector of a sample; the dataset may have the option "flatten"',
        )
    return said, f'a sample has shape {shape[1:]}: set "input_shape" to {list(shape[1:])}'


def _whole(batch: Any, dtype: np.dtype[Any], what: str) -> Array:
    values = np.asarray(batch)
    wrong = np.flatnonzero(values != np.trunc(values))
    if wrong.size:
        raise DataError(
            f"{what} has {values.flat[wrong[0]]}, a number with a fraction",
            f'the network takes {dtype}: leave out "input_dtype" or give whole numbers',
        )
    return _fitting(values, dtype, what)


def _fitting(batch: Any, dtype: np.dtype[Any], what: str) -> Array:
    values = np.asarray(batch)
    if values.size and values.dtype != dtype:
        info = np.iinfo(dtype)
        if values.min() < info.min or values.max() > info.max:
            raise DataError(f"{what} has numbers outside {dtype}", 'set a wider "input_dtype"')
    return values.astype(dtype, copy=False)


def target_cast(output_shape: Shape, dtype: np.dtype[Any], targets: Any) -> Cast:
    """The cast of a batch of these targets to what a loss takes.

    A target of the output's shape is cast to the dtype; an output whose last axis is 1 takes a target
    without that axis; otherwise an integer target without the last axis holds class indices.
    """
    shape, given = tuple(targets.shape), np.dtype(targets.dtype)
    if shape[1:] == output_shape and shape:
        return lambda batch: np.asarray(batch, dtype)
    if output_shape and shape and shape[1:] == output_shape[:-1]:
        if output_shape[-1] == 1:
            return lambda batch: np.asarray(batch, dtype)[..., None]
        if given.kind in "iub":
            return lambda batch: np.asarray(batch, np.int64)
        raise DataError(
            f"the targets are {given}, of shape {shape}, and the output has {output_shape[-1]} classes",
            "class indices are integers",
        )
    sample = ", ".join(str(n) for n in output_shape)
    raise DataError(
        f"the targets have shape {shape}, the output (N, {sample})",
        "give one target for each output, or class indices without the last axis; "
        "nothing is broadcast",
    )


def reader(values: Any, cast: Cast, scattered: bool) -> Callable[[Any], Array]:
    """What gives the cast values of some rows: an index array if `scattered`, else a slice.

    An array that needs no cast gives them itself; for rows here and there `take` is its fast way.
    """
    fast = scattered and isinstance(values, np.ndarray)
    pick = partial(values.take, axis=0) if fast else values.__getitem__
    sample = values[:1]
    return pick if cast(sample) is sample else lambda rows: cast(pick(rows))


def check_finite(values: Any, what: str, dtype: np.dtype[Any] | None = None) -> None:
    """Raise DataError where a value is NaN or infinite, or would be in `dtype`, naming its place."""
    if np.dtype(values.dtype).kind != "f":
        return
    rows = max(1, _CHUNK // max(1, size(tuple(values.shape)[1:])))
    for start in range(0, len(values), rows):
        chunk = np.asarray(values[start : start + rows])
        with np.errstate(over="ignore"):
            good = np.isfinite(chunk if dtype is None else chunk.astype(dtype, copy=False))
        if not good.all():
            at = np.argwhere(~good)[0]
            place = _place((start + int(at[0]), *map(int, at[1:])))
            raise DataError(
                f"{what} has {chunk[tuple(at)]} in {place}",
                f"give finite numbers only{'' if dtype is None else f', as {dtype} can hold them'}",
            )


def check_part(chain: Chain, output_shape: Shape, part: Part, what: str) -> tuple[Cast, Cast]:
    """The casts of a part's inputs and targets, after every value was looked at.

    Raises DataError where shapes differ, a value is not finite, a class index or an
    embedding's index is out of range, or a weight is negative.
    """
    cast_input = input_cast(chain, part.inputs, f"the input of {what}")
    cast_target = target_cast(output_shape, chain.dtype, part.targets)
    fractions = chain.input_dtype if chain.input_dtype.kind == "f" else None
    check_finite(part.inputs, f"the input of {what}", fractions)
    check_finite(part.targets, f"the target of {what}", chain.dtype)
    if tuple(part.targets.shape)[1:] != output_shape and output_shape[-1] != 1:
        _check_indices(part.targets, output_shape[-1], f"the target of {what}", "classes")
    if chain.input_dtype.kind != "f":
        check_indices(chain, part.inputs, cast_input, f"the input of {what}")
    if part.weights is not None:
        _check_weights(part.weights, len(part), chain.dtype, what)
    return cast_input, cast_target


def _check_indices(values: Any, limit: int, what: str, noun: str) -> None:
    whole = np.asarray(values)
    wrong = np.argwhere((whole < 0) | (whole >= limit))
    if wrong.size:
        row = int(wrong[0][0])
        raise DataError(
            f"{what} is {whole[tuple(wrong[0])]} in row {row} (counted from 0)",
            f"there are {limit} {noun}: 0 to {limit - 1}",
        )


def check_indices(chain: Chain, inputs: Any, cast: Cast, what: str) -> None:
    """Raise DataError where an integer is none that the chain's embedding or one-hot layer takes."""
    layer = next((each for each in chain.walk() if each.index_range is not None), None)
    if layer is None or layer.index_range is None:
        return
    low, high = layer.index_range.start, layer.index_range.stop
    rows = max(1, _CHUNK // max(1, size(chain.input_shape)))
    for start in range(0, len(inputs), rows):
        chunk = cast(inputs[start : start + rows])
        wrong = np.argwhere((chunk < low) | (chunk >= high))
        if wrong.size:
            row = start + int(wrong[0][0])
            raise DataError(
                f"{what} is {chunk[tuple(wrong[0])]} in row {row} (counted from 0)",
                f"{layer.path} takes {low} to {high - 1}",
            )


def _check_weights(weights: Any, rows: int, dtype: np.dtype[Any], what: str) -> None:
    values = np.asarray(weights)
    if values.shape != (rows,):
        raise DataError(f"the weights of {what} have shape {values.shape}", f"give ({rows},)")
    if not np.isfinite(values).all() or (values < 0).any():
        raise DataError(f"a weight of {what} is negative or not finite", "weigh with 0 or more")
    if rows and not values.any():
        raise DataError(f"every weight of {what} is 0", "weigh at least one sample")
    limits = np.finfo(dtype)
    if rows and not limits.tiny <= values.max() <= limits.max:
        raise DataError(
            f"the largest weight of {what} is {values.max()}, which {dtype} does not hold",
            "weigh with numbers near 1: only their ratios count",
        )
