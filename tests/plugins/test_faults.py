"""A plugin's layer or loss that breaks its promises is caught on the first batch, by name."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Literal

import numpy as np
import pytest

from netspec import (
    MSE,
    Array,
    DivergenceError,
    Gradients,
    Layer,
    LayerSpec,
    NetspecError,
    PluginError,
    Registry,
    SequentialNetwork,
    Site,
    Tape,
    builtins,
)

PLUGIN = '''
from typing import Literal

import numpy as np
from netspec import Layer, LayerSpec, Loss, hookimpl

class Odd(LayerSpec):
    """A layer that is right but for one method."""
    type: Literal["odd"] = "odd"

    def build(self, site):
        return OddLayer(self, site)

class OddLayer(Layer[Odd]):
    def __init__(self, spec, site):
        super().__init__(spec, site)
        self.params["shift"] = site.full(site.input_shape, 0.5)

    def forward(self, x, tape):
        return x + self.params["shift"]

    def backward(self, grad, tape):
        return grad, {{"shift": grad.sum(axis=0)}}

    {layer}

class OddLoss(Loss):
    """A loss that is right but for one method."""
    type: Literal["odd"] = "odd"

    def value(self, output, target):
        return ((output - target) ** 2).sum(axis=1)

    def gradient(self, output, target):
        return 2 * (output - target)

    {loss}

@hookimpl
def netspec_layers():
    return [Odd]

@hookimpl
def netspec_losses():
    return [OddLoss]
'''
LAYERS = {
    "a wrong shape": (
        "def forward(self, x, tape): return x[:, :2]",
        r"forward gave shape \(4, 2\) float32; expected \(4, 3\) float32",
    ),
    "a batch too few": (
        "def forward(self, x, tape): return x[1:]",
        r"forward gave shape \(3, 3\) float32; expected \(4, 3\) float32",
    ),
    "a wrong dtype": (
        "def forward(self, x, tape): return x * np.float64(2)",
        r"forward gave shape \(4, 3\) float64; expected \(4, 3\) float32",
    ),
    "no array": (
        "def forward(self, x, tape): return None",
        "forward gave a NoneType; expected an array",
    ),
    "a written input": (
        "def forward(self, x, tape): x += 1; return x + 0",
        "forward wrote into what it was given",
    ),
    "a written gradient": (
        'def backward(self, grad, tape): grad *= 2; return grad + 0, {"shift": grad.sum(axis=0)}',
        "backward wrote into what it was given",
    ),
    "a missing gradient": (
        "def backward(self, grad, tape): return grad, {}",
        r"backward gave gradients of \[\]; expected one for each of \['shift'\]",
    ),
    "a gradient of nothing": (
        'def backward(self, grad, tape): return grad, {"shift": grad.sum(axis=0), "s": grad}',
        r"backward gave gradients of \['s', 'shift'\]",
    ),
    "a gradient that is not summed": (
        'def backward(self, grad, tape): return grad, {"shift": grad}',
        r"the gradient of shift has shape \(4, 3\) float32; expected \(3,\) float32",
    ),
    "a gradient of another dtype": (
        'def backward(self, grad, tape): return grad, {"shift": grad.sum(axis=0, dtype=float)}',
        r"the gradient of shift has shape \(3,\) float64; expected \(3,\) float32",
    ),
    "a gradient that is read-only": (
        'def backward(self, g, tape): return g, {"shift": np.broadcast_to(g.sum(), g.shape[1:])}',
        "the gradient of shift cannot be written to; expected an array of its own",
    ),
    "a gradient that is its parameter": (
        'def backward(self, grad, tape): return grad, {"shift": self.params["shift"]}',
        "the gradient of shift shares the memory of the parameter shift",
    ),
    "a gradient that is the one it was given": (
        'def backward(self, grad, tape): return grad * 2, {"shift": grad[0]}',
        "the gradient of shift shares the memory of the gradient that it was given",
    ),
    "a gradient that is the one it gave": (
        'def backward(self, grad, tape): grad = grad * 2; return grad, {"shift": grad[0]}',
        "the gradient of shift shares the memory of the gradient of its input",
    ),
    "two gradients that are one": (
        """def __init__(self, spec, site):
        super().__init__(spec, site)
        self.params.update(shift=site.full((3,), 0.5), b=site.full((3,), 0.5))

    def backward(self, grad, tape):
        one = grad.sum(axis=0)
        return grad, {"shift": one, "b": one[::-1]}""",
        "the gradient of b shares the memory of the gradient of shift; expected an array of its own",
    ),
    "an input gradient of another shape": (
        'def backward(self, grad, tape): return grad[:, :1], {"shift": grad.sum(axis=0)}',
        r"backward gave shape \(4, 1\) float32; expected \(4, 3\) float32",
    ),
    "an input gradient of another dtype": (
        'def backward(self, grad, tape): return grad.astype(float), {"shift": grad.sum(axis=0)}',
        r"backward gave shape \(4, 3\) float64; expected \(4, 3\) float32",
    ),
    "no input gradient": (
        'def backward(self, grad, tape): return None, {"shift": grad.sum(axis=0)}',
        "backward gave no gradient of its input",
    ),
}
LOSSES = {
    "a value over all samples": (
        "def value(self, output, target): return ((output - target) ** 2).mean()",
        r"the loss odd: value gave \(\) float32",
    ),
    "a gradient of another dtype": (
        "def gradient(self, output, target): return (output - target).astype(float)",
        r"the loss odd: gradient gave \(4, 3\) float64",
    ),
}
NAN = {
    "its output": (
        "def forward(self, x, tape): return x * np.float32('nan')",
        "its output is not finite",
    ),
    "its gradient": (
        "def backward(self, g, tape): return g * np.float32('inf'), {'shift': g.sum(axis=0)}",
        "the gradient of its input is not finite",
    ),
    "a parameter's gradient": (
        "def backward(self, g, tape): return g, {'shift': g.sum(axis=0) * np.float32('nan')}",
        "the gradient of its shift is not finite",
    ),
}


def fit(shelf: Any, *, layer: str = "", loss: str = "") -> SequentialNetwork:
    """Train a network with the plugin's layer behind a dense one."""
    code = PLUGIN.format(layer=layer, loss=loss)
    shelf.install("netspec-odd", "0.9", modules={"netspec_odd": code})
    network = SequentialNetwork((2,), loss="odd", registry=shelf.registry())
    network.add({"type": "dense", "units": 3})
    network.add("odd")
    network.add({"type": "dense", "units": 3})
    x, y = np.ones((4, 2), np.float32), np.zeros((4, 3), np.float32)
    network.fit(x, y, epochs=1, batch_size=4, optimizer="sgd")
    return network


