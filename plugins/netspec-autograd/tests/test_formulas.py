"""Formulas of all sorts: their gradients have the right values, shapes and memory, or are refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any, ClassVar, Literal

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import elementwise_grad, make_vjp
from autograd.extend import defvjp, primitive
from netspec_autograd import ForwardOnly

import netspec
from netspec import Array, Chain, Layer, LayerSpec, Shape, Site, Tape


class Formula(ForwardOnly):
    """Whatever `of` says, of x and one parameter a feature."""

    type: Literal["formula"] = "formula"
    of: ClassVar[Callable[..., Any]]

    def parameters(self, site: Site) -> dict[str, Array]:
        return {"a": site.full(site.input_shape, 1.0), "b": site.full(site.input_shape, 2.0)}

    def forward(self, x: Array, a: Array, b: Array) -> Array:
        return type(self).of(x, a, b)


def formula(of: Callable[..., Any]) -> Formula:
    """A layer of this formula."""

    class Its(Formula):
        """y = f(x, a, b)."""

    Its.of = staticmethod(of)
    return Its()


def built(spec: LayerSpec, shape: Shape, dtype: str = "float64") -> Layer:
    """The layer in a chain of its own, called `it`."""
    return Chain(shape, dtype=dtype).add(spec.model_copy(update={"name": "it"}))


def passed(layer: Layer, x: Array, delta: Array) -> dict[str, Array]:
    """Output and gradients of one step."""
    tape = Tape(training=True, keeps=True, wants_input_gradient=True)
    y = layer.forward(x, tape)
    dx, gradients = layer.backward(delta, tape)
    assert dx is not None
    return {"y": y, "∂x": dx, **{key: np.asarray(each) for key, each in gradients.items()}}


@pytest.mark.parametrize(
    "of",
    [
        lambda x, a, b: anp.maximum(x, a) * b,
        lambda x, a, b: anp.where(x > 0, a * x, b),
        lambda x, a, b: (x - anp.mean(x, axis=-1, keepdims=True)) * a + b,
        lambda x, a, b: x / anp.std(x, axis=-1, keepdims=True) * a + b,
        lambda x, a, b: a * x**2 + b,
    ],
    ids=["maximum", "where", "mean", "std", "power"],
)
@pytest.mark.parametrize("batch", [0, 1, 5])
def test_a_gradient_has_shape_and_dtype_of_its_array_where_autograd_s_own_has_not(
    of: Callable[..., Any], batch: int
) -> None:
    layer = built(formula(of), (4,), "float32")
    x = np.random.default_rng(0).normal(size=(batch, 4)).astype(np.float32)
    for key, array in passed(layer, x, np.ones_like(x)).items():
        assert array.dtype == np.float32, key
        assert array.shape == ((4,) if key in "ab" else (batch, 4)), key


@pytest.mark.parametrize(
    "of",
    [
        lambda x, a, b: anp.concatenate([x[:, ::2] * b[::2], x[:, :2] * a[:2]], axis=1),
        lambda x, a, b: sum(anp.split(x * a, 2, axis=1))[:, [0, 1, 1, 0]] + b,
        lambda x, a, b: anp.einsum("ni,j,i->nj", x, a, b),
        lambda x, a, b: anp.real(anp.fft.ifft(anp.fft.fft(x * a) * anp.fft.fft(b))),
        lambda x, a, b: anp.abs(x) * a + anp.floor(x) * b,
        lambda x, a, b: anp.exp(x - anp.max(x, axis=-1, keepdims=True)) * anp.linalg.norm(a) + b,
        lambda x, a, b: elementwise_grad(anp.tanh)(x * a) + b,
        lambda x, a, b: x * a[anp.array([0, 0, 1, 3])] + anp.cumsum(b) ** 2,
    ],
    ids=["concatenate", "split", "einsum", "fourier", "floor", "max", "derivative", "index"],
)
def test_gradients_are_those_that_autograd_itself_finds_one_by_one(of: Callable[..., Any]) -> None:
    layer = built(formula(of), (4,))
    rng = np.random.default_rng(0)
    for key in "ab":
        layer.params[key][...] = rng.normal(size=4)
    x, delta = rng.normal(size=(2, 3, 4))
    found = passed(layer, x, delta)
    arrays = (x, layer.params["a"], layer.params["b"])
    for place, key in enumerate(["∂x", "a", "b"]):
        back, y = make_vjp(of, place)(*arrays)
        np.testing.assert_allclose(found["y"], y, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(found[key], back(delta), rtol=1e-12, atol=1e-12, err_msg=key)


def test_an_input_that_is_mapped_from_disk_is_followed(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.ones((2, 4)))
    x = np.load(tmp_path / "x.npy", mmap_mode="r")
    found = passed(built(formula(lambda x, a, b: x * a + b), (4,)), x, np.ones((2, 4)))
    assert (found["a"] == 2).all()


def test_gradients_share_no_memory_so_that_whoever_is_given_them_may_write() -> None:
    """The sum's gradient is the gradient of both summands, and in a batch of one that of y."""
    layer = built(formula(lambda x, a, b: x + anp.reshape(a + b, (1, 4))), (4,))
    delta = np.ones((1, 4))
    found = passed(layer, np.zeros((1, 4)), delta)
    assert not np.shares_memory(found["a"], found["b"])
    assert not np.shares_memory(found["a"], delta)


