"""What holds for every schedule, and what is special about some."""

from __future__ import annotations

from typing import Any

import pytest

from netspec import Clock, Schedule, SpecError, builtins
from netspec.builtins.schedules.constant import ConstantSchedule
from netspec.builtins.schedules.cosine import CosineSchedule
from netspec.builtins.schedules.exponential import ExponentialSchedule
from netspec.builtins.schedules.multi_step import MultiStepSchedule
from netspec.builtins.schedules.one_cycle import OneCycleSchedule
from netspec.builtins.schedules.step import StepSchedule
from netspec.builtins.schedules.warmup import WarmupSchedule

REQUIRED: dict[str, dict[str, Any]] = {
    "multi_step": {"initial": 0.1, "at": [2, 5]},
    "one_cycle": {"highest": 0.1},
    "step": {"initial": 0.1, "every": 3},
    "exponential": {"initial": 0.1, "factor": 0.9},
    "warmup": {"steps": 4, "then": {"type": "cosine", "initial": 0.1}},
}
TYPES = sorted(builtins.netspec_schedules())
every_schedule = pytest.mark.parametrize("type_", TYPES)


def schedule(type_: str, make: Any) -> Schedule:
    return make(Schedule, {"type": type_, **REQUIRED.get(type_, {"initial": 0.1})})


def clock(step: int, steps_per_epoch: int = 10, epochs: int = 8) -> Clock:
    return Clock(step, step // steps_per_epoch, steps_per_epoch, steps_per_epoch * epochs)


@every_schedule
def test_every_rate_of_a_training_is_a_number_from_0_to_the_highest(type_: str, make: Any) -> None:
    rates = [schedule(type_, make).rate(clock(step)) for step in range(80)]
    assert all(isinstance(rate, float) and 0 <= rate <= 0.1 + 1e-12 for rate in rates)
    assert max(rates) > 0.01


@every_schedule
def test_a_schedule_that_uses_the_total_says_so(type_: str, make: Any) -> None:
    each = schedule(type_, make)
    short, long = ([each.rate(clock(step, epochs=n)) for step in range(80)] for n in (8, 16))
    assert (short != long) is each.uses_total


@every_schedule
def test_a_training_of_one_step_has_a_rate(type_: str, make: Any) -> None:
    assert schedule(type_, make).rate(Clock(0, 0, 1, 1)) >= 0


@pytest.mark.parametrize("cls", [ExponentialSchedule, StepSchedule, MultiStepSchedule])
def test_a_rate_that_falls_by_a_factor_does_not_rise(cls: Any) -> None:
    with pytest.raises(SpecError, match="/factor: "):
        cls(**{**REQUIRED[cls.type_name()], "factor": 10.0})


def test_a_cosine_goes_over_the_whole_training_or_its_period() -> None:
    whole = CosineSchedule(initial=0.2, minimum=0.1, per="step")
    assert whole.rate(clock(0)) == pytest.approx(0.2)
    assert whole.rate(clock(40)) == pytest.approx(0.15)
    assert whole.uses_total
    epochs = CosineSchedule(initial=0.2, period=2)
    assert [epochs.rate(clock(step)) for step in (0, 9, 10, 20)] == pytest.approx(
        [0.2, 0.2, 0.1, 0]
    )
    assert not epochs.uses_total


def test_an_unfinished_last_epoch_counts_as_one() -> None:
    """25 steps of 10 an epoch are three epochs."""
    assert CosineSchedule(initial=0.4).rate(Clock(20, 2, 10, 25)) == pytest.approx(0.1)


def test_warmup_rises_to_a_number_and_stays() -> None:
    warm = WarmupSchedule(steps=3, then=0.4)
    assert [warm.rate(clock(step)) for step in range(5)] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.4])
    assert not warm.uses_total


def test_what_follows_a_warmup_starts_at_0_and_ends_with_the_training() -> None:
    after = CosineSchedule(initial=0.4, per="step")
    warm = WarmupSchedule(steps=20, then=after)
    assert warm.uses_total
    for step in (20, 33, 79):
        assert warm.rate(clock(step)) == after.rate(Clock(step - 20, (step - 20) // 10, 10, 60))
    by_epoch = WarmupSchedule(steps=2, per="epoch", then=after)
    assert by_epoch.rate(clock(33)) == warm.rate(clock(33))
    assert by_epoch.rate(clock(3)) == by_epoch.rate(clock(9)) == pytest.approx(0.4 / 3)


def test_a_cosine_that_restarts_begins_anew_and_each_period_is_longer() -> None:
    again = CosineSchedule(initial=0.2, period=2, restarts=True, growth=2, per="step")
    assert [t for t in range(40) if again.rate(clock(t)) == 0.2] == [0, 2, 6, 14, 30]
    assert not again.uses_total
    with pytest.raises(SpecError, match="need a period"):
        CosineSchedule(initial=0.2, restarts=True)
    with pytest.raises(SpecError, match="growth needs restarts"):
        CosineSchedule(initial=0.2, period=2, growth=2)


def test_constant_stays() -> None:
    assert {ConstantSchedule(initial=0.3).rate(clock(step)) for step in range(80)} == {0.3}


def test_one_cycle_whose_rise_is_shorter_than_a_step_begins_at_the_height() -> None:
    rates = [OneCycleSchedule(highest=0.1, rise=0.05).rate(Clock(t, 0, 10, 10)) for t in range(10)]
    assert rates[0] == 0.1
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] == pytest.approx(0.1 / 25 / 1e4)
