"""The comparisons compare alike: the bare loops learn what netspec learns, and every variant runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from netspec import Data, Part

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks import bare, bare_cnn, cnn, plugged, problems, promises, rivals

SAMPLES = 640


def less(data: Data) -> Data:
    """The first samples only: how fast somebody is, is not asked here."""
    return Data(Part(data.train.inputs[:SAMPLES], data.train.targets[:SAMPLES]))


@pytest.mark.parametrize("make", [problems.lecture, problems.digits, problems.tiny])
def test_a_bare_loop_learns_what_netspec_learns(make: Callable[[], Any]) -> None:
    whole = make()
    problem = replace(whole, data=less(whole.data))
    expected = rivals.ours(problem, 2)()
    assert bare.bare_numpy(problem, 2)() == pytest.approx(expected, rel=1e-3)


def test_the_bare_convolutional_network_learns_what_netspec_learns() -> None:
    digits = plugged.Digits.of("cnn", cnn.LAYERS, 64, 28, 28, 1)
    digits = replace(digits, data=less(digits.data))
    expected = plugged.fitted(digits)()
    assert bare_cnn.bare_cnn(digits)() == pytest.approx(expected, rel=1e-3)


def test_every_promise_that_has_a_price_can_be_taken_out() -> None:
    whole = problems.tiny()
    problem = replace(whole, data=less(whole.data))
    for name in promises._CHANGES:
        promises._steps(problem, name)()
    promises._whole(problem)
    promises._fit(problem)