def test_a_parameter_that_the_formula_leaves_out_has_a_gradient_of_0() -> None:
    found = passed(built(formula(lambda x, a, b: x * a), (4,)), np.ones((2, 4)), np.ones((2, 4)))
    assert not found["b"].any()
    assert (found["a"] == 2).all()


def test_nothing_is_computed_on_the_way_to_an_input_that_nobody_wants_the_gradient_of() -> None:
    """As in the first layer of a network; the parameters' gradients are the same."""
    gone: list[str] = []

    @primitive
    def noted(x: Array) -> Array:
        return x * 1

    defvjp(noted, lambda y, x: lambda grad: gone.append("back") or grad)
    layer = built(formula(lambda x, a, b: noted(x) * a + b), (4,))
    for wanted in (True, False):
        tape = Tape(training=True, keeps=True, wants_input_gradient=wanted)
        layer.forward(np.ones((2, 4)), tape)
        delta, gradients = layer.backward(np.ones((2, 4)), tape)
        assert (delta is not None) == wanted
        assert (np.asarray(gradients["a"]) == 2).all()
        assert gone == ["back"]


def test_a_formula_with_a_derivative_inside_is_followed_beside_another_thread_s() -> None:
    """The other thread begins first and ends while this one is on its way."""
    begun, ended = Event(), Event()

    def of(x: Array, a: Array, b: Array) -> Array:
        if len(x) == 1:
            begun.set()
            assert inside.wait(10)
        elif len(x) == 2:
            inside.set()
            assert ended.wait(10)
        return elementwise_grad(lambda v: anp.tanh(v * a) * x)(x) + b

    inside = Event()
    layer = built(formula(of), (4,))
    x = np.random.default_rng(0).normal(size=(3, 4))
    expected = passed(layer, x, np.ones_like(x))["y"][:2]

    def other() -> None:
        passed(layer, x[:1], np.ones((1, 4)))
        ended.set()

    thread = Thread(target=other)
    thread.start()
    assert begun.wait(10)
    found = passed(layer, x[:2], np.ones((2, 4)))
    thread.join()
    np.testing.assert_array_equal(found["y"], expected)
    back, _ = make_vjp(of)(x, layer.params["a"], layer.params["b"])
    np.testing.assert_allclose(found["∂x"], back(np.ones_like(x))[:2], rtol=1e-12, atol=1e-12)


def written_into(x: Array, a: Array, b: Array) -> Array:
    y = x * a
    y[:, 0] = 0
    return y


def written_with_out(x: Array, a: Array, b: Array) -> Array:
    y = np.empty(x.shape, x.dtype)
    return np.multiply(x, a, out=y)


