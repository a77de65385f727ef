"""Components compute what PyTorch and scikit-learn compute, in float64."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netspec import Activation, Clock, Gradients, Loss, Metric, OptimizerSpec, Schedule
from netspec.builtins.layers.sampling import Sampling
from netspec.clipping import Clipping

ORACLES = Path(__file__).parents[1] / "oracle"
WRITTEN: dict[str, dict[str, Any]] = {
    script: json.loads((ORACLES / f"{script}.json").read_text("utf-8"))
    for script in ("functions", "descent", "metrics")
}
CASES: dict[str, dict[str, Any]] = {**WRITTEN["functions"], **WRITTEN["descent"]}
METRICS: dict[str, Any] = WRITTEN["metrics"]


def near(ours: Any, theirs: Any) -> None:
    np.testing.assert_allclose(np.asarray(ours), np.array(theirs), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", CASES["activation"])
def test_an_activation_and_its_slope_are_pytorch_s(name: str, make: Any) -> None:
    case = CASES["activation"][name]
    activation = make(Activation, case["given"])
    x = np.array(case["x"])
    y = activation.forward(x)
    near(y, case["y"])
    near(activation.backward(np.array(case["grad"]), x, y), case["gradient"])


@pytest.mark.parametrize("name", [name for name in CASES["loss"] if "weighted" not in name])
def test_a_loss_and_its_gradient_are_pytorch_s(name: str, make: Any) -> None:
    case = CASES["loss"][name]
    loss = make(Loss, case["given"])
    output, target = np.array(case["output"]), np.array(case["target"])
    near(loss.value(output, target), case["value"])
    near(loss.gradient(output, target), case["gradient"])


def test_class_weights_over_positions_are_pytorch_s(make: Any) -> None:
    """A sample's weight is the mean of its positions', within it each counts by its own."""
    case = CASES["loss"]["cross_entropy weighted"]
    loss = make(Loss, case["given"])
    output, target = np.array(case["output"]), np.array(case["target"])
    weights = loss.weights(target)
    near(weights @ loss.value(output, target) / weights.sum(), case["value"])
    shares = (weights / weights.sum())[:, None, None]
    near(shares * loss.gradient(output, target), case["gradient"])


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("name", CASES["optimizer"])
def test_fifty_steps_of_an_optimizer_are_pytorch_s(name: str, order: Any, make: Any) -> None:
    case = CASES["optimizer"][name]
    spec = make(OptimizerSpec, case["given"])
    optimizer = spec.build()
    w = np.array(case["start"], order=order)
    slots = optimizer.slots(w.shape, w.dtype)
    for step, (gradient, after) in enumerate(zip(case["gradients"], case["path"], strict=True)):
        rate = spec.rate(Clock(step, 0, 100, 100))
        optimizer.update(w, np.array(gradient), slots, rate, step + 1)
        near(w, after)


@pytest.mark.parametrize("name", CASES["schedule"])
@pytest.mark.parametrize("steps_per_epoch", [1, 3])
def test_a_schedule_gives_pytorch_s_rates_epoch_by_epoch(
    name: str, steps_per_epoch: int, make: Any
) -> None:
    case = CASES["schedule"][name]
    schedule = make(Schedule, {**case["given"], "per": "epoch"})
    total = len(case["rates"]) * steps_per_epoch
    rates = [
        schedule.rate(Clock(step, step // steps_per_epoch, steps_per_epoch, total))
        for step in range(total)
    ]
    near(rates, np.repeat(case["rates"], steps_per_epoch))


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("chunk", [7, 40])
def test_a_weighted_metric_is_scikit_learn_s(name: str, chunk: int, make: Any) -> None:
    case = METRICS[name]
    metric, seen = make(Metric, case["given"]), None
    output, target, weight = (np.array(case[key]) for key in ("output", "target", "weight"))
    metric.check(output.shape[1:])
    for start in range(0, len(output), chunk):
        rows = slice(start, start + chunk)
        seen = metric.observe(seen, output[rows], target[rows], weight[rows])
    np.testing.assert_allclose(metric.value(seen), case["value"], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", CASES["clipping"])
def test_gradients_are_clipped_as_pytorch_clips_them(name: str) -> None:
    case = CASES["clipping"][name]
    gradients: Gradients = {str(n): np.array(each) for n, each in enumerate(case["before"])}
    assert Clipping(**case["given"]).clip(gradients)
    for gradient, after in zip(gradients.values(), case["after"], strict=True):
        near(gradient, after)


@pytest.mark.parametrize("name", CASES["sampling"])
def test_pictures_are_sampled_as_pytorch_s_grid_sample_does(name: str) -> None:
    case = CASES["sampling"][name]
    x, grad = np.array(case["x"]), np.array(case["grad"])
    sampling = Sampling(np.array(case["rows"]), np.array(case["columns"]))
    near(sampling.look(x), case["y"])
    near(sampling.spread(grad), case["gradient"])
    if x.shape[-1] == 1:
        near(sampling.look(x[..., 0]), np.array(case["y"])[..., 0])


@pytest.mark.parametrize(
    ("script", "oracle"), [("functions", "torch"), ("descent", "torch"), ("metrics", "sklearn")]
)
def test_the_oracles_still_say_what_is_written_down(script: str, oracle: str) -> None:
    pytest.importorskip(oracle)
    said, written = cases_of(script), WRITTEN[script]
    if script == "metrics":
        said, written = {"metric": said}, {"metric": written}
    assert said.keys() == written.keys()
    for kind, cases in said.items():
        assert cases.keys() == written[kind].keys()
        for name, case in cases.items():
            for part in {"y", "value", "gradient", "path", "rates"} & case.keys():
                near(case[part], written[kind][name][part])
            for ours, theirs in zip(
                case.get("after", ()), written[kind][name].get("after", ()), strict=True
            ):
                near(ours, theirs)


def cases_of(script: str) -> dict[str, dict[str, Any]]:
    """What the oracle's script computes today."""
    described = importlib.util.spec_from_file_location(f"oracle_{script}", ORACLES / f"{script}.py")
    assert described is not None
    assert described.loader is not None
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    cases: dict[str, dict[str, Any]] = module.cases()
    return cases
