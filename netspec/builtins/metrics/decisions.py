"""The class or the yes and no that an output decides for, and that its target says."""

from __future__ import annotations

import numpy as np

from netspec import Array, SpecError
from netspec.builtins.targets import are_indices

__all__ = ["check_classes", "classes_of", "decided", "true_classes"]


def check_classes(output_shape: tuple[int, ...], metric: str) -> None:
    """Raise SpecError unless an output is `(classes,)`, or `(1,)` for a yes or no."""
    if len(output_shape) != 1:
        raise SpecError(
            f"{metric} takes (classes,) or (1,) a sample, and the output has shape {output_shape}",
            'end with a layer of that shape, or measure with "binary_accuracy"',
        )


def classes_of(output: Array, target: Array, threshold: float) -> tuple[Array, Array]:
    """The class that each output decides for, and the true one: `(N,)` and `(N,)`.

    The largest value decides, the first of equals; a single value is class 1 above the threshold.
    """
    if output.shape[-1] == 1:
        yes = output[..., 0] > threshold
        truth = target.reshape(yes.shape) > 0.5
        return yes.astype(np.int64), truth.astype(np.int64)
    return output.argmax(axis=-1), true_classes(output, target)


def true_classes(output: Array, target: Array) -> Array:
    """The class that each target names: itself, or where a row is largest."""
    return target if are_indices(target, output) else target.argmax(axis=-1)


def decided(output: Array, target: Array, threshold: float) -> tuple[Array, Array]:
    """Each value as a yes or no of its own: what the output says, and what is true."""
    return output > threshold, target > 0.5
