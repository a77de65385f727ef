"""The task of reversing: its data, its metric, and that it is learned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netspec_attention.reversed_sequences import ReversedSequences
from netspec_attention.token_accuracy import TokenAccuracy

from netspec import SpecError, train
from netspec.testing import check_component


def test_the_data_keep_a_dataset_s_promises(tmp_path: Path) -> None:
    check_component(ReversedSequences(train=20, test=10), root=tmp_path)


def test_a_target_is_its_input_read_backwards() -> None:
    data = ReversedSequences(length=5, symbols=7, train=300, test=50).open(Path())
    assert data.test is not None
    for part, samples in ((data.train, 300), (data.test, 50)):
        assert part.inputs.shape == (samples, 5)
        assert part.inputs.dtype == part.targets.dtype == np.int64
        np.testing.assert_array_equal(part.targets, part.inputs[:, ::-1])
        assert set(np.unique(part.inputs)) == set(range(7))


def test_the_samples_follow_from_the_seed_alone() -> None:
    def inputs(seed: int, test: int = 10) -> list[list[list[int]]]:
        data = ReversedSequences(seed=seed, train=20, test=test).open(Path())
        assert data.test is not None
        return [data.train.inputs.tolist(), data.test.inputs.tolist()]

    assert inputs(1) == inputs(1)
    assert inputs(1)[0] == inputs(1, test=30)[0]
    assert inputs(1)[0] != inputs(2)[0]
    assert inputs(1)[0][:10] != inputs(1)[1]


def test_the_metric_keeps_a_metric_s_promises() -> None:
    check_component(TokenAccuracy())


def test_every_position_counts() -> None:
    output = np.eye(3)[[[0, 1], [2, 2]]]
    metric = TokenAccuracy()
    seen = metric.observe(None, output, np.array([[0, 1], [0, 2]]), None)
    assert metric.value(seen) == 0.75
    seen = metric.observe(None, output, np.array([[0, 1], [0, 2]]), np.array([3.0, 1.0]))
    assert metric.value(seen) == 0.875
    none = metric.observe(seen, output[:0], np.zeros((0, 2), np.int64), None)
    assert metric.value(none) == 0.875


@pytest.mark.parametrize("shape", [(3,), (4, 1)])
def test_one_class_a_sample_is_measured_otherwise(shape: tuple[int, ...]) -> None:
    with pytest.raises(SpecError, match=r'a class at each position.*measure with "accuracy"'):
        TokenAccuracy().check(shape)


README = Path(__file__).parents[1] / "README.md"
SPEC = Path(__file__).parents[3] / "specs" / "reverse.json"


def test_the_readme_s_network_learns(tmp_path: Path) -> None:
    """As it stands there, it is right for nearly every symbol."""
    text = README.read_text(encoding="utf-8")
    document = text.split("```json\n")[1].split("```")[0]
    spec = tmp_path / "small.json"
    spec.write_text(document, encoding="utf-8")
    run = train(spec, out=tmp_path / "run")
    assert run.test is not None
    assert run.test["token_accuracy"] > 0.99


@pytest.mark.skipif(not SPEC.exists(), reason="the spec stands in the repository")
def test_the_spec_reaches_what_its_description_says(tmp_path: Path) -> None:
    """Every symbol of the test part, as printed: 1.0000."""
    run = train(SPEC, out=tmp_path / "run")
    assert run.test is not None
    assert run.test["token_accuracy"] > 0.9999
    assert run.test["loss"] < 0.002
