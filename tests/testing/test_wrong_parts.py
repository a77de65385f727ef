"""Losses, optimizers and the other kinds with one fault each, and what the proof kit says of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter_ns
from typing import Any, ClassVar, Literal

import numpy as np
import pytest

from netspec import (
    Activation,
    Array,
    Callback,
    CallbackSpec,
    Clock,
    Component,
    Data,
    DataError,
    Dataset,
    Gradient,
    Initializer,
    Loss,
    Metric,
    Optimizer,
    OptimizerSpec,
    Part,
    Rate,
    Regularizer,
    Schedule,
    Shape,
    TrainingView,
    blend,
)
from netspec.testing import check_component, check_dataset, example


def faults(spec: Component, **options: Any) -> str:
    with pytest.raises(AssertionError) as caught:
        check_component(spec, **options)
    return str(caught.value)


# Each class below is right; the subclasses in FAULTS differ in one method.


class Square(Loss):
    """Σ (ŷ − y)²."""

    type: Literal["square"] = "square"

    def value(self, output: Array, target: Array) -> Array:
        if target.shape != output.shape:
            raise DataError("no class indices", "give one target for each output")
        return ((output - target) ** 2).reshape(len(output), -1).sum(axis=1)

    def gradient(self, output: Array, target: Array) -> Array:
        return 2 * (output - target)


class Descent(OptimizerSpec):
    """w ← w − rate (g + ½ v)."""

    type: Literal["descent"] = "descent"
    learning_rate: Rate = 0.1

    def build(self) -> Optimizer:
        return DescentRule(self)


class DescentRule(Optimizer[Descent]):
    elementwise = True

    def slots(self, shape: Shape, dtype: Any) -> dict[str, Array]:
        return {"velocity": np.zeros(shape, dtype)}

    def update(
        self, parameter: Array, gradient: Gradient, slots: dict[str, Array], rate: float, t: int
    ) -> None:
        velocity = slots["velocity"]
        blend(velocity, gradient, keep=0.5)
        blend(parameter, velocity, scale=-rate)


class Share(Metric):
    """The weighted share of positive sums."""

    type: Literal["share"] = "share"

    def observe(self, seen: Any, output: Array, target: Array, weight: Array | None) -> Any:
        total, count = seen or (0.0, 0.0)
        hit = output.reshape(len(output), -1)[:, 0] > 0.3
        weight = np.ones(len(output)) if weight is None else weight
        return total + float(weight @ hit), count + float(weight.sum())

    def value(self, seen: Any) -> float:
        return seen[0] / seen[1] if seen and seen[1] else float("nan")


class Bell(Initializer):
    """N(0, 1)."""

    type: Literal["bell"] = "bell"

    def draw(self, rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> Array:
        return rng.normal(size=shape)


class Decay(Regularizer):
    """Σ w²."""

    type: Literal["decay"] = "decay"

    def value(self, array: Array) -> float:
        return float((array**2).sum())

    def gradient(self, array: Array) -> Array:
        return 2 * array


class Falling(Schedule):
    """1 / (1 + step)."""

    type: Literal["falling"] = "falling"

    def rate(self, clock: Clock) -> float:
        return 1 / (1 + clock.step)


class Patience(CallbackSpec):
    """Stop after three epochs."""

    type: Literal["patience"] = "patience"

    def build(self) -> Callback:
        return PatienceCallback(self)


class PatienceCallback(Callback[Patience]):
    def __init__(self, spec: Patience) -> None:
        super().__init__(spec)
        self.state = {"epochs": 0}

    def after_epoch(self, training: TrainingView, record: Mapping[str, Any]) -> None:
        self.state["epochs"] += 1
        if self.state["epochs"] > 3:
            training.stop("patience")


class Stamp(Patience):
    """Write when it stopped, which is never the same twice."""

    files: ClassVar[tuple[str, ...]] = ("stamp",)

    type: Literal["stamp"] = "stamp"  # type: ignore[assignment]

    def build(self) -> Callback:
        return StampCallback(self)


class StampCallback(PatienceCallback):
    def after(self, training: TrainingView) -> None:
        if training.folder is not None:
            (training.folder / "stamp").write_text(str(perf_counter_ns()))


class Bent(Activation):
    """y = x |x|."""

    type: Literal["bent"] = "bent"

    def forward(self, x: Array) -> Array:
        return x * np.abs(x)

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return grad * 2 * np.abs(x)


class Line(Dataset):
    """Ten points on a line."""

    type: Literal["line"] = "line"

    def open(self, root: Path, state: dict[str, Any] | None = None) -> Data:
        x = np.arange(10.0)[:, None]
        return Data(Part(x, 2 * x), state={"factor": 2})


RIGHT = (Square, Descent, Share, Bell, Decay, Falling, Patience, Stamp, Bent, Line)


@pytest.mark.parametrize("cls", RIGHT)
def test_a_right_component_has_no_fault(cls: type[Component]) -> None:
    check_component(example(cls))


def test_a_right_dataset_has_no_fault_with_its_files_either(tmp_path: Path) -> None:
    check_dataset(Line(), tmp_path)


# The faults.


class HalfTheGradient(Square):
    def gradient(self, output: Array, target: Array) -> Array:
        return output - target


class OneNumber(Square):
    def value(self, output: Array, target: Array) -> Array:
        return np.asarray(super().value(output, target).mean())


class Broadcast(Square):
    def value(self, output: Array, target: Array) -> Array:
        return ((output - target) ** 2).reshape(len(output), -1).sum(axis=1)


class WritesIntoTheOutput(Square):
    def gradient(self, output: Array, target: Array) -> Array:
        output -= target
        output *= 2
        return output


class LossInFloat64(Square):
    def value(self, output: Array, target: Array) -> Array:
        return super().value(output, target).astype(np.float64)


class AbsorbsWithoutLogits(Square):
    absorbs: ClassVar[str] = "softmax"


class Uphill(DescentRule):
    def update(
        self, parameter: Array, gradient: Gradient, slots: dict[str, Array], rate: float, t: int
    ) -> None:
        super().update(parameter, gradient, slots, -rate, t)


class OnlyMatrices(DescentRule):
    def update(
        self, parameter: Array, gradient: Gradient, slots: dict[str, Array], rate: float, t: int
    ) -> None:
        super().update(parameter, gradient, slots, rate / parameter.shape[1], t)


class ByTheSpread(DescentRule):
    def update(
        self, parameter: Array, gradient: Gradient, slots: dict[str, Array], rate: float, t: int
    ) -> None:
        array = np.asarray(gradient)
        parameter -= rate * array / array.std(axis=tuple(range(1, array.ndim)), keepdims=True)


class BiasesUphill(DescentRule):
    def update(
        self, parameter: Array, gradient: Gradient, slots: dict[str, Array], rate: float, t: int
    ) -> None:
        super().update(parameter, gradient, slots, rate if parameter.ndim > 1 else -rate, t)


class KeepsVelocity(DescentRule):
    velocity: Any = 0.0

    def update(
        self, parameter: Array, gradient: Gradient, slots: dict[str, Array], rate: float, t: int
    ) -> None:
        self.velocity = self.velocity * 0.5 + np.asarray(gradient)
        parameter -= rate * self.velocity


class ReplacesVelocity(DescentRule):
    def update(
        self, parameter: Array, gradient: Gradient, slots: dict[str, Array], rate: float, t: int
    ) -> None:
        slots["velocity"] = slots["velocity"] * 0.5 + np.asarray(gradient)
        parameter -= rate * slots["velocity"]


class ByTheNorm(DescentRule):
    """Elementwise, it says."""

    def update(
        self, parameter: Array, gradient: Gradient, slots: dict[str, Array], rate: float, t: int
    ) -> None:
        array = np.asarray(gradient)
        parameter -= rate * array / np.linalg.norm(array, axis=-1, keepdims=True)


class ByTheWholeNorm(DescentRule):
    def update(
        self, parameter: Array, gradient: Gradient, slots: dict[str, Array], rate: float, t: int
    ) -> None:
        array = np.asarray(gradient)
        parameter -= rate * array / np.linalg.norm(array)


class ByItsOwnRate(DescentRule):
    def update(
        self, parameter: Array, gradient: Gradient, slots: dict[str, Array], rate: float, t: int
    ) -> None:
        super().update(parameter, gradient, slots, 0.1, t)


class Shaking(DescentRule):
    def update(
        self, parameter: Array, gradient: Gradient, slots: dict[str, Array], rate: float, t: int
    ) -> None:
        super().update(parameter, gradient, slots, rate, t)
        parameter += 1e-3 * rate * np.random.default_rng().normal(size=parameter.shape)


class LogOfZero(Square):
    """−Σ y log p."""

    takes: ClassVar[str] = "probabilities"

    def value(self, output: Array, target: Array) -> Array:
        super().value(output, target)
        return -(target * np.log(output)).sum(axis=tuple(range(1, output.ndim)))

    def gradient(self, output: Array, target: Array) -> Array:
        return -target / output


class Nothing(Share):
    def value(self, seen: Any) -> float:
        return None if seen is None else super().value(seen)  # type: ignore[return-value]


class NeverANumber(Share):
    def value(self, seen: Any) -> float:
        return float("nan")


class WritesIntoTheWeight(Share):
    def observe(self, seen: Any, output: Array, target: Array, weight: Array | None) -> Any:
        if weight is not None:
            weight *= 1.0 + 1e-9
        return super().observe(seen, output, target, weight)


class MeanOfMeans(Share):
    def observe(self, seen: Any, output: Array, target: Array, weight: Array | None) -> Any:
        total, count = super().observe(None, output, target, weight)
        share = total / count if count else 0.0
        return (share, 1.0) if seen is None else ((seen[0] + share) / 2, 1.0)


class NoWeights(Share):
    def observe(self, seen: Any, output: Array, target: Array, weight: Array | None) -> Any:
        return super().observe(seen, output, target, None)


class ItsOwnChance(Bell):
    def draw(self, rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> Array:
        return np.random.default_rng().normal(size=shape)


class Flat(Bell):
    def draw(self, rng: np.random.Generator, shape: Shape, fan_in: int, fan_out: int) -> Array:
        return rng.normal(size=int(np.prod(shape)))


class ForgottenTwo(Decay):
    def gradient(self, array: Array) -> Array:
        return array.copy()


class SilentTotal(Falling):
    def rate(self, clock: Clock) -> float:
        return 1 - clock.step / clock.steps


class BelowZero(Falling):
    def rate(self, clock: Clock) -> float:
        return 0.5 - clock.step


class CountsInPython(PatienceCallback):
    epochs = 0

    def after_epoch(self, training: TrainingView, record: Mapping[str, Any]) -> None:
        self.epochs += 1
        if self.epochs > 3:
            training.stop("patience")


class WritesWeights(PatienceCallback):
    def after_epoch(self, training: TrainingView, record: Mapping[str, Any]) -> None:
        for layer in training.network:
            layer.params["weight"] *= 0.5


class WritesAFile(PatienceCallback):
    def after_epoch(self, training: TrainingView, record: Mapping[str, Any]) -> None:
        if training.folder is not None:
            (training.folder / "my.log").write_text("x")


class Appends(PatienceCallback):
    def after_epoch(self, training: TrainingView, record: Mapping[str, Any]) -> None:
        if training.folder is not None:
            with (training.folder / "named.log").open("a") as file:
                file.write(f"{record['epoch']}\n")


class BeginsItsFileAnew(PatienceCallback):
    def before(self, training: TrainingView) -> None:
        if training.folder is not None:
            (training.folder / "named.log").write_text(f"from step {training.step}")


class LooksAtWhatMayLack(PatienceCallback):
    def after_epoch(self, training: TrainingView, record: Mapping[str, Any]) -> None:
        self.state["epochs"] = record["val_loss"]


class AveragesInPython(PatienceCallback):
    mean: Any = 0.0

    def after_epoch(self, training: TrainingView, record: Mapping[str, Any]) -> None:
        self.mean = 0.5 * (self.mean + training.weights()["dense_1.weight"])
        training.offer({"dense_1.weight": self.mean})


class OffersSilently(PatienceCallback):
    def after_epoch(self, training: TrainingView, record: Mapping[str, Any]) -> None:
        training.offer(training.weights())


class ByTheSteps(Falling):
    uses_total: ClassVar[bool] = True

    def rate(self, clock: Clock) -> float:
        return clock.step / ((clock.steps or 2) - 1)


class ForgottenGradient(Bent):
    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return 2 * np.abs(x)


class Straight(Bent):
    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return grad * np.abs(x)


class Mixed(Bent):
    """It mixes its neighbours, and says nothing of it."""

    def forward(self, x: Array) -> Array:
        return x - x.mean(axis=-1, keepdims=True)

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return grad - grad.mean(axis=-1, keepdims=True)


class Undocumented(Bent):
    __doc__ = None


class NaNAtTheEdge(Bent):
    """x · exp(x) / exp(x)."""

    def forward(self, x: Array) -> Array:
        return x * np.exp(x) / np.exp(x)

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return grad.copy()


def rule(cls: type[DescentRule]) -> Descent:
    """A spec that builds this rule."""

    class Rule(Descent):
        """A rule with a fault."""

        def build(self) -> Optimizer:
            return cls(self)

    return Rule()


def callback(cls: type[PatienceCallback]) -> Patience:
    """A spec that builds this callback."""

    class Watching(Patience):
        """A callback with a fault."""

        files: ClassVar[tuple[str, ...]] = ("named.log",)

        def build(self) -> Callback:
            return cls(self)

    return Watching()


FAULTS: list[tuple[Component, str]] = [
    (HalfTheGradient(), "gradient: output (N, 3), target of the same shape: ∂output"),
    (HalfTheGradient(), "all by the factor 0.5"),
    (OneNumber(), "value gives () float32, (1,) float32 is promised"),
    (Broadcast(), "class indices: "),
    (WritesIntoTheOutput(), "it writes into the output"),
    (WritesIntoTheOutput(), "the gradient shares the memory of the output"),
    (LossInFloat64(), "value gives (1,) float64, (1,) float32 is promised"),
    (AbsorbsWithoutLogits(), "logits: it absorbs softmax, and has no field logits: bool"),
    (rule(Uphill), "downhill: a parameter (4, 3) goes along the gradient"),
    (
        rule(OnlyMatrices),
        "it raises IndexError: tuple index out of range (test_wrong_parts.py:",
    ),
    (rule(ByTheSpread), "any axes: a parameter (3,) becomes nan"),
    (rule(BiasesUphill), "downhill: a parameter (3,) goes along the gradient"),
    (rule(KeepsVelocity), "nothing kept: beside another parameter"),
    (rule(ReplacesVelocity), "in place: a step adds or replaces the slot velocity"),
    (rule(ByTheNorm), "elementwise: in one vector with others a parameter moves elsewhere"),
    (rule(ByTheWholeNorm), "elementwise: in one vector with others a parameter moves elsewhere"),
    (rule(ByTheWholeNorm), "gradients of zero: a parameter of float32 becomes nan"),
    (rule(ByItsOwnRate), "by the rate: a step of rate 0.01 is one of rate 0.02"),
    (rule(Shaking), "determinism: moved again, a parameter ends elsewhere"),
    (
        LogOfZero(),
        "extremes: output (N, 3), target one-hot: at probabilities of 0 and 1 value gives",
    ),
    (MeanOfMeans(), "in one batch"),
    (Nothing(), "value: where nothing was seen: it is None, not a number"),
    (NeverANumber(), "value: it is NaN for all outputs"),
    (
        WritesIntoTheWeight(),
        "writes: output (N, 3), target one-hot: it writes into what it is given",
    ),
    (NoWeights(), "with the samples repeated"),
    (ItsOwnChance(), "same stream: two draws of (6, 4) from equal generators differ"),
    (Flat(), "draws: for (6, 4) it gives (24,)"),
    (ForgottenTwo(), "gradient: ∂array"),
    (SilentTotal(), "total: the rate at step 1 changes with the total: say uses_total"),
    (BelowZero(), "rates: at step 1 it is -0.5"),
    (ByTheSteps(), "rates: it raises ZeroDivisionError"),
    (callback(CountsInPython), "state: resumed after epoch 3"),
    (callback(WritesWeights), "hooks: it writes into dense_1.weight"),
    (callback(WritesAFile), "hooks: it writes my.log into the run's folder: name it in files"),
    (callback(Appends), "state: resumed after epoch 3 it leaves another named.log"),
    (callback(BeginsItsFileAnew), "state: resumed after epoch 3 it leaves another named.log"),
    (
        callback(LooksAtWhatMayLack),
        "hooks, offers, state, fresh: it raises KeyError: 'val_loss' (test_wrong_parts.py:",
    ),
    (callback(AveragesInPython), "state: resumed after epoch 3"),
    (callback(OffersSilently), "offers: it offers weights, and restoring() is False"),
    (Straight(), "input gradient: ∂x in evaluation"),
    (ForgottenGradient(), "it is not 0 where the gradient behind it is: multiply by that"),
    (Mixed(), "elementwise: an output changes with its neighbours' inputs"),
    (Undocumented(), "docstring: Undocumented has none"),
    (NaNAtTheEdge(), "extremes: the output at 90 is NaN"),
]


@pytest.mark.parametrize(
    ("spec", "said"), FAULTS, ids=lambda v: v if isinstance(v, str) else type(v).__name__
)
def test_the_fault_is_named(spec: Component, said: str) -> None:
    assert said in faults(spec), faults(spec)


class Announces(Line):
    """It says that there is a test part, and there is none."""

    def parts(self) -> tuple[str, ...]:
        return ("train", "test")


class Learns(Line):
    """It learns anew though it is given what was learned."""

    def open(self, root: Path, state: dict[str, Any] | None = None) -> Data:
        return Data(super().open(root).train, state={"times": (state or {"times": 0})["times"] + 1})


class InTheOrderOfASet(Line):
    """Its classes come in another order in another process."""

    def open(self, root: Path, state: dict[str, Any] | None = None) -> Data:
        classes = (state or {"classes": list({f"class {n}" for n in range(20)})})["classes"]
        return Data(super().open(root).train, classes=tuple(classes), state={"classes": classes})


class OnlyHere(Line):
    """It opens in the process of the tests alone."""

    def open(self, root: Path, state: dict[str, Any] | None = None) -> Data:
        if os.environ.get("PYTHONHASHSEED") == "17":
            raise DataError("this is no test", "run it in one")
        return super().open(root)


class Another(Line):
    """It draws anew each time."""

    def open(self, root: Path, state: dict[str, Any] | None = None) -> Data:
        x = np.random.default_rng().normal(size=(10, 1))
        return Data(Part(x, x))


class Infinite(Line):
    """It holds what is no number."""

    def open(self, root: Path, state: dict[str, Any] | None = None) -> Data:
        x = np.array([[1.0], [np.nan]])
        return Data(Part(x, x))


class Words(Line):
    """It holds words."""

    def open(self, root: Path, state: dict[str, Any] | None = None) -> Data:
        return Data(Part(np.array([["a"], ["b"]]), np.zeros(2)))


class Lists(Line):
    """It holds lists."""

    def open(self, root: Path, state: dict[str, Any] | None = None) -> Data:
        return Data(Part([[1.0], [2.0]], [1.0, 2.0]))


class Empty(Line):
    """It forgets to return."""

    def open(self, root: Path, state: dict[str, Any] | None = None) -> Data:
        return None  # type: ignore[return-value]


class Litters(Line):
    """It writes where it should read."""

    def open(self, root: Path, state: dict[str, Any] | None = None) -> Data:
        (root / "cache").write_text("x")
        return super().open(root)


class Crashes(Line):
    """It fails with Python's own error where its file is missing."""

    def open(self, root: Path, state: dict[str, Any] | None = None) -> Data:
        (root / "missing.csv").read_text()
        return super().open(root)


