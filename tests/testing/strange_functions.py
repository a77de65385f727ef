"""Right activations that look as if something were wrong: the proof kit must let them pass."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Activation, Array


class Constant(Activation):
    """y = 0.7, whatever x is."""

    type: Literal["constant"] = "constant"

    def forward(self, x: Array) -> Array:
        return np.full_like(x, 0.7)

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return np.zeros_like(grad)


class Saturated(Activation):
    """y = tanh 50x: flat nearly everywhere."""

    type: Literal["saturated"] = "saturated"

    def forward(self, x: Array) -> Array:
        return np.tanh(50 * np.clip(x, -1, 1))

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return 50 * grad * (1 - y * y) * (np.abs(x) < 1)


class Wave(Activation):
    """y = sin 100x."""

    type: Literal["wave"] = "wave"

    def forward(self, x: Array) -> Array:
        return np.sin(100 * np.clip(x, -9, 9))

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return 100 * grad * np.cos(100 * np.clip(x, -9, 9)) * (np.abs(x) < 9)


class Zigzag(Activation):
    """The distance from the nearest integer: a kink at every half."""

    type: Literal["zigzag"] = "zigzag"

    def forward(self, x: Array) -> Array:
        return np.abs(x - np.round(x))

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return grad * np.sign(x - np.round(x))


class Stairs(Activation):
    """The integer below: flat, with jumps."""

    type: Literal["stairs"] = "stairs"

    def forward(self, x: Array) -> Array:
        return np.floor(x)

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return np.zeros_like(grad)


class Huge(Activation):
    """y = 10⁶ x²."""

    type: Literal["huge"] = "huge"

    def forward(self, x: Array) -> Array:
        return 1e6 * x * x

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return 2e6 * grad * x


class Tiny(Activation):
    """y = 10⁻⁶ x."""

    type: Literal["tiny"] = "tiny"

    def forward(self, x: Array) -> Array:
        return 1e-6 * x

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return 1e-6 * grad


class FarFromZero(Activation):
    """y = 10⁴ + x: a small slope beside a large value."""

    type: Literal["far"] = "far"

    def forward(self, x: Array) -> Array:
        return 1e4 + x

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return grad


class ItsInput(Activation):
    """y = x, the array itself."""

    type: Literal["its_input"] = "its_input"

    def forward(self, x: Array) -> Array:
        return x

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return grad


class Mirrored(Activation):
    """The values of a row from last to first: a view with a step of −1."""

    elementwise: ClassVar[bool] = False
    type: Literal["mirrored"] = "mirrored"

    def forward(self, x: Array) -> Array:
        return x[..., ::-1]

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return grad[..., ::-1]


class InFortranOrder(Activation):
    """y = x³, in another memory order than x."""

    type: Literal["in_fortran_order"] = "in_fortran_order"

    def forward(self, x: Array) -> Array:
        return np.asfortranarray(x**3)

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return np.asfortranarray(3 * grad * x * x)


class InFloat64(Activation):
    """y = x³, calculated in float64 and rounded."""

    type: Literal["in_float64"] = "in_float64"

    def forward(self, x: Array) -> Array:
        with np.errstate(over="ignore"):
            return (x.astype(np.float64) ** 3).astype(x.dtype)

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        with np.errstate(over="ignore"):
            return (3 * grad * np.square(x, dtype=np.float64)).astype(grad.dtype)


class Sorted(Activation):
    """The values of a row in ascending order."""

    elementwise: ClassVar[bool] = False
    type: Literal["sorted"] = "sorted"

    def forward(self, x: Array) -> Array:
        return np.sort(x, axis=-1)

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        dx = np.empty_like(grad)
        np.put_along_axis(dx, np.argsort(x, axis=-1), grad, axis=-1)
        return dx


class Running(Activation):
    """The sums of a row so far: yₙ depends on what is before."""

    elementwise: ClassVar[bool] = False
    type: Literal["running"] = "running"

    def forward(self, x: Array) -> Array:
        return np.cumsum(x, axis=-1)

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return np.cumsum(grad[..., ::-1], axis=-1)[..., ::-1]


class LargestEverywhere(Activation):
    """The largest value of a row, in each of its places."""

    elementwise: ClassVar[bool] = False
    type: Literal["largest_everywhere"] = "largest_everywhere"

    def forward(self, x: Array) -> Array:
        return np.broadcast_to(x.max(axis=-1, keepdims=True), x.shape)

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return grad.sum(axis=-1, keepdims=True) * (x == y)


FUNCTIONS = (
    Constant(),
    Saturated(),
    Wave(),
    Zigzag(),
    Stairs(),
    Huge(),
    Tiny(),
    FarFromZero(),
    ItsInput(),
    Mirrored(),
    InFortranOrder(),
    InFloat64(),
    Sorted(),
    Running(),
    LargestEverywhere(),
)
