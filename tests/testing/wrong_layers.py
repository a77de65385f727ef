"""Layers with one fault each, as people write them: the proof kit must name it."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from netspec import Array, Gradients, Layer, LayerSpec, Passes, Site, Tape
from netspec.builtins.initializers.normal import Normal


class Affine(Layer[LayerSpec]):
    """A right dense layer, out of which each wrong one is made."""

    units: ClassVar[int] = 3

    def __init__(self, spec: LayerSpec, site: Site) -> None:
        super().__init__(spec, site)
        (inputs,) = site.input_shape
        self.output_shape = (self.units,)
        self.params["weight"] = site.draw(Normal(), (self.units, inputs))
        self.params["bias"] = site.full((self.units,), 0.5)

    def forward(self, x: Array, tape: Tape) -> Array:
        tape.save(self, x)
        return x @ self.params["weight"].T + self.params["bias"]

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        (x,) = tape.load(self)
        return grad @ self.params["weight"], {"weight": grad.T @ x, "bias": grad.sum(axis=0)}


class MeanOfTheBatch(Affine):
    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        delta, gradients = super().backward(grad, tape)
        return delta, {**gradients, "weight": np.asarray(gradients["weight"]) / len(grad)}


class NoSumOverTheBatch(Affine):
    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        delta, gradients = super().backward(grad, tape)
        return delta, {**gradients, "bias": grad}


class TransposedWeight(Affine):
    units = 4

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        delta, gradients = super().backward(grad, tape)
        return delta, {**gradients, "weight": np.asarray(gradients["weight"]).T}


class ForgottenSlope(Affine):
    """tanh in forward, and nothing of it in backward."""

    def forward(self, x: Array, tape: Tape) -> Array:
        return np.tanh(super().forward(x, tape))


class WritesIntoItsInput(Affine):
    def forward(self, x: Array, tape: Tape) -> Array:
        x *= 0.5
        return super().forward(x, tape)


class WritesIntoItsGradient(Affine):
    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        result = super().backward(grad.copy(), tape)
        grad *= 0
        return result


class WritesIntoItsOutput(Affine):
    def forward(self, x: Array, tape: Tape) -> Array:
        y = super().forward(x, tape)
        tape.save(self, x, y)
        return y

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        x, y = tape.load(self)
        y *= grad
        return grad @ self.params["weight"], {"weight": grad.T @ x, "bias": grad.sum(axis=0)}


class NeedsTheOthers(Affine):
    """Its ∂x is centred over the batch."""

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        delta, gradients = super().backward(grad, tape)
        assert delta is not None
        return delta - delta.mean(axis=0), gradients


class TurnedSign(Affine):
    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        delta, gradients = super().backward(grad, tape)
        return delta, {**gradients, "bias": -np.asarray(gradients["bias"])}


class Float64(Affine):
    def forward(self, x: Array, tape: Tape) -> Array:
        return super().forward(x, tape) * np.float64(1.0)


class LogsItsInputs(Affine):
    def __init__(self, spec: LayerSpec, site: Site) -> None:
        super().__init__(spec, site)
        self.log: list[Array] = []

    def forward(self, x: Array, tape: Tape) -> Array:
        if not tape.training:
            self.log.append(x)
        return super().forward(x, tape)


class OneArrayForTwo(Affine):
    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        delta, gradients = super().backward(grad, tape)
        same = np.asarray(gradients["weight"])
        return delta, {**gradients, "weight": same[::1], "bias": same[:, 0]}


class ReadOnlyGradient(Affine):
    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        delta, gradients = super().backward(grad, tape)
        shape = self.params["weight"].shape
        return delta, {**gradients, "weight": np.broadcast_to(gradients["weight"], shape)}


class ForgetsToSave(Affine):
    def forward(self, x: Array, tape: Tape) -> Array:
        return super().forward(x, Tape())


class Float64Gradient(Affine):
    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        return super().backward(grad.astype(np.float64), tape)


class KeepsItsInput(Affine):
    def forward(self, x: Array, tape: Tape) -> Array:
        self.x = x
        return super().forward(x, tape)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        return grad @ self.params["weight"], {"weight": grad.T @ self.x, "bias": grad.sum(axis=0)}


class WrongShape(Affine):
    def __init__(self, spec: LayerSpec, site: Site) -> None:
        super().__init__(spec, site)
        self.output_shape = (4,)


class NoGradientOfItsBias(Affine):
    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        delta, gradients = super().backward(grad, tape)
        del gradients["bias"]
        return delta, gradients


class GradientOfNothing(Affine):
    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        delta, gradients = super().backward(grad, tape)
        return delta, {**gradients, "scale": grad.sum(axis=0)}


class CountsInItsState(Affine):
    def __init__(self, spec: LayerSpec, site: Site) -> None:
        super().__init__(spec, site)
        self.state["seen"] = site.full((), 0)

    def forward(self, x: Array, tape: Tape) -> Array:
        self.state["seen"] += len(x)
        return super().forward(x, tape)


class ReplacesItsState(Affine):
    def __init__(self, spec: LayerSpec, site: Site) -> None:
        super().__init__(spec, site)
        self.state["seen"] = site.full((), 0)

    def forward(self, x: Array, tape: Tape) -> Array:
        self.state["seen"] = self.state["seen"] + len(x)
        return super().forward(x, tape)


class LooksAtTheBatch(Affine):
    def forward(self, x: Array, tape: Tape) -> Array:
        return super().forward(x - x.mean(axis=0), tape)


class ItsOwnDice(Affine):
    def forward(self, x: Array, tape: Tape) -> Array:
        return super().forward(x, tape) + np.random.default_rng().normal()


class DrawsPastTheSite(Affine):
    def __init__(self, spec: LayerSpec, site: Site) -> None:
        super().__init__(spec, site)
        rng = np.random.default_rng()
        self.params["weight"] = rng.normal(size=(3, 4)).astype(site.dtype)


class HidesAnArray(Affine):
    """What is in neither params nor state is not saved."""

    def __init__(self, spec: LayerSpec, site: Site) -> None:
        super().__init__(spec, site)
        self.bias = self.params.pop("bias")
        self.scale = np.ones(1, site.dtype) if site.mode == "full" else np.zeros(1, site.dtype)

    def forward(self, x: Array, tape: Tape) -> Array:
        tape.save(self, x)
        return x @ self.params["weight"].T + self.scale

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        (x,) = tape.load(self)
        return grad @ self.params["weight"], {"weight": grad.T @ x}


class NoEmptyBatch(Affine):
    def forward(self, x: Array, tape: Tape) -> Array:
        return super().forward(x, tape) / x[0].size * x[0].size


class FailsToBuild(Affine):
    def __init__(self, spec: LayerSpec, site: Site) -> None:
        super().__init__(spec, site)
        self.output_shape = site.shape  # type: ignore[attr-defined]


class ForgetsToReturn(Affine):
    def forward(self, x: Array, tape: Tape) -> Array:  # type: ignore[return]
        super().forward(x, tape)


class GivesNoGradients(Affine):
    def backward(self, grad: Array, tape: Tape) -> Any:
        return super().backward(grad, tape)[0]


class Centred(Affine):
    """A right layer that adapts, out of which each wrong one is made."""

    def __init__(self, spec: LayerSpec, site: Site) -> None:
        super().__init__(spec, site)
        self.state["mean"] = site.full(site.input_shape, 0)
        self.state["adapted"] = site.full((), False, dtype=np.bool_)

    def forward(self, x: Array, tape: Tape) -> Array:
        return super().forward(x - self.mean(), tape)

    def mean(self) -> Array:
        return self.state["mean"]

    def adapt(self, passes: Passes) -> None:
        if not self.state["adapted"]:
            x = np.concatenate([x for x, _ in passes()])
            self.learn(x)
            self.state["adapted"][...] = True

    def learn(self, x: Array) -> None:
        self.state["mean"][...] = x.mean(axis=0)


class LearnsIntoAnAttribute(Centred):
    learned: Array | None = None

    def mean(self) -> Array:
        return self.state["mean"] if self.learned is None else self.learned

    def learn(self, x: Array) -> None:
        self.learned = x.mean(axis=0)


class LearnsOfTheFirstChunk(Centred):
    def adapt(self, passes: Passes) -> None:
        super().adapt(lambda: [next(iter(passes()))])


class LearnsOfTheLastChunk(Centred):
    def adapt(self, passes: Passes) -> None:
        super().adapt(lambda: list(passes())[-1:])


class WritesIntoTheTrainingPart(Centred):
    def adapt(self, passes: Passes) -> None:
        for x, target in passes():
            x -= 0.5
            target *= 2
        super().adapt(passes)


class LearnsAgain(Centred):
    def adapt(self, passes: Passes) -> None:
        for x, _ in passes():
            self.state["mean"] += x.sum(axis=0)


class ReplacesWhatItLearns(Centred):
    def learn(self, x: Array) -> None:
        self.state["mean"] = x.mean(axis=0).astype(x.dtype)


class Spec(LayerSpec):
    """A document of one of the layers above."""

    type: Literal["wrong"] = "wrong"
    layer: str

    def build(self, site: Site) -> Layer[Any]:
        return globals()[self.layer](self, site)
