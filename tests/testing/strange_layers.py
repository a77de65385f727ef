"""Right layers that look as if something were wrong: the proof kit must let them pass."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from netspec import (
    Array,
    Gradients,
    Layer,
    LayerSpec,
    Product,
    Rows,
    Shape,
    Site,
    Tape,
)
from netspec.builtins.initializers.normal import Normal
from netspec.builtins.initializers.zeros import Zeros


class Scaled(Layer[LayerSpec]):
    """y = a x with one number a, of shape ()."""

    def __init__(self, spec: LayerSpec, site: Site) -> None:
        super().__init__(spec, site)
        self.params["a"] = site.full((), 1.5)

    def forward(self, x: Array, tape: Tape) -> Array:
        tape.save(self, x)
        return x * self.params["a"]

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        (x,) = tape.load(self)
        return grad * self.params["a"], {"a": np.asarray((grad * x).sum())}


class Idle(Scaled):
    """It has a parameter that does nothing."""

    def __init__(self, spec: LayerSpec, site: Site) -> None:
        super().__init__(spec, site)
        self.params["idle"] = site.full((2, 0, 3), 0)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        delta, gradients = super().backward(grad, tape)
        return delta, {**gradients, "idle": np.zeros_like(self.params["idle"])}


class AtZero(Scaled):
    """Its parameter is where its slope has a kink: y = |a| x, with a = 0."""

    def __init__(self, spec: LayerSpec, site: Site) -> None:
        super().__init__(spec, site)
        self.params["a"] = site.full((), 0)

    def forward(self, x: Array, tape: Tape) -> Array:
        tape.save(self, x)
        return x * np.abs(self.params["a"])

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        delta, gradients = super().backward(grad, tape)
        return delta, {"a": np.sign(self.params["a"]) * np.asarray(gradients["a"])}


class Twice(Layer[LayerSpec]):
    """y = W W x: one parameter, used twice."""

    def __init__(self, spec: LayerSpec, site: Site) -> None:
        super().__init__(spec, site)
        self.params["weight"] = site.draw(Normal(), (*site.input_shape, *site.input_shape))

    def forward(self, x: Array, tape: Tape) -> Array:
        inner = x @ self.params["weight"].T
        tape.save(self, x, inner)
        return inner @ self.params["weight"].T

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        x, inner = tape.load(self)
        between = grad @ self.params["weight"]
        return between @ self.params["weight"], {"weight": grad.T @ inner + between.T @ x}


class Tied(Layer[LayerSpec]):
    """The larger of two sums that are equal, as all weights are 0: every weight is at a kink."""

    def __init__(self, spec: LayerSpec, site: Site) -> None:
        super().__init__(spec, site)
        self.output_shape = (3,)
        self.params["weight"] = site.draw(Zeros(), (2, 3, *site.input_shape))

    def forward(self, x: Array, tape: Tape) -> Array:
        sums = np.einsum("kui,ni->knu", self.params["weight"], x)
        tape.save(self, x, sums.argmax(axis=0))
        return sums.max(axis=0)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        x, largest = tape.load(self)
        parts = np.stack([grad * (largest == k) for k in range(2)])
        delta = np.einsum("knu,kui->ni", parts, self.params["weight"])
        return delta, {"weight": np.einsum("knu,ni->kui", parts, x)}


class InPieces(Twice):
    """Its gradient is a product that nobody has multiplied; it uses up what it left on the tape."""

    def forward(self, x: Array, tape: Tape) -> Array:
        tape.save(self, x, np.ones_like(x))
        return x @ self.params["weight"].T

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        x, own = tape.load(self)
        own *= grad
        return own @ self.params["weight"], {"weight": Product(own.T, x)}


class Wider(Layer[LayerSpec]):
    """Each value 100 times, in an axis of its own: a view that takes no memory."""

    def __init__(self, spec: LayerSpec, site: Site) -> None:
        super().__init__(spec, site)
        self.output_shape = (*site.input_shape, 100)

    def forward(self, x: Array, tape: Tape) -> Array:
        return np.broadcast_to(x[..., None], (len(x), *self.output_shape))

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        return grad.sum(axis=-1), {}


class Nothing(Layer[LayerSpec]):
    """A sample becomes no value at all."""

    def __init__(self, spec: LayerSpec, site: Site) -> None:
        super().__init__(spec, site)
        self.output_shape = (0,)

    def forward(self, x: Array, tape: Tape) -> Array:
        tape.save(self, x.shape)
        return x[:, :0]

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        (shape,) = tape.load(self)
        return np.zeros(shape, grad.dtype), {}


class OneNumber(Layer[LayerSpec]):
    """A sample becomes one number, without an axis: ½ |x|²."""

    def __init__(self, spec: LayerSpec, site: Site) -> None:
        super().__init__(spec, site)
        self.output_shape = ()

    def forward(self, x: Array, tape: Tape) -> Array:
        tape.save(self, x)
        return 0.5 * (x * x).sum(axis=-1)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        (x,) = tape.load(self)
        return (grad[:, None] * x if tape.wants_input_gradient else None), {}


class Quadratic(Layer[LayerSpec]):
    """All products of two values of a sample."""

    def __init__(self, spec: LayerSpec, site: Site) -> None:
        super().__init__(spec, site)
        self.output_shape = (*site.input_shape, *site.input_shape)

    def forward(self, x: Array, tape: Tape) -> Array:
        tape.save(self, x)
        return x[:, :, None] * x[:, None, :]

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        (x,) = tape.load(self)
        return np.einsum("nij,nj->ni", grad + grad.swapaxes(1, 2), x), {}


class Noisy(Layer[LayerSpec]):
    """In training every sample is multiplied by a random number, the same for all its values."""

    def forward(self, x: Array, tape: Tape) -> Array:
        factor = (
            tape.rng(self).uniform(0, 2, (len(x), 1)) if tape.training else np.ones((len(x), 1))
        )
        tape.save(self, factor.astype(x.dtype))
        return x * factor.astype(x.dtype)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        (factor,) = tape.load(self)
        return grad * factor, {}


class DropsTheBatch(Layer[LayerSpec]):
    """In training nothing passes at all."""

    def forward(self, x: Array, tape: Tape) -> Array:
        return np.zeros_like(x) if tape.training else x.copy()

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        return np.zeros_like(grad) if tape.training else grad, {}


class Counting(Layer[LayerSpec]):
    """It counts the batches of training in its state, and does nothing else."""

    def __init__(self, spec: LayerSpec, site: Site) -> None:
        super().__init__(spec, site)
        self.state["batches"] = site.full((), 0)

    def forward(self, x: Array, tape: Tape) -> Array:
        if tape.training:
            tape.change(self, batches=self.state["batches"] + 1)
        return x

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        return grad, {}


class Centred(Layer[LayerSpec]):
    """In training it takes the mean of the batch away, for which it needs three samples."""

    def __init__(self, spec: LayerSpec, site: Site) -> None:
        super().__init__(spec, site)
        self.least_batch = 3
        self.state["mean"] = site.full(site.input_shape, 0.25)

    def forward(self, x: Array, tape: Tape) -> Array:
        if not tape.training or not len(x):
            return x - self.state["mean"]
        tape.change(self, mean=x.mean(axis=0))
        return x - x.mean(axis=0)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        return grad - grad.mean(axis=0) if tape.training and len(grad) else grad, {}


class Ranked(Layer[LayerSpec]):
    """In training a value's rank among the batch's, which has no slope."""

    def forward(self, x: Array, tape: Tape) -> Array:
        ranks = np.argsort(np.argsort(x, axis=0), axis=0)
        return ranks.astype(x.dtype) if tape.training else np.sign(x)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        return np.zeros_like(grad), {}


class Looked(Layer[LayerSpec]):
    """Integers, some of which share a row of the table."""

    def __init__(self, spec: LayerSpec, site: Site) -> None:
        super().__init__(spec, site)
        self.index_range = range(-2, 6)
        self.output_shape = (*site.input_shape, 2)
        self.params["table"] = site.draw(Normal(), (3, 2))

    def forward(self, x: Array, tape: Tape) -> Array:
        tape.save(self, x % 3)
        return self.params["table"][x % 3]

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        (row,) = tape.load(self)
        rows = Rows(row.reshape(-1), grad.reshape(-1, 2), self.params["table"].shape)
        return None, {"table": rows}


class Parity(Layer[LayerSpec]):
    """Integers become 0 and 1."""

    def forward(self, x: Array, tape: Tape) -> Array:
        return (x % 2).astype(self.output_dtype)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        return np.zeros_like(grad), {}


class Spec(LayerSpec):
    """A document of one of the layers above."""

    type: Literal["strange"] = "strange"
    layer: str

    def build(self, site: Site) -> Layer[Any]:
        return globals()[self.layer](self, site)


class OfTheBatch(Spec):
    """A document of a layer that looks at the whole batch in training."""

    batch_independent: ClassVar[bool] = False
    type: Literal["of_the_batch"] = "of_the_batch"  # type: ignore[assignment]


class Jumping(OfTheBatch):
    """A document of a layer without a slope."""

    differentiable: ClassVar[bool] = False
    type: Literal["jumping"] = "jumping"  # type: ignore[assignment]


class OfIntegers(Spec):
    """A document of a layer that takes integers."""

    accepts: ClassVar[str] = "iu"
    differentiable: ClassVar[bool] = False
    example_shape: ClassVar[Shape] = (2, 3)
    type: Literal["of_integers"] = "of_integers"  # type: ignore[assignment]


LAYERS = (
    Spec(layer="Scaled"),
    Spec(layer="Idle"),
    Spec(layer="AtZero"),
    Spec(layer="Twice"),
    Spec(layer="Tied"),
    Spec(layer="InPieces"),
    Spec(layer="Wider"),
    Spec(layer="Nothing"),
    Spec(layer="OneNumber"),
    Spec(layer="Quadratic"),
    Spec(layer="Noisy"),
    Spec(layer="DropsTheBatch"),
    Spec(layer="Counting"),
    Spec(layer="Twice", trainable=False),
    OfTheBatch(layer="Centred"),
    Jumping(layer="Ranked"),
    OfIntegers(layer="Looked"),
    OfIntegers(layer="Parity"),
)