@pytest.mark.parametrize(
    ("dataset", "said"),
    [
        (Announces(), "same parts: it announces ('train', 'test'), and opens ['train']"),
        (Learns(), "state: opened with its own state, it learns another"),
        (Litters(), "without files: it writes into the data's folder"),
        (Crashes(), "without files: it raises FileNotFoundError"),
    ],
    ids=lambda v: v if isinstance(v, str) else type(v).__name__,
)
def test_a_dataset_s_fault_is_named(dataset: Dataset, said: str, tmp_path: Path) -> None:
    (tmp_path / "missing.csv").write_text("x")
    assert said in faults(dataset, root=tmp_path), faults(dataset, root=tmp_path)


@pytest.mark.parametrize(
    ("dataset", "said"),
    [
        (Announces(), "same parts: it announces ('train', 'test'), and opens ['train']"),
        (InTheOrderOfASet(), "any process: another process learns another state: sort what comes"),
        (OnlyHere(), "any process: another process cannot open it: netspec.errors.DataError: this"),
        (Another(), "determinism: opened again, train holds other numbers"),
        (Infinite(), "rows: train: the inputs hold a number that is not finite"),
        (Words(), 'data: train.inputs holds "a" in row 0'),
        (Lists(), "data: train.inputs is a list; give an array"),
        (Empty(), "data: the data are a NoneType; netspec.Data was expected"),
    ],
    ids=lambda v: v if isinstance(v, str) else type(v).__name__,
)
def test_a_dataset_that_needs_no_file_is_opened(dataset: Dataset, said: str) -> None:
    assert said in faults(dataset), faults(dataset)


def test_a_kind_that_no_check_knows_is_a_fault() -> None:
    class Colour(Component, kind="colour"):
        """A kind of somebody's own."""

    class Red(Colour):
        """A colour."""

        type: Literal["red"] = "red"

    assert "no check knows the kind 'colour'" in faults(Red())


@pytest.mark.filterwarnings("ignore:Field name:UserWarning")
def test_a_field_that_hides_a_method_of_the_kind_is_a_fault() -> None:
    class Hiding(Square):
        """A loss with a field that is a method of every loss."""

        weights: float = 1.0  # type: ignore[assignment]

    assert "field names: the field weights hides what every loss has" in faults(Hiding())


def test_every_fault_is_told_at_once() -> None:
    class Much(HalfTheGradient):
        __doc__ = None

        def value(self, output: Array, target: Array) -> Array:
            return super().value(output, target).astype(np.float64)

    said = faults(Much())
    assert all(word in said for word in ("docstring:", "shape and dtype:", "gradient:"))
