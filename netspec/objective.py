"""What training minimises: a loss at the end of a chain, averaged over weighted samples."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .arrays import Array, Gradients, Shape, column_sums, finite
from .chain import Chain
from .errors import PluginError, SpecError
from .inspection import Inspector
from .kinds import Loss
from .layer import Activation, Layer
from .tape import Tape

__all__ = ["Objective", "Step", "check_gradients"]


# Outputs from which on it is no fault of a loss that it overflows.
_LARGE = 1e4


class Step(NamedTuple):
    """One batch, forward and backward: sums over its samples, outputs, and gradients by path."""

    loss: float
    weight: float
    output: Array
    gradients: Gradients


class Objective:
    """A chain and its loss: L = Σ w l(output, target) / Σ w.

    Where the loss absorbs the chain's last activation, the two are computed as one: the loss's
    `logits=True` copy takes what the activation would have been given.
    """

    def __init__(self, chain: Chain, loss: Loss) -> None:
        self.chain = chain
        self.loss = loss
        self._tail = _absorbed(chain, loss)
        self._inner: Loss = loss if self._tail is None else _with_logits(loss)

    @property
    def output_shape(self) -> Shape:
        """The output's shape without the batch axis."""
        return self.chain.output_shape

    @property
    def absorbed(self) -> Layer | None:
        """The chain's last layer, where the loss takes it in; else None."""
        return self._tail

    def check_targets(self, targets: Any, what: str) -> None:
        """Raise DataError where one of all targets is none that the loss takes."""
        self.loss.check_targets(targets, self.output_shape, what)

    def step(self, x: Array, target: Array, weight: Array | None, tape: Tape) -> Step:
        """The batch's loss and the gradient of L for every trainable parameter."""
        tail = self._tail
        scores = self.chain.forward(x, tape, tail)
        values, grad, output = self._inner.both(scores, target)
        if output is None:
            output = scores if tail is None else tail.forward(scores, _SILENT)
        classes = self.loss.weights(target)
        if weight is None and classes is None:
            total, count = float(column_sums(values)), float(len(values))
            np.multiply(grad, 1 / count, grad)
        else:
            weights = self._weights(weight, classes)
            total, count = float(column_sums(values * weights)), float(weights.sum())
            if count == 0:
                return Step(0.0, 0.0, output, {})
            shape = (-1,) + (1,) * (grad.ndim - 1)
            grad *= (weights * (1 / count)).reshape(shape)
        return Step(total, count, output, self.chain.pull(grad, tape, tail)[1])

    def outputs(self, x: Array) -> tuple[Array, Array]:
        """In evaluation: what the loss takes, and the network's output."""
        tape = Tape()
        scores = self.chain.forward(x, tape, self._tail)
        return scores, scores if self._tail is None else self._tail.forward(scores, tape)

    def losses(self, scores: Array, target: Array, weight: Array | None) -> tuple[Array, Array]:
        """The loss of each sample and its weight, from what `outputs` gave first."""
        values, classes = self._inner.value(scores, target), self.loss.weights(target)
        if weight is None and classes is None:
            return values, np.ones_like(values)
        return values, self._weights(weight, classes)

    def rehearse(self, x: Array, target: Array, tape: Tape, inspector: Inspector) -> None:
        """One batch forward and backward, inspected; raises PluginError where a promise is broken."""
        tape.watch = inspector
        inspector.keep(x)
        scores = self.chain.forward(x, tape, self._tail)
        values, grad, _ = self._inner.both(scores, target)
        for what, got, want in (
            ("value", values, scores.shape[:1]),
            ("gradient", grad, scores.shape),
        ):
            if got.shape != want or got.dtype != scores.dtype:
                raise PluginError(
                    f"the loss {self.loss.type}: {what} gave {got.shape} {got.dtype}",
                    f"{want} {scores.dtype} was expected",
                )
        inspector.keep(grad)
        self.chain.pull(grad, tape, self._tail)

    def broken(self, x: Array, target: Array, tape: Tape) -> str:
        """What of the loss is not finite for outputs of ordinary size: value, gradient, or nothing."""
        scores = self.chain.forward(x, tape, self._tail)
        if not (np.abs(scores) < _LARGE).all():
            return ""
        values, grad, _ = self._inner.both(scores, target)
        return "value" if not finite(values) else "" if finite(grad) else "gradient"

    def _weights(self, weight: Array | None, classes: Array | None) -> Array:
        """The weight of each sample: its own, its class's, or both multiplied."""
        one, other = (1.0 if each is None else each for each in (weight, classes))
        return np.asarray(one * other, self.chain.dtype)


def check_gradients(chain: Chain) -> None:
    """Raise SpecError where no gradient reaches a trainable layer."""
    trains = False
    for at, layer in ((at, layer) for at, link in enumerate(chain) for layer in link.walk()):
        if layer.chains():
            continue
        if trains and not layer.spec.differentiable:
            raise SpecError(
                f"no gradient passes {layer.path} ({layer.spec.type}), "
                "and a trainable layer stands before it",
                'put it at the end after training, or say "trainable": false before it',
                path=("layers", at),
            )
        trains = trains or next(layer.trainable_keys(), None) is not None


def _absorbed(chain: Chain, loss: Loss) -> Layer | None:
    """The tail that the loss absorbs, or None. Raises SpecError where loss and tail do not fit."""
    tail = chain.tail
    kind = tail.spec.type if tail else "nothing"
    gives = tail.spec.gives if tail and isinstance(tail.spec, Activation) else ""
    if not loss.absorbs:
        if loss.takes and loss.takes != gives:
            raise SpecError(
                f"the loss {loss.type} takes {loss.takes}, but the last layer gives none",
                'end with "softmax", or with another activation that gives them',
                path=("loss",),
            )
        return None
    logits = bool(getattr(loss, "logits", False))
    if tail is not None and kind == loss.absorbs:
        if logits:
            raise SpecError(
                f"the loss {loss.type} takes logits, but the last layer, {tail.name}, is a {kind}",
                'leave out "logits": true, or remove the last layer',
                path=("loss",),
            )
        return tail
    if not logits and gives != "probabilities":
        raise SpecError(
            f"the loss {loss.type} takes probabilities, but the last layer gives none",
            f'end with "{loss.absorbs}", or say "logits": true in the loss',
            path=("loss",),
        )
    if logits and gives == "probabilities":
        raise SpecError(
            f"the loss {loss.type} takes logits, but the last layer gives probabilities",
            'leave out "logits": true, or remove the last layer',
            path=("loss",),
        )
    return None


def _with_logits(loss: Loss) -> Loss:
    return loss.model_copy(update={"logits": True})


_SILENT = Tape()
