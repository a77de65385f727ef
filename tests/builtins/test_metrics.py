"""What holds for every metric, and what each counts."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec import Metric, SpecError, builtins
from netspec.builtins.metrics.accuracy import Accuracy
from netspec.builtins.metrics.average_precision import AveragePrecision
from netspec.builtins.metrics.binary_accuracy import BinaryAccuracy
from netspec.builtins.metrics.confusion_matrix import ConfusionMatrix
from netspec.builtins.metrics.f1 import F1
from netspec.builtins.metrics.log_loss import LogLoss
from netspec.builtins.metrics.mae import MeanAbsoluteError
from netspec.builtins.metrics.precision import Precision
from netspec.builtins.metrics.r2 import R2
from netspec.builtins.metrics.recall import Recall
from netspec.builtins.metrics.roc_auc import ROCAUC
from netspec.builtins.metrics.top_k import TopK

TYPES = sorted(builtins.netspec_metrics())
every_metric = pytest.mark.parametrize("type_", TYPES)


def measure(metric: Metric, output: Any, target: Any, weight: Any = None, chunk: int = 1000) -> Any:
    """The metric of all samples, seen in chunks."""
    output, target, seen = np.asarray(output), np.asarray(target), None
    for start in range(0, len(output), chunk):
        rows = slice(start, start + chunk)
        part = None if weight is None else np.asarray(weight)[rows]
        seen = metric.observe(seen, output[rows], target[rows], part)
    return metric.value(seen)


def batch(n: int = 23, dtype: Any = np.float64) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(8)
    output = rng.dirichlet(np.ones(4), n).astype(dtype)
    return output, rng.integers(0, 4, n), rng.integers(0, 3, n).astype(dtype)


@every_metric
@pytest.mark.parametrize("chunk", [1, 5, 22])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_chunks_do_not_matter(type_: str, chunk: int, weighted: bool, make: Any) -> None:
    metric = make(Metric, type_)
    output, target, weight = batch()
    weight = weight if weighted else None
    whole = measure(metric, output, target, weight)
    np.testing.assert_allclose(measure(metric, output, target, weight, chunk), whole, rtol=1e-12)


@every_metric
def test_a_weight_of_2_counts_a_sample_twice_and_0_not_at_all(type_: str, make: Any) -> None:
    metric = make(Metric, type_)
    output, target, weight = batch()
    times = weight.astype(int)
    repeated = measure(metric, np.repeat(output, times, 0), np.repeat(target, times, 0))
    np.testing.assert_allclose(measure(metric, output, target, weight), repeated, rtol=1e-12)


@every_metric
def test_class_indices_and_one_hot_targets_give_the_same_number(type_: str, make: Any) -> None:
    metric = make(Metric, type_)
    output, target, _ = batch()
    assert measure(metric, output, target) == measure(metric, output, np.eye(4)[target])


@every_metric
def test_inputs_are_not_written_and_what_was_seen_can_be_written_down(
    type_: str, make: Any
) -> None:
    metric = make(Metric, type_)
    output, target, weight = batch(dtype=np.float32)
    for array in (output, target, weight):
        array.flags.writeable = False
    seen = metric.observe(None, output, target, weight)
    json.dumps(seen, default=lambda array: array.tolist())
    value = metric.value(seen)
    assert isinstance(value, float | list)


@every_metric
def test_nothing_seen_is_nan(type_: str, make: Any) -> None:
    value = make(Metric, type_).value(None)
    assert value == [] or math.isnan(value)


def test_accuracy_of_one_hot_targets_is_by_class_not_by_element() -> None:
    """Three outputs that all say class 0: one of three is right, and ties go to the first."""
    output = np.array([[0.4, 0.3, 0.3]] * 3)
    assert measure(Accuracy(), output, np.eye(3)) == 1 / 3
    assert measure(Accuracy(), np.full((3, 3), 0.4), [0, 0, 1]) == 2 / 3


def test_accuracy_of_a_single_output_is_by_threshold() -> None:
    output, target = [[0.2], [0.5], [0.7], [3.0]], [[0.0], [1.0], [1.0], [0.0]]
    assert measure(Accuracy(), output, target) == 0.5
    assert measure(Accuracy(threshold=0.0), output, target) == 0.5
    assert measure(Accuracy(threshold=0.4), output, target) == 0.75


@pytest.mark.parametrize("shape", [(), (3, 4), (1, 1)])
def test_accuracy_of_other_shapes_is_refused(shape: Any) -> None:
    with pytest.raises(SpecError, match="binary_accuracy"):
        Accuracy().check(shape)


def test_binary_accuracy_counts_every_label_by_itself() -> None:
    output, target = [[0.9, 0.2], [0.1, 0.8]], [[1, 1], [0, 0]]
    assert measure(BinaryAccuracy(), output, target) == 0.5
    assert measure(BinaryAccuracy(threshold=0.85), output, target) == 0.75


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=1, max_size=9))
def test_mae_is_the_mean_distance(pairs: list[tuple[float, float]]) -> None:
    output, target = np.array(pairs)[:, :1], np.array(pairs)[:, 1:]
    expected = sum(abs(a - b) for a, b in pairs) / len(pairs)
    assert measure(MeanAbsoluteError(), output, target) == pytest.approx(expected, abs=1e-9)


def test_top_k_counts_equals_in_their_order_and_needs_more_classes_than_k() -> None:
    output = np.full((4, 4), 0.25)
    assert measure(TopK(k=2), output, [0, 1, 2, 3]) == 0.5
    assert measure(TopK(k=1), output, [0, 1, 0, 3]) == measure(Accuracy(), output, [0, 1, 0, 3])
    with pytest.raises(SpecError, match="more than 3 classes"):
        TopK(k=3).check((3,))


def test_a_yes_or_no_has_a_confusion_matrix_of_two_classes() -> None:
    output, target = [[0.9], [0.8], [0.2], [0.6]], [[1.0], [0.0], [0.0], [1.0]]
    assert measure(ConfusionMatrix(), output, target) == [1, 1, 0, 2]
    assert measure(Precision(average="binary"), output, target) == 2 / 3
    assert measure(Recall(average="binary"), output, target) == 1
    assert measure(F1(average="binary"), output, target) == 0.8


def test_a_class_that_is_never_guessed_has_precision_0() -> None:
    output = np.eye(3)[[0, 0, 0]]
    assert measure(Precision(), output, [0, 1, 1]) == pytest.approx((1 / 3 + 0) / 2)


def test_r2_is_1_for_the_truth_0_for_the_mean_and_keeps_its_digits_far_from_0() -> None:
    y = 1e8 + np.array([[0.0], [1.0], [2.0], [5.0]])
    assert measure(R2(), y, y, chunk=1) == 1
    assert measure(R2(), np.full_like(y, y.mean()), y, chunk=3) == pytest.approx(0)
    assert measure(R2(), np.ones((3, 1)), np.ones((3, 1))) == 1
    assert measure(R2(), np.zeros((3, 1)), np.ones((3, 1))) == 0


@pytest.mark.parametrize("constant", [0.1, -1e8 / 3])
@pytest.mark.parametrize("chunk", [3, 1000])
def test_r2_of_a_target_that_never_changes_is_0_or_1(constant: float, chunk: int) -> None:
    y, weight = np.full((10, 1), constant), np.arange(10.0)
    y[0] = 5
    assert measure(R2(), y + np.linspace(-1, 1, 10)[:, None], y, weight, chunk) == 0
    assert measure(R2(), y, y, weight, chunk) == 1


def test_log_loss_of_a_single_output_is_of_yes_and_no() -> None:
    expected = -(np.log(0.9) + np.log(0.8)) / 2
    assert measure(LogLoss(), [[0.9], [0.2]], [[1.0], [0.0]]) == pytest.approx(expected)


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 3)), min_size=1, max_size=12
    )
)
def test_roc_auc_counts_the_pairs_that_stand_in_order(samples: list[tuple[int, bool, int]]) -> None:
    """By its definition: over all pairs of a true and a false sample, ties counting half."""
    scores, true, weight = (np.array(each, float) for each in zip(*samples, strict=True))
    pairs = right = 0.0
    for score, is_true, w in zip(scores, true, weight, strict=True):
        for other, other_is_true, v in zip(scores, true, weight, strict=True):
            if is_true and not other_is_true:
                pairs += w * v
                right += w * v * ((score > other) + (score == other) / 2)
    found = measure(ROCAUC(), scores[:, None], true[:, None], weight, chunk=3)
    if pairs:
        assert found == pytest.approx(right / pairs, rel=1e-12, abs=1e-12)
    else:
        assert math.isnan(found)


def test_a_class_that_no_sample_has_is_left_out_of_roc_auc_and_0_in_average_precision() -> None:
    output = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1]])
    assert measure(ROCAUC(), output, [0, 1, 1]) == 1
    assert measure(AveragePrecision(), output, [0, 1, 1]) == pytest.approx(2 / 3)
    assert math.isnan(measure(ROCAUC(), output[:, :1], np.ones((3, 1))))


@pytest.mark.parametrize(
    "metric", [LogLoss(), F1(), ConfusionMatrix(), ROCAUC()], ids=lambda m: m.type
)
def test_metrics_of_one_class_a_sample_refuse_positions(metric: Metric) -> None:
    with pytest.raises(SpecError, match=r"takes \(classes,\) or \(1,\)"):
        metric.check((3, 4))


@every_metric
def test_no_samples_change_nothing(type_: str, make: Any) -> None:
    metric = make(Metric, type_)
    output, target, _ = batch()
    seen = metric.observe(None, output[:0], target[:0], None)
    whole = metric.observe(seen, output, target, None)
    np.testing.assert_allclose(metric.value(whole), measure(metric, output, target))
