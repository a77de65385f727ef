"""Every fault that is sown is named, and a right layer has none."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Literal

import numpy as np
import pytest
import wrong_composites
import wrong_layers as wrong

from netspec import Array, Gradients, Layer, LayerSpec, Regularizer, Shape, Site, SpecError, Tape
from netspec.builtins.activations.relu import ReLU
from netspec.builtins.layers.batch_norm import BatchNorm
from netspec.builtins.layers.dense import Dense
from netspec.builtins.regularizers.l2 import L2
from netspec.registry import Offer, Origin
from netspec.testing import check_layer, proof_of

FAULTS = {
    "MeanOfTheBatch": r"parameter gradients: ∂weight in training, \[\d, \d\] is \S+, the slope is \S+ "
    r"\(off by \S+; \d+ of 12 elements are wrong, all by the factor 0\.2\)",
    "NoSumOverTheBatch": r"shape and dtype: the gradient of bias is \(5, 3\) float32, \(3,\) float32 is "
    r"declared: a sum over the batch",
    "TransposedWeight": r"parameter gradients: ∂weight in evaluation, \[\d, \d\] is .*: it is transposed",
    "TurnedSign": r"∂bias in training, \[\d\] is .*; 3 of 3 elements are wrong, all with the sign turned",
    "NeedsTheOthers": r"batch independence: in training the first sample's ∂x changes with the others",
    "ForgottenSlope": r"input gradient: ∂x in evaluation, \[\d, \d\] is",
    "WritesIntoItsInput": "writes: it writes into its input",
    "WritesIntoItsGradient": "writes: backward writes into the gradient",
    "WritesIntoItsOutput": "writes: backward writes into the output",
    "Float64": r"shape and dtype: forward of 5 samples is \(5, 3\) float64, \(5, 3\) float32 is declared",
    "Float64Gradient": r"shape and dtype: the gradient of weight is \(3, 4\) float64",
    "LogsItsInputs": "nothing kept: the layer keeps wrong_1.log between calls",
    "OneArrayForTwo": "memory of its own: the gradient of bias shares the memory of the gradient of w",
    "ReadOnlyGradient": "memory of its own: the gradient of weight cannot be written to: give a copy",
    "ForgetsToSave": r"it raises PluginError: wrong_1 \(wrong\): backward loads what forward did not save"
    r".* \(wrong_layers.py:\d+\)",
    "KeepsItsInput": "nothing kept: the layer keeps wrong_1.x between calls",
    "WrongShape": r"shape and dtype: forward of 5 samples is \(5, 3\) float32, \(5, 4\) float32 is",
    "NoGradientOfItsBias": "gradient keys: backward gives none for bias",
    "GradientOfNothing": "gradient keys: backward gives one for scale, which no parameter is",
    "CountsInItsState": "parameters and state: a pass writes into seen",
    "ReplacesItsState": "parameters and state: a pass replaces seen",
    "LooksAtTheBatch": "batch independence: in evaluation the first sample's output changes",
    "ItsOwnDice": "determinism: a step that is run again gives other outputs",
    "DrawsPastTheSite": "determinism: weight starts from other values",
    "HidesAnArray": "saved and loaded: it predicts other bytes",
    "NoEmptyBatch": "shape and dtype: it raises IndexError",
    "FailsToBuild": r"runs: it raises AttributeError: 'Site' object has .*\(wrong_layers.py:\d+\)",
    "ForgetsToReturn": "runs: forward gives a NoneType, not an array",
    "GivesNoGradients": "runs: backward gives a ndarray, not ∂L/∂input and a dict of gradients",
    "LearnsIntoAnAttribute": "saved and loaded: it predicts other bytes",
    "LearnsOfTheFirstChunk": "adapts to chunks: mean is another where the samples come in chunks",
    "LearnsOfTheLastChunk": "adapts to chunks: mean is another where the samples come in chunks",
    "WritesIntoTheTrainingPart": "adapts in place: adapt writes into the inputs",
    "LearnsAgain": "adapts once: adapting again changes mean: keep in state that it is adapted",
    "ReplacesWhatItLearns": "adapts in place: adapt replaces mean",
}


def faults(layer: str) -> str:
    with pytest.raises(AssertionError) as caught:
        check_layer(wrong.Spec(layer=layer), (4,))
    return str(caught.value)


@pytest.mark.parametrize("layer", FAULTS)
def test_the_fault_is_named(layer: str) -> None:
    assert re.search(FAULTS[layer], faults(layer)), faults(layer)


def test_every_wrong_layer_is_in_the_list() -> None:
    made = {*wrong.Affine.__subclasses__(), *wrong.Centred.__subclasses__()} - {wrong.Centred}
    assert {cls.__name__ for cls in made} == set(FAULTS)


@pytest.mark.parametrize("layer", ["Affine", "Centred"])
def test_a_right_layer_has_no_fault(layer: str) -> None:
    check_layer(wrong.Spec(layer=layer), (4,))


@pytest.mark.parametrize("layer", ["FailsToBuild", "ForgetsToReturn", "GivesNoGradients"])
def test_a_layer_that_does_not_run_is_told_once(layer: str) -> None:
    assert faults(layer).count("\n  - ") == 1


class Scalars(Dense):
    """A dense layer whose example is a number, which no dense layer takes."""

    example_shape: ClassVar[Shape] = ()


def test_an_example_shape_that_is_refused_is_a_fault() -> None:
    with pytest.raises(SpecError, match="dense takes"):
        check_layer(Dense(units=2), ())
    with pytest.raises(
        AssertionError, match=r"runs: it refuses its example_shape \(\): .*dense takes"
    ):
        check_layer(Scalars(units=2))


SILENT = '{"type": "wrong", "layer": "ForgetsToReturn"}'


@pytest.mark.parametrize(
    ("layers", "of"),
    [
        (["ForgetsToReturn", "ForgetsToReturn"], ""),
        (["ForgetsToReturn", "Affine", "ForgetsToReturn"], f" (of {SILENT}, {SILENT})"),
    ],
)
def test_a_fault_of_several_examples_is_told_once(layers: list[str], of: str) -> None:
    class Several(wrong.Spec):
        """A layer with several examples."""

        examples: ClassVar[tuple[dict[str, Any], ...]] = tuple({"layer": each} for each in layers)

    found = proof_of(Offer("layer", "wrong", Origin("here"), Several)).faults
    assert f"runs: forward gives a NoneType, not an array{of}" in found


def test_a_backward_that_uses_what_the_layer_kept_is_caught_by_its_numbers_too() -> None:
    assert "a pass went between it and its forward" in faults("KeepsItsInput")


def test_an_expected_failure_needs_its_reason_and_hides_nothing_else() -> None:
    check_layer(
        wrong.Spec(layer="NoGradientOfItsBias"),
        (4,),
        expected={"gradient keys": "the bias is fixed on purpose"},
    )
    with pytest.raises(AssertionError, match="nothing kept"):
        check_layer(
            wrong.Spec(layer="KeepsItsInput"), (4,), expected={"gradient keys": "it has all keys"}
        )


def test_an_expected_failure_that_does_not_come_is_a_fault() -> None:
    with pytest.raises(AssertionError, match=r"writes: it holds, though .* \(it used to\)"):
        check_layer(wrong.Spec(layer="Affine"), (4,), expected={"writes": "it used to"})
    with pytest.raises(AssertionError, match="wriets: there is no such check"):
        check_layer(wrong.Spec(layer="Affine"), (4,), expected={"wriets": "a slip"})


INSIDE = {
    "Row": "inside: params lacks dense_1.weight, dense_1.bias, batch_norm_1.weight, batch_norm_1.bias "
    "of a chain inside: extend Composite, and hold it",
    "TakesNoState": "inside: state lacks batch_norm_1.running_mean, batch_norm_1.running_var of a",
    "CopiesItsParameters": "inside: params lacks dense_1.weight, dense_1.bias",
    "HidesItsChains": "inside: chains() lacks the chain in row: extend Composite, and hold it",
    "NoPenalties": "inside: penalties lacks dense_1.weight of a chain inside",
    "SavesHalf": "given spec: self.spec, which is saved, has other layers than the spec that",
}


def row(layer: str) -> wrong_composites.Rows:
    dense = Dense(units=4, weight_regularizer=L2(strength=0.1), activation=ReLU())
    return wrong_composites.Rows(layer=layer, layers=(dense, BatchNorm()))


@pytest.mark.parametrize("layer", INSIDE)
def test_the_fault_of_a_layer_made_of_layers_is_named(layer: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(INSIDE[layer])):
        check_layer(row(layer), (3,))


def test_a_field_of_one_layer_that_becomes_a_row_is_a_fault() -> None:
    with pytest.raises(AssertionError, match="given spec: .* has other layers than"):
        check_layer(wrong_composites.Single(layers=ReLU()))


def test_a_right_layer_made_of_layers_has_no_fault() -> None:
    check_layer(row("Held"), (3,))


class Unpenalized(wrong.Spec):
    """A layer with an option that goes nowhere."""

    weight_regularizer: Regularizer | None = None


def test_a_regularizer_that_reaches_no_penalty_is_a_fault() -> None:
    with pytest.raises(
        AssertionError, match="penalties: weight_regularizer does not reach the parameter weight"
    ):
        check_layer(Unpenalized(layer="Affine"), (4,))


class Misspelt(Unpenalized):
    """A penalty of a parameter that is not there."""

    def build(self, site: Site) -> Layer[Any]:
        layer = super().build(site)
        if self.weight_regularizer is not None:
            layer.penalties["wieght"] = self.weight_regularizer
        return layer


def test_a_penalty_of_no_parameter_is_a_fault() -> None:
    with pytest.raises(AssertionError, match="penalties: there is a penalty of wieght, which no p"):
        check_layer(Misspelt(layer="Affine"), (4,))


class Lookup(LayerSpec):
    """A table of four rows, in which every integer is looked up as it comes."""

    accepts: ClassVar[str] = "iu"
    differentiable: ClassVar[bool] = False

    type: Literal["lookup"] = "lookup"
    wraps: bool = False

    def build(self, site: Site) -> Layer[Any]:
        return LookupLayer(self, site)


class LookupLayer(Layer[Lookup]):
    def forward(self, x: Array, tape: Tape) -> Array:
        table = np.arange(4, dtype=self.output_dtype)
        return table[x % 4 if self.spec.wraps else x]

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        return None, {}


def test_a_layer_that_does_not_take_every_integer_says_so() -> None:
    check_layer(Lookup(wraps=True))
    with pytest.raises(
        AssertionError, match=r"any integer: for −1 or 10⁶ it raises IndexError: say"
    ):
        check_layer(Lookup())
