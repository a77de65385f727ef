"""What holds for every loss, and what is special about some."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec import Loss, SequentialNetwork, SpecError, Tape, builtins
from netspec.arrays import Computing
from netspec.builtins.losses.binary_cross_entropy import BinaryCrossEntropy
from netspec.builtins.losses.cosine import CosineDistance
from netspec.builtins.losses.cross_entropy import CrossEntropy
from netspec.builtins.losses.focal import Focal
from netspec.builtins.losses.kl_divergence import KLDivergence
from netspec.builtins.losses.log_cosh import LogCosh
from netspec.builtins.losses.mae import MAE
from netspec.builtins.losses.mse import MSE
from netspec.builtins.losses.quantile import Quantile
from netspec.builtins.stable import softmax

TYPES = sorted(builtins.netspec_losses())
ABSORBING = sorted({"binary_cross_entropy", "cross_entropy", "focal", "kl_divergence"})
DOCUMENTS = [{"type": t} for t in TYPES] + [{"type": t, "logits": True} for t in ABSORBING]
every_loss = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda d: "-".join(map(str, d.values()))
)


def batch(shape: tuple[int, ...], dtype: Any = np.float64) -> tuple[Any, Any]:
    """Outputs and targets from 0 to 1 with rows of sum 1, which suit every loss."""
    rng = np.random.default_rng(3)
    output, target = (rng.uniform(0.05, 0.95, shape) for _ in range(2))
    for each in (output, target):
        each /= each.sum(axis=-1, keepdims=True)
    return output.astype(dtype), target.astype(dtype)


@every_loss
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(0, 3), (1, 3), (5, 3), (4, 2, 3)])
def test_shapes_and_dtype_are_right_and_inputs_are_not_written(
    document: Any, dtype: Any, shape: Any, make: Any
) -> None:
    loss = make(Loss, document)
    output, target = batch(shape, dtype)
    output.flags.writeable = target.flags.writeable = False
    value, gradient = loss.value(output, target), loss.gradient(output, target)
    assert value.shape == shape[:1]
    assert gradient.shape == shape
    assert value.dtype == gradient.dtype == dtype
    assert gradient.flags.writeable
    assert not np.shares_memory(gradient, output)
    assert not np.shares_memory(gradient, target)


@every_loss
def test_the_gradient_is_the_derivative_of_the_value(document: Any, make: Any) -> None:
    loss = make(Loss, document)
    output, target = batch((6, 4))
    direction = np.random.default_rng(4).normal(size=output.shape)
    h = 1e-6
    ahead = loss.value(output + h * direction, target)
    behind = loss.value(output - h * direction, target)
    derived = (loss.gradient(output, target) * direction).sum(axis=1)
    np.testing.assert_allclose(derived, (ahead - behind) / (2 * h), rtol=1e-5, atol=1e-8)


@every_loss
def test_class_indices_are_one_hot_targets(document: Any, make: Any) -> None:
    loss = make(Loss, document)
    output, _ = batch((6, 4))
    indices = np.array([0, 3, 2, 2, 1, 0])
    one_hot = np.eye(4)[indices]
    for part in (loss.value, loss.gradient):
        np.testing.assert_allclose(part(output, indices), part(output, one_hot), rtol=1e-12)


def test_half_sum_is_the_lecture_s_loss_and_its_gradient_the_difference() -> None:
    output, target = batch((3, 5))
    loss = MSE(reduction="half_sum")
    np.testing.assert_allclose(loss.value(output, target), ((output - target) ** 2).sum(1) / 2)
    np.testing.assert_array_equal(loss.gradient(output, target), output - target)


def test_reductions_are_over_one_sample() -> None:
    output, target = np.array([[3.0, 1.0], [0.0, 0.0]]), np.zeros((2, 2))
    assert MAE().value(output, target).tolist() == [2, 0]
    assert MAE(reduction="sum").value(output, target).tolist() == [4, 0]
    assert MAE(reduction="half_sum").value(output, target).tolist() == [2, 0]


@pytest.mark.parametrize("target", [np.array([0, 1]), np.eye(3, dtype=np.float32)[:2]])
def test_cross_entropy_of_logits_of_1e4_has_exact_limits(target: Any) -> None:
    z = np.array([[1e4, -1e4, -1e4], [1e4, -1e4, -1e4]], np.float32)
    loss = CrossEntropy(logits=True)
    np.testing.assert_array_equal(loss.value(z, target), [0, 2e4])
    np.testing.assert_array_equal(loss.gradient(z, target), [[0, 0, 0], [1, -1, 0]])


@pytest.mark.parametrize("target", [[1, 0], [0, 0]])
def test_cross_entropy_of_the_largest_logits_gives_no_warning(target: list[int]) -> None:
    """A surprise of 6e38 is infinite in float32; its gradient is not."""
    z = np.array([[3e38, -3e38], [3e38, -3e38]], np.float32)
    loss, indices = CrossEntropy(logits=True), np.array(target)
    with Computing():
        value, gradient, y = loss.both(z, indices)
        np.testing.assert_array_equal(loss.value(z, indices), value)
    np.testing.assert_array_equal(value, [np.inf if t else 0 for t in target])
    np.testing.assert_array_equal(gradient, [[1 - (t == 0), -t] for t in target])
    np.testing.assert_array_equal(y, [[1, 0], [1, 0]])


@pytest.mark.parametrize("logits", [[2e38, -2e38], [3e38, 3e38 - 1e32]])
@pytest.mark.parametrize(
    "loss",
    [
        CrossEntropy(logits=True),
        CrossEntropy(logits=True, label_smoothing=0.1),
        Focal(logits=True),
        KLDivergence(logits=True),
    ],
    ids=str,
)
def test_losses_of_distributions_are_finite_for_the_largest_logits(
    loss: Any, logits: list[float]
) -> None:
    z, target = np.array([logits, logits], np.float32), np.eye(2, dtype=np.float32)
    values, slopes = loss.value(z, target), loss.gradient(z, target)
    assert np.isfinite(values).all()
    smoothing = getattr(loss, "label_smoothing", 0)
    if not smoothing:
        assert values[0] == 0
    np.testing.assert_allclose(slopes[1], [1 - smoothing / 2, smoothing / 2 - 1], rtol=1e-6)


@given(st.integers(0, 70), st.sampled_from([2, 3, 4, 7, 10, 64, 65]), st.sampled_from("fd"))
def test_cross_entropy_alone_and_together_has_the_same_bits(
    samples: int, classes: int, dtype: str
) -> None:
    """Where rows are short they are gone over the other way round; numbers of samples matter to BLAS."""
    rng = np.random.default_rng((samples, classes))
    z = rng.standard_normal((samples, classes)).astype(dtype)
    loss, target = CrossEntropy(logits=True), rng.integers(0, classes, samples)
    value, gradient, y = loss.both(z, target)
    np.testing.assert_array_equal(loss.value(z, target), value)
    np.testing.assert_array_equal(loss.gradient(z, target), gradient)
    assert y is not None
    np.testing.assert_allclose(y, softmax(z), rtol=1e-6)
    np.testing.assert_allclose(gradient, y - np.eye(classes)[target], atol=1e-6)
    np.testing.assert_allclose(value, -np.log(y[np.arange(samples), target]), atol=1e-5)


def test_binary_cross_entropy_of_logits_of_1e4_has_exact_limits() -> None:
    z = np.array([[1e4], [1e4], [-1e4], [-1e4]], np.float32)
    y = np.array([[1], [0], [1], [0]], np.float32)
    loss = BinaryCrossEntropy(logits=True)
    assert loss.value(z, y).tolist() == [0, 1e4, 1e4, 0]
    assert loss.gradient(z, y).ravel().tolist() == [0, 1, -1, 0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_binary_cross_entropy_keeps_its_digits_where_it_is_sure(dtype: Any) -> None:
    logits = np.array([-80, -30, -17, -8, -1, -0.0, 0, 1, 8, 17, 30, 80], dtype)
    y = np.array([[0], [1], [0.5]], dtype)
    z = np.broadcast_to(logits, (3, 12)).reshape(-1, 1)
    target = np.broadcast_to(y, (3, 12)).reshape(-1, 1)
    loss = BinaryCrossEntropy(logits=True)
    with localcontext() as context:
        context.prec = 60
        pairs = [(Decimal(a.item()), Decimal(b.item())) for a, b in zip(z, target, strict=True)]
        values = [float((1 + a.exp()).ln() - a * b) for a, b in pairs]
        slopes = [float(1 / (1 + (-a).exp()) - b) for a, b in pairs]
    tolerance = 4 * np.finfo(dtype).eps
    np.testing.assert_allclose(loss.value(z, target), values, rtol=tolerance)
    np.testing.assert_allclose(loss.gradient(z, target).ravel(), slopes, rtol=tolerance)
    together = loss.both(z, target)
    np.testing.assert_array_equal(together[0], loss.value(z, target))
    np.testing.assert_array_equal(together[1], loss.gradient(z, target))


# Value and slope of an output of 1e4, and of −1e4, where the target is 1. One output a sample.
LIMITS: dict[str, tuple[list[float], list[float]]] = {
    "hinge": ([0, 10001], [0, -1]),
    "log_cosh": ([9999 - np.log(2), 10001 - np.log(2)], [1, -1]),
    "mae": ([9999, 10001], [1, -1]),
    "huber": ([9998.5, 10000.5], [1, -1]),
    "mse": ([9999**2, 10001**2], [2 * 9999, -2 * 10001]),
    "poisson": ([np.inf, 1e4], [np.inf, -1]),
    "quantile": ([9999 / 2, 10001 / 2], [0.5, -0.5]),
    "squared_hinge": ([0, 10001**2], [0, -2 * 10001]),
}


def test_every_loss_has_its_limits_written_down() -> None:
    """Of directions, which have no such size, there is none."""
    assert LIMITS.keys() | set(ABSORBING) | {"cosine"} == set(TYPES)


@pytest.mark.parametrize("type_", LIMITS)
def test_a_loss_of_outputs_of_1e4_is_exact(type_: str, make: Any) -> None:
    """In float32 to its last digit, without a warning."""
    loss, (values, slopes) = make(Loss, type_), LIMITS[type_]
    output, target = np.array([[1e4], [-1e4]], np.float32), np.ones((2, 1), np.float32)
    np.testing.assert_allclose(loss.value(output, target), values, rtol=1e-7)
    np.testing.assert_array_equal(loss.gradient(output, target).ravel(), slopes)


@pytest.mark.parametrize(("dtype", "largest"), [(np.float32, 3e38), (np.float64, 1e308)])
def test_log_cosh_keeps_the_digits_of_distances_of_any_size(dtype: Any, largest: float) -> None:
    distances = np.geomspace(1e-5, largest, 500).astype(dtype)[:, None]
    expected = [_log_cosh(Decimal(d.item())) for d in distances]
    values = LogCosh().value(distances, np.zeros_like(distances))
    np.testing.assert_allclose(values, np.array(expected, dtype), rtol=4 * np.finfo(dtype).eps)


def _log_cosh(d: Decimal) -> float:
    with localcontext() as context:
        context.prec = 60
        near = min(d, Decimal(200))
        return float(((near.exp() + (-near).exp()) / 2).ln() + (d - near))


@pytest.mark.parametrize("scale", [1e4, 1e-4])
def test_cosine_knows_directions_and_not_lengths(scale: float) -> None:
    output = np.array([[scale, 0], [-scale, 0], [0, scale]], np.float32)
    target = np.array([[1, 0]] * 3, np.float32)
    np.testing.assert_array_equal(CosineDistance().value(output, target), [0, 2, 1])
    slopes = CosineDistance().gradient(output, target)
    np.testing.assert_allclose(slopes * scale, [[0, 0], [0, 0], [-1, 0]], rtol=1e-6)


def test_kl_divergence_of_sure_distributions_is_finite_without_a_warning() -> None:
    sure = np.eye(2, dtype=np.float32)
    for target in (sure, sure[::-1]):
        assert np.isfinite(KLDivergence().value(sure, target)).all()
        assert np.isfinite(KLDivergence().gradient(sure, target)).all()
    np.testing.assert_array_equal(KLDivergence().value(sure, sure), [0, 0])


@pytest.mark.parametrize("gap", [1, 90, 104, 1e4])
def test_kl_divergence_behind_a_softmax_keeps_its_slope_where_it_is_sure_and_wrong(
    gap: float,
) -> None:
    """Through a softmax that gives 0 no gradient would come back."""
    network = SequentialNetwork((2,), "kl_divergence")
    network.add("softmax")
    z, target = np.array([[0, gap]], np.float32), np.array([[1, 0]], np.float32)
    p = 1 / (1 + np.exp(-gap))
    tape = Tape(training=True, keeps=True)
    loss = network.objective().step(z, target, None, tape).loss
    assert loss == pytest.approx(np.logaddexp(0, gap), rel=1e-6)
    slopes = KLDivergence(logits=True).gradient(z, target)
    np.testing.assert_allclose(slopes, [[-p, p]], rtol=1e-6)


@pytest.mark.parametrize("loss", [CrossEntropy(), BinaryCrossEntropy()], ids=lambda loss: loss.type)
def test_probabilities_of_0_and_1_give_finite_numbers_without_a_warning(loss: Loss) -> None:
    p = np.array([[1, 0], [0, 1]], np.float32)
    for target in (p, 1 - p):
        assert np.isfinite(loss.value(p, target)).all()
        assert np.isfinite(loss.gradient(p, target)).all()
    np.testing.assert_array_equal(loss.value(p, p), [0, 0])


def test_class_weights_weigh_a_sample_by_its_class() -> None:
    loss = CrossEntropy(class_weights=(1, 2, 4))
    indices = np.array([2, 0])
    assert loss.weights(indices).tolist() == [4, 1]  # type: ignore[union-attr]
    assert loss.weights(np.eye(3)[indices]).tolist() == [4, 1]  # type: ignore[union-attr]
    assert CrossEntropy().weights(indices) is None


def test_a_position_of_weight_0_counts_nothing() -> None:
    output, _ = batch((2, 3, 2))
    target = np.array([[0, 1, 1], [1, 1, 1]])
    loss = CrossEntropy(class_weights=(1, 0))
    expected = [-np.log(output[0, 0, 0]), 0]
    np.testing.assert_allclose(loss.value(output, target), expected)
    assert not loss.gradient(output, target)[:, 1:].any()


def test_a_sum_over_positions_is_their_number_times_the_mean() -> None:
    output, _ = batch((2, 3, 2))
    target = np.array([[0, 1, 1], [1, 0, 0]])
    for weights in (None, (1, 3)):
        mean, total = (
            CrossEntropy(reduction=reduction, class_weights=weights)
            for reduction in ("mean", "sum")
        )
        np.testing.assert_allclose(total.value(output, target), 3 * mean.value(output, target))
        np.testing.assert_allclose(
            total.gradient(output, target), 3 * mean.gradient(output, target)
        )


def test_class_weights_that_weigh_nothing_or_do_not_fit_are_refused() -> None:
    with pytest.raises(SpecError, match="every class weighs 0"):
        CrossEntropy(class_weights=(0, 0))
    with pytest.raises(SpecError, match="2 class weights for 3 classes"):
        CrossEntropy(class_weights=(1, 1)).value(*batch((2, 3)))


@pytest.mark.parametrize("weight", [1e-46, 1e39])
def test_class_weights_that_the_dtype_does_not_hold_are_refused(weight: float) -> None:
    loss, target = CrossEntropy(class_weights=(weight, weight)), np.array([0, 1])
    assert np.isfinite(loss.value(np.full((2, 2), 0.5), target)).all()
    with pytest.raises(SpecError, match=r"largest class weight .* float32 does not hold"):
        loss.value(np.full((2, 2), 0.5, np.float32), target)


@pytest.mark.parametrize("logits", [False, True])
def test_focal_loss_that_looks_nowhere_else_is_cross_entropy(logits: bool) -> None:
    output, target = batch((5, 3))
    focal, plain = Focal(gamma=0, logits=logits), CrossEntropy(logits=logits)
    np.testing.assert_allclose(focal.value(output, target), plain.value(output, target))
    np.testing.assert_allclose(focal.gradient(output, target), plain.gradient(output, target))


def test_focal_loss_of_logits_of_1e4_is_finite_without_a_warning() -> None:
    z = np.array([[1e4, -1e4], [1e4, -1e4]], np.float32)
    target = np.array([0, 1])
    for gamma in (0, 0.5, 2):
        loss = Focal(gamma=gamma, logits=True)
        assert loss.value(z, target).tolist() == [0, 2e4]
        assert np.isfinite(loss.gradient(z, target)).all()


def test_the_best_constant_under_the_quantile_loss_is_the_quantile() -> None:
    targets = np.arange(101.0)[:, None]
    loss = Quantile(quantile=0.9)
    costs = [loss.value(np.full_like(targets, c), targets).mean() for c in range(101)]
    assert int(np.argmin(costs)) == 90