@pytest.mark.parametrize(
    "of",
    [
        lambda x, a, b: np.concatenate([x[:, :2] * a[:2], x[:, 2:]], axis=1),
        lambda x, a, b: np.where(x > 0, a * x, b),
        lambda x, a, b: np.array(x * a),
        lambda x, a, b: np.cbrt(x * a),
        lambda x, a, b: np.clip(x * a, 0, 1) + b,
        lambda x, a, b: x * a + np.ones_like(x),
        lambda x, a, b: x * float(a[0]),
        written_into,
        written_with_out,
    ],
    ids=["concatenate", "where", "array", "cbrt", "clip", "ones", "float", "item", "out"],
)
@pytest.mark.filterwarnings("error")
def test_numpy_s_own_functions_and_writing_are_refused_with_the_way_out(
    of: Callable[..., Any],
) -> None:
    layer = built(formula(of), (4,))
    with pytest.raises(
        netspec.PluginError, match=r"it \(formula\): .*autograd.numpy.*write into no"
    ):
        layer.forward(np.ones((2, 4)), Tape(keeps=True))


@pytest.mark.parametrize("which", ["x", "a"])
def test_a_formula_that_writes_into_what_it_is_given_is_not_built(which: str) -> None:
    """While autograd follows, += names another array; on plain arrays it would write."""

    def of(x: Array, a: Array, b: Array) -> Array:
        if which == "x":
            x += 1
        else:
            a *= 2
        return x * a

    with pytest.raises(netspec.PluginError, match="read-only.*write into no array"):
        built(formula(of), (4,))


def test_a_formula_never_writes_into_the_parameters_of_a_frozen_layer() -> None:
    """Whether autograd follows it or not, and though it writes for some batches only."""

    def of(x: Array, a: Array, b: Array) -> Array:
        if len(x) > 1:
            a *= 2
        return x * a

    layer = built(formula(of).model_copy(update={"trainable": False}), (4,))
    for keeps in (False, True):
        with pytest.raises(netspec.PluginError, match="read-only.*write into no array"):
            layer.forward(np.ones((2, 4)), Tape(keeps=keeps))
        assert (layer.params["a"] == 1).all()


@pytest.mark.parametrize(
    ("of", "found"),
    [
        (lambda x, a, b: [x, a], "a list"),
        (lambda x, a, b: (x * a, b), "a tuple"),
        (lambda x, a, b: None, "a NoneType"),
        (lambda x, a, b: 3.0, "a float"),
    ],
)
def test_an_output_that_is_no_array_is_refused_when_it_is_built(
    of: Callable[..., Any], found: str
) -> None:
    with pytest.raises(netspec.PluginError, match=f"forward gives {found}, no array"):
        built(formula(of), (4,))


def test_an_input_that_the_formula_cannot_take_is_refused_when_the_network_is_built() -> None:
    with pytest.raises(
        netspec.SpecError, match=r"formula fails for .* \(4,\): .*reshape.*parameters"
    ):
        built(formula(lambda x, a, b: x @ a.reshape(3, 2)), (4,))


def test_what_the_formula_itself_does_wrong_is_raised_as_it_is() -> None:
    def of(x: Array, a: Array, b: Array) -> Array:
        if len(x) > 1:
            raise RuntimeError("its own")
        return x * a

    layer = built(formula(of), (4,))
    for keeps in (False, True):
        with pytest.raises(RuntimeError, match="^its own$"):
            layer.forward(np.ones((2, 4)), Tape(keeps=keeps))


@pytest.mark.parametrize(
    ("of", "found"),
    [
        (lambda x, a, b: x * a * np.sqrt(2), r"\(0, 4\) float64 instead of \(0, 4\) float32"),
        (lambda x, a, b: anp.outer(a, b), r"\(4, 4\) float32 instead of \(0, 4\)"),
    ],
)
def test_an_output_of_another_dtype_or_without_samples_is_refused_when_it_is_built(
    of: Callable[..., Any], found: str
) -> None:
    with pytest.raises(netspec.PluginError, match=found):
        built(formula(of), (4,), "float32")


@pytest.mark.parametrize("keeps", [False, True])
def test_an_output_whose_shape_changes_with_the_batch_is_refused(keeps: bool) -> None:
    layer = built(formula(lambda x, a, b: anp.reshape(x * a, (-1, 4))[: 1 + len(x) // 2]), (4,))
    with pytest.raises(netspec.PluginError, match=r"\(3, 4\) float64 instead of \(4, 4\)"):
        layer.forward(np.ones((4, 4)), Tape(keeps=keeps))
