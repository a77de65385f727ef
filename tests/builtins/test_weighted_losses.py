"""Every loss under weights: Σ w l / Σ w over the samples, where l is the loss of one sample alone."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import pytest

from netspec import Loss, Registry, SequentialNetwork, Tape, builtins
from netspec.builtins.losses.elementwise import ElementwiseLoss
from netspec.objective import Step
from netspec.testing import examples

LOSSES = [
    pytest.param(spec, id=f"{offer.type}-{n + 1}" if n else offer.type)
    for offer in Registry(builtins).offers()
    if offer.kind == "loss"
    for n, spec in enumerate(examples(offer.load()))
]
every_loss = pytest.mark.parametrize("loss", LOSSES)
every_shape = pytest.mark.parametrize("positions", [(), (2,)], ids=["vectors", "positions"])
every_target = pytest.mark.parametrize("kind", ["indices", "distributions"])

WEIGHTS = {
    "unequal": [0.5, 2.0, 0.25, 7.0, 1.0, 1e-3],
    "with zeros": [0.0, 2.0, 0.0, 0.5, 1.0, 0.0],
    "one alone": [0.0, 0.0, 0.0, 0.0, 3.0, 0.0],
    "equal": [4.0] * 6,
}
ROWS = len(WEIGHTS["equal"])
CLASSES = 3


def network_for(loss: Loss, positions: tuple[int, ...]) -> SequentialNetwork:
    """One dense layer, with the last activation that the loss needs; values from 0 to 1 suit the others."""
    network = SequentialNetwork((*positions, 4), loss, dtype="float64", seed=3)
    network.add({"type": "dense", "units": CLASSES})
    if not getattr(loss, "logits", False):
        network.add(loss.absorbs or ("softmax" if loss.takes else "sigmoid"))
    return network


def data(kind: str, positions: tuple[int, ...]) -> tuple[Any, Any]:
    rng = np.random.default_rng(6)
    x = rng.normal(size=(ROWS, *positions, 4))
    if kind == "indices":
        return x, rng.integers(0, CLASSES, (ROWS, *positions))
    return x, rng.dirichlet(np.ones(CLASSES), (ROWS, *positions))


def stepped(network: SequentialNetwork, x: Any, target: Any, weights: Any = None) -> Step:
    """The loss and the gradients of one batch, as training computes them."""
    weights = None if weights is None else np.array(weights)
    return network.objective().step(x, target, weights, Tape(training=True, keeps=True))


def near(step: Step, gradients: Any) -> None:
    assert step.gradients.keys() == gradients.keys()
    for path, gradient in gradients.items():
        found = np.asarray(step.gradients[path])
        np.testing.assert_allclose(found, np.asarray(gradient), rtol=1e-12, atol=1e-12)


def class_weights(loss: Any, target: Any) -> Any:
    """What each sample weighs by its class; over several positions, their mean."""
    given = getattr(loss, "class_weights", None)
    if given is None:
        return np.ones(ROWS)
    each = np.array(given)[target] if target.dtype.kind == "i" else target @ np.array(given)
    return each.reshape(ROWS, -1).mean(axis=1)


@every_loss
@every_shape
@every_target
@pytest.mark.parametrize("weights", WEIGHTS.values(), ids=WEIGHTS)
def test_loss_and_gradients_are_the_weighted_mean_of_those_of_each_sample_alone(
    loss: Loss, positions: Any, kind: str, weights: list[float]
) -> None:
    """In training, in evaluation, and in what a step of plain descent changes."""
    network = network_for(loss, positions)
    x, target = data(kind, positions)
    alone = [stepped(network, x[i : i + 1], target[i : i + 1]) for i in range(ROWS)]
    shares = np.array(weights) * class_weights(loss, target)
    shares /= shares.sum()
    expected = sum(
        share * each.loss / each.weight for share, each in zip(shares, alone, strict=True)
    )

    step = stepped(network, x, target, weights)
    assert step.loss / step.weight == pytest.approx(expected, rel=1e-12, abs=1e-12)
    found = network.evaluate(x, target, weights=weights)["loss"]
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)

    before = {path: array.copy() for path, array in network.params().items()}
    network.fit(
        x,
        target,
        weights=weights,
        batch_size=ROWS,
        shuffle=False,
        optimizer={"type": "sgd", "learning_rate": 0.5},
    )
    gradients = {
        path: sum(s * np.asarray(a.gradients[path]) for s, a in zip(shares, alone, strict=True))
        for path in before
    }
    near(step, gradients)
    for path, array in network.params().items():
        np.testing.assert_allclose(array, before[path] - 0.5 * gradients[path], rtol=0, atol=1e-12)


@pytest.mark.parametrize("type_", sorted(builtins.netspec_losses()))
@every_shape
@every_target
def test_a_sum_is_within_one_sample_and_the_samples_are_averaged_all_the_same(
    type_: str, positions: Any, kind: str, make: Any
) -> None:
    """`sum` is the mean times the number of terms of a sample, `half_sum` half of that."""
    weights = WEIGHTS["with zeros"]
    x, target = data(kind, positions)

    def with_reduction(reduction: str) -> Step:
        loss = make(Loss, {"type": type_, "reduction": reduction})
        return stepped(network_for(loss, positions), x, target, weights)

    elementwise = isinstance(make(Loss, type_), ElementwiseLoss)
    terms = prod(positions) * (CLASSES if elementwise else 1)
    factors = {"sum": terms, "half_sum": terms / 2} if elementwise else {"sum": terms}
    mean = with_reduction("mean")
    for reduction, factor in factors.items():
        step = with_reduction(reduction)
        assert step.weight == mean.weight == sum(weights)
        assert step.loss == pytest.approx(factor * mean.loss, rel=1e-12)
        near(step, {path: factor * np.asarray(each) for path, each in mean.gradients.items()})


@every_shape
@every_target
def test_class_weights_and_sample_weights_multiply(positions: Any, kind: str, make: Any) -> None:
    """Each sample weighs its own weight times its class's, above and below the line."""
    by_class = make(Loss, {"type": "cross_entropy", "class_weights": [1.0, 0.0, 2.5]})
    x, target = data(kind, positions)
    weights = WEIGHTS["unequal"]
    network = network_for(by_class, positions)
    together = stepped(network, x, target, weights)
    folded = np.array(weights) * class_weights(by_class, target)
    assert together.weight == pytest.approx(folded.sum(), rel=1e-12)
    if not positions:
        plain = network_for(make(Loss, "cross_entropy"), positions)
        by_hand = stepped(plain, x, target, folded)
        assert together.loss == pytest.approx(by_hand.loss, rel=1e-12)
        near(together, by_hand.gradients)