def test_a_right_layer_and_a_right_loss_train(shelf: Any) -> None:
    assert fit(shelf).step == 1


@pytest.mark.parametrize("how", LAYERS)
def test_a_layer_s_fault_is_caught_on_the_first_batch(how: str, shelf: Any) -> None:
    """The error names the layer, its distribution and version, what came and what was expected."""
    code, said = LAYERS[how]
    with pytest.raises(PluginError, match=said) as caught:
        fit(shelf, layer=code)
    assert caught.value.exit_code == 6
    assert "odd_1" in str(caught.value)
    if how != "no input gradient":
        assert "odd of netspec-odd 0.9" in str(caught.value)


def test_the_first_layer_and_the_last_are_watched_too(shelf: Any) -> None:
    """The network's own input, and the loss's gradient, are nobody's to write into."""
    for how in ("a written input", "a written gradient"):
        code, said = LAYERS[how]
        name = how.replace(" ", "_")
        (shelf.folder / f"{name}.py").write_text(PLUGIN.format(layer=code, loss=""))
        network = SequentialNetwork(
            (3,), loss="mse", registry=Registry(builtins, import_module(name))
        )
        network.add("odd")
        with pytest.raises(PluginError, match=said):
            network.fit(np.ones((4, 3)), np.ones((4, 3)), optimizer="sgd")


