"""One sample's way through a network and back, with real numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .arrays import Array, Computing
from .casting import array_like, input_cast, target_cast
from .errors import DataError
from .kinds import Loss
from .layer import Layer
from .network import SequentialNetwork
from .tape import Seen, Tape

__all__ = ["Explanation", "Passage", "explain"]


@dataclass(frozen=True)
class Passage:
    """What one layer did with the sample: without the batch axis, in evaluation.

    `delta` is ∂L/∂output, as it came from behind, `input_delta` is ∂L/∂input, as it went on to the
    layer before; both and the `gradients` are None where nothing went back.
    """

    layer: Layer
    input: Array
    output: Array
    delta: Array | None = None
    input_delta: Array | None = None
    gradients: dict[str, Array] | None = None

    @property
    def formula(self) -> str:
        """What the layer computes, in its own words; empty where it says nothing."""
        return type(self.layer.spec).formula


@dataclass(frozen=True)
class Explanation:
    """The passages from head to tail, each layer before those inside it, and the loss.

    Without a target there is no way back: `loss`, `target` and `value` are None. `absorbed` is the
    layer that the loss computes together with itself: the way back begins before it.
    """

    passages: tuple[Passage, ...]
    output: Array
    loss: Loss | None = None
    target: Array | None = None
    value: float | None = None
    absorbed: Layer | None = None


def explain(network: SequentialNetwork, x: Any, target: Any = None) -> Explanation:
    """Follow one sample, `(*input_shape)`, through the chain and, with a target, back.

    Every gradient is that of this sample's own loss. Raises DataError where a shape does not fit,
    SpecError where the network has no loss, or one that does not fit its last layer.
    """
    inputs = array_like([x], "the input")
    sample = input_cast(network, inputs)(inputs)
    if target is None:
        seen, output = _forward(network, sample)
        return Explanation(_joined(network, seen), output)
    objective = network.objective()
    targets = array_like([target], "the target")
    truth = target_cast(network.output_shape, network.output_dtype, targets)(targets)
    if truth.dtype.kind in "iu":
        _check_classes(truth, network.output_shape[-1])
    objective.check_targets(targets, "the target")
    seen, output = _forward(network, sample)
    back: list[Seen] = []
    tape = Tape(keeps=True, wants_input_gradient=True, watch=back.append)
    with Computing():
        step = objective.step(sample, truth, None, tape)
    return Explanation(
        _joined(network, [*seen, *(each for each in back if not each.forward)]),
        output,
        objective.loss,
        truth[0],
        step.loss,
        objective.absorbed,
    )


def _forward(network: SequentialNetwork, sample: Array) -> tuple[list[Seen], Array]:
    seen: list[Seen] = []
    return seen, network.forward(sample, Tape(watch=seen.append))[0]


def _joined(network: SequentialNetwork, seen: list[Seen]) -> tuple[Passage, ...]:
    """What was seen of each layer, forward and backward, in the order of the chain."""
    found: dict[Layer, Passage] = {}
    for each in seen:
        layer = each.layer
        if each.forward:
            assert each.input is not None
            assert each.output is not None
            found[layer] = Passage(layer, each.input[0], each.output[0])
        else:
            found[layer] = replace(
                found[layer],
                delta=_first(each.output),
                input_delta=_first(each.input),
                gradients={key: np.asarray(value) for key, value in (each.gradients or {}).items()},
            )
    return tuple(found[layer] for layer in network.walk() if layer in found)


def _first(values: Array | None) -> Array | None:
    return None if values is None else values[0]


def _check_classes(truth: Array, count: int) -> None:
    wrong = truth[(truth < 0) | (truth >= count)]
    if wrong.size:
        raise DataError(
            f"the target is class {wrong[0]}, and the network knows {count}",
            f"classes are 0 to {count - 1}",
        )