@pytest.mark.parametrize("how", LOSSES)
def test_a_loss_s_fault_is_caught_on_the_first_batch(how: str, shelf: Any) -> None:
    code, said = LOSSES[how]
    with pytest.raises(PluginError, match=said):
        fit(shelf, loss=code)


@pytest.mark.parametrize("how", NAN)
def test_nan_is_divergence_and_names_the_layer_and_its_distribution(how: str, shelf: Any) -> None:
    code, said = NAN[how]
    with pytest.raises(DivergenceError, match=said) as caught:
        fit(shelf, layer=code)
    assert caught.value.exit_code == 7
    assert "the first layer that broke is odd_1 (odd of netspec-odd 0.9)" in str(caught.value)


@pytest.mark.parametrize("what", ["value", "gradient"])
def test_a_loss_that_is_not_finite_is_named_and_no_layer(what: str, shelf: Any) -> None:
    code = (
        f"def {what}(self, output, target): return OddLoss.{what}_(self, output, target) * np.inf"
    )
    code = f"{what}_ = {what}\n    {code}"
    with pytest.raises(DivergenceError) as caught:
        fit(shelf, loss=code)
    assert f"the {what} of the loss odd (netspec-odd 0.9) is not finite" in str(caught.value)


def test_a_step_that_was_refused_has_changed_nothing(shelf: Any) -> None:
    code, _ = NAN["a parameter's gradient"]
    shelf.install("netspec-odd", modules={"netspec_odd": PLUGIN.format(layer=code, loss="")})
    network = SequentialNetwork((2,), loss="odd", registry=shelf.registry())
    network.add({"type": "dense", "units": 2})
    network.add("odd")
    before = {path: array.copy() for path, array in network.params().items()}
    x = np.ones((3, 2), np.float32)
    with pytest.raises(NetspecError):
        network.fit(x, x, optimizer="sgd")
    for path, array in network.params().items():
        np.testing.assert_array_equal(array, before[path])


def test_a_class_that_no_plugin_offers_is_named_by_its_package(shelf: Any) -> None:
    """As in a test, where a registry holds a module that nobody installed."""
    code = PLUGIN.format(layer=LAYERS["a wrong shape"][0], loss="")
    (shelf.folder / "my_package.py").write_text(code, encoding="utf-8")
    network = SequentialNetwork((3,), registry=Registry(builtins, import_module("my_package")))
    network.add("odd")
    network.loss = MSE()
    with pytest.raises(PluginError, match=r"odd_1 \(odd of my_package\): forward gave"):
        network.fit(np.ones((4, 3)), np.ones((4, 3)), batch_size=4, optimizer="sgd")


class Nothing(LayerSpec):
    """It forgets to return."""

    type: Literal["nothing"] = "nothing"

    def build(self, site: Site) -> Layer:
        pass  # type: ignore[return]


class Bare(Layer):
    """Its constructor does not go on."""

    def __init__(self, spec: LayerSpec, site: Site) -> None:
        self.spec = spec

    def forward(self, x: Array, tape: Tape) -> Array:
        return x

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        return grad, {}


class Half(LayerSpec):
    """It builds half a layer."""

    type: Literal["half"] = "half"

    def build(self, site: Site) -> Layer:
        return Bare(self, site)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (Nothing(), "Nothing.build gave a NoneType; return the running layer"),
        (Half(), r"Bare has no shape; begin its constructor with super\(\).__init__"),
    ],
)
def test_a_spec_that_builds_no_whole_layer_is_told_so(spec: LayerSpec, said: str) -> None:
    with pytest.raises(PluginError, match=said):
        SequentialNetwork((3,)).add(spec)
