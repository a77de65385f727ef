"""The chain: links that agree both ways, surgery that acts whole or not at all, names that last."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
import time
import weakref
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from netspec import (
    Activation,
    Array,
    Chain,
    Composite,
    Gradients,
    Layer,
    LayerSpec,
    LimitError,
    Many,
    PluginError,
    Site,
    SpecError,
    Tape,
)


class Same(Activation):
    """y = x."""

    type: Literal["same"] = "same"

    def forward(self, x: Array) -> Array:
        return x

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return grad


class Fill(LayerSpec):
    """y = the mean of x, `width` times; it has a parameter that it adds and one that it counts."""

    type: Literal["fill"] = "fill"
    width: int = 2
    silent: bool = False

    def build(self, site: Site) -> FillLayer:
        return FillLayer(self, site)


class FillLayer(Layer[Fill]):
    def __init__(self, spec: Fill, site: Site) -> None:
        super().__init__(spec, site)
        self.output_shape = (spec.width,)
        self.params["shift"] = site.full((spec.width,), 1)
        self.state["seen"] = site.full((), 0)

    def forward(self, x: Array, tape: Tape) -> Array:
        if tape.training:
            tape.change(self, seen=self.state["seen"] + len(x))
        return x.mean(axis=1, keepdims=True) + self.params["shift"]

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        gradients: Gradients = {"shift": grad.sum(axis=0)}
        if self.spec.silent or not tape.wants_input_gradient:
            return None, gradients
        (width,) = self.input_shape
        return np.repeat(grad.sum(axis=1, keepdims=True) / width, width, axis=1), gradients


class Pair(LayerSpec):
    """Two links: itself, and what follows it."""

    type: Literal["pair"] = "pair"
    second: bool = True

    def links(self) -> tuple[LayerSpec, ...]:
        if not self.second:
            return (self,)
        return self.model_copy(update={"second": False}), Same()

    def build(self, site: Site) -> FillLayer:
        return FillLayer(Fill(name=self.name), site)


class Box(LayerSpec):
    """A composite: a chain inside."""

    type: Literal["box"] = "box"
    layers: Many[LayerSpec] = ()

    def build(self, site: Site) -> BoxLayer:
        return BoxLayer(self, site)


class BoxLayer(Composite[Box]):
    def __init__(self, spec: Box, site: Site) -> None:
        super().__init__(spec, site)
        self.inner = Chain.inside(site, spec.layers)
        self.hold(self.inner)
        self.output_shape = self.inner.output_shape

    def forward(self, x: Array, tape: Tape) -> Array:
        return self.inner.forward(x, tape)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        return self.inner.pull(grad, tape)


class Fork(LayerSpec):
    """A composite of two chains, each with the field and the part that a test says."""

    type: Literal["fork"] = "fork"
    layers: Many[LayerSpec] = ()
    others: Many[LayerSpec] = ()
    fields: tuple[str, str] = ("layers", "others")
    parts: tuple[str, str] = ("", "others")

    def build(self, site: Site) -> ForkLayer:
        return ForkLayer(self, site)


class ForkLayer(Composite[Fork]):
    def __init__(self, spec: Fork, site: Site) -> None:
        super().__init__(spec, site)
        rows = zip((spec.layers, spec.others), spec.fields, spec.parts, strict=True)
        self.hold(*(Chain.inside(site, row, field, part) for row, field, part in rows))

    def forward(self, x: Array, tape: Tape) -> Array:
        return x

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        return grad, {}


class Followed(Fill):
    """A layer with an activation that it may go without."""

    type: Literal["followed"] = "followed"  # type: ignore[assignment]
    activation: Activation | None = None


class Inner(Fill):
    """A layer that never goes without: the activation is its own."""

    type: Literal["inner"] = "inner"  # type: ignore[assignment]
    activation: Activation = Same()


class Named(Fill):
    """A layer to which the word means something else."""

    type: Literal["named"] = "named"  # type: ignore[assignment]
    activation: str | None = None


def chain_of(*links: LayerSpec) -> Chain:
    chain = Chain((2,), dtype="float64")
    chain.extend(links)
    return chain


def names(chain: Chain) -> list[str]:
    return [layer.name for layer in chain]


def joined(chain: Chain) -> None:
    """Every link agrees with its opposite, and with the index."""
    row = list(chain)
    assert list(reversed(chain)) == row[::-1]
    assert len(chain) == len(row)
    assert (chain.head, chain.tail) == ((row[0], row[-1]) if row else (None, None))
    for left, right in zip([None, *row], [*row, None], strict=True):
        if left is not None:
            assert left.next is right
        if right is not None:
            assert right.previous is left
    for layer in row:
        assert layer in chain
        assert chain[layer.name] is layer
        assert layer.spec.name == layer.name
        before = layer.previous.output_shape if layer.previous else chain.input_shape
        assert layer.input_shape == before
    assert chain.output_shape == (row[-1].output_shape if row else chain.input_shape)


OPERATIONS: dict[str, Callable[[Chain], Any]] = {
    "add": lambda chain: chain.add(Same()),
    "add with a name": lambda chain: chain.add(Same(), name="new"),
    "extend": lambda chain: chain.extend([Same(), Fill()]),
    "insert_before": lambda chain: chain.insert_before(chain["b"], Same()),
    "insert_before the head": lambda chain: chain.insert_before(chain["a"], Same()),
    "insert_after": lambda chain: chain.insert_after(chain["b"], Same()),
    "insert_after the tail": lambda chain: chain.insert_after(chain["c"], Same()),
    "replace": lambda chain: chain.replace(chain["b"], Same()),
    "replace by two": lambda chain: chain.replace(chain["b"], Pair()),
    "replace by the same name": lambda chain: chain.replace(chain["b"], Same(), name="b"),
    "remove": lambda chain: chain.remove(chain["b"]),
    "remove the head": lambda chain: chain.remove(chain["a"]),
    "remove the tail": lambda chain: chain.remove(chain["c"]),
    "cut": lambda chain: chain.cut(chain["b"]),
    "cut behind the tail": lambda chain: chain.cut(chain["c"]),
}
RESULTS = {
    "add": "a b c same_1",
    "add with a name": "a b c new",
    "extend": "a b c same_1 fill_1",
    "insert_before": "a same_1 b c",
    "insert_before the head": "same_1 a b c",
    "insert_after": "a b same_1 c",
    "insert_after the tail": "a b c same_1",
    "replace": "a same_1 c",
    "replace by two": "a pair_1 same_1 c",
    "replace by the same name": "a b c",
    "remove": "a c",
    "remove the head": "b c",
    "remove the tail": "a b",
    "cut": "a b",
    "cut behind the tail": "a b c",
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_surgery_does_what_it_says_and_every_link_agrees(name: str) -> None:
    chain = chain_of(Fill(name="a"), Fill(name="b"), Fill(name="c"))
    row = list(chain)
    OPERATIONS[name](chain)
    assert " ".join(names(chain)) == RESULTS[name]
    joined(chain)
    for layer in row:
        if layer not in chain and "cut" not in name:
            assert (layer.chain, layer.previous, layer.next) == (None, None, None)


def test_what_is_cut_off_is_a_chain_of_its_own() -> None:
    chain = chain_of(Fill(name="a"), Fill(name="b", width=3), Fill(name="c"), Same())
    layers = list(chain)
    rest = chain.cut(chain["b"])
    joined(chain)
    joined(rest)
    assert list(rest) == layers[2:]
    assert (rest.input_shape, chain.output_shape) == ((3,), (3,))
    assert all(layer.chain is rest for layer in rest)
    rest.add(Same())
    assert names(rest) == ["c", "same_1", "same_2"]


def test_the_last_layer_may_go_and_another_come() -> None:
    chain = chain_of(Same())
    assert chain.head is not None
    gone = chain.remove(chain.head)
    joined(chain)
    assert chain.add(gone) is gone
    joined(chain)


def test_a_layer_keeps_its_arrays_wherever_it_goes() -> None:
    chain = chain_of(Fill(), Same())
    layer = chain["fill_1"]
    shift = layer.params["shift"]
    other = chain_of(Same())
    other.add(chain.remove(layer), name="moved")
    assert other.params()["moved.shift"] is shift
    assert layer.path == "moved"
    joined(chain)
    joined(other)


# Refusals: `refused` proves that nothing has changed.


def refused(chain: Chain, operation: Callable[[], Any], match: str | None = None) -> SpecError:
    before = (list(chain), names(chain), [layer.spec for layer in chain])
    with pytest.raises(SpecError, match=match) as caught:
        operation()
    assert (list(chain), names(chain), [layer.spec for layer in chain]) == before
    joined(chain)
    return caught.value


def test_a_layer_that_stands_in_a_chain_is_refused_in_any() -> None:
    chain, other = chain_of(Same(), Same()), chain_of(Same())
    for here in (chain, other):
        refused(here, lambda here=here: here.add(chain["same_1"], name="x"), "one chain only")
    refused(chain, lambda: chain.replace(chain["same_1"], chain["same_1"]), "one chain only")
    joined(chain)


def test_an_activation_that_a_layer_may_go_without_is_a_link_of_its_own() -> None:
    assert Followed(activation=Same(), width=3).links() == (Followed(width=3), Same())
    for whole in (Followed(), Inner(), Inner(activation=Same(name="own")), Named(activation="on")):
        assert whole.links() == (whole,)


def test_surgery_takes_no_layer_of_another_chain_and_none_that_is_free() -> None:
    chain, other = chain_of(Same()), chain_of(Same())
    free = other.remove(other["same_1"])
    for layer in (free, other.add(Same())):
        refused(chain, lambda layer=layer: chain.insert_before(layer, Same()), "this chain")
        refused(chain, lambda layer=layer: chain.insert_after(layer, Same()), "this chain")
        refused(chain, lambda layer=layer: chain.replace(layer, Same()), "this chain")
        refused(chain, lambda layer=layer: chain.remove(layer), "this chain")
        refused(chain, lambda layer=layer: chain.cut(layer), "this chain")


def test_shapes_at_the_joint_stay() -> None:
    chain = chain_of(Fill(width=3), Fill(width=2))
    error = refused(chain, lambda: chain.insert_after(chain["fill_1"], Fill(width=4)), "fill_2")
    assert "(4,)" in str(error)
    assert "(3,)" in str(error)
    refused(chain, lambda: chain.remove(chain["fill_1"]), "fill_2")
    refused(chain, lambda: chain.replace(chain["fill_1"], Same()), "fill_2")
    other = chain_of(Fill(width=3), Same())
    layer = other.remove(other["same_1"])
    refused(chain, lambda: chain.add(layer), "comes in")
    assert layer.chain is None


def test_a_name_is_taken_once() -> None:
    chain = chain_of(Same(name="a"), Same())
    refused(chain, lambda: chain.add(Same(name="a")), '"a"')
    refused(chain, lambda: chain.add(Same(), name="same_1"), '"same_1"')
    refused(chain, lambda: chain.extend([Same(name="x"), Same(name="x")]), '"x"')
    refused(chain, lambda: chain.replace(chain["same_1"], Same(name="a")), '"a"')
    for wrong in ("a.b", "a b", "con", "x" * 65):
        refused(chain, lambda wrong=wrong: chain.add(Same(), name=wrong), "no name")


def test_a_running_layer_is_refused_a_wrong_name_as_a_spec_is() -> None:
    chain, other = chain_of(Same()), chain_of(Same(name="other"))
    layer = other.remove(other["other"])
    refused(chain, lambda: chain.add(layer, name="a.b"), "no name")
    assert layer.name == "other"


def test_extend_takes_all_or_none() -> None:
    chain = chain_of(Same())
    error = refused(
        chain, lambda: chain.extend([Fill(), Same(), Box(layers=[Same(), Box()])]), "no layers"
    )
    assert error.faults[0].path == (2, "layers", 1, "layers")
    assert chain.add(Fill()).name == "fill_1"


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(SpecError, match="same_1"):
        chain_of(Same())["sane_1"]


def test_a_refusal_uses_up_no_parameters_and_draws_nothing() -> None:
    chain = chain_of(Fill())
    with pytest.raises(LimitError):
        chain.add(Fill(width=2**62))
    with pytest.raises(LimitError):
        chain.extend([Fill(width=2**61), Fill(width=2**61)])
    assert names(chain) == ["fill_1"]
    chain.add(Fill(width=2))
    joined(chain)


@pytest.mark.parametrize(
    ("fields", "parts", "what"),
    [
        (("layers", "layers"), ("", "others"), 'fork: two of its chains have the field "layers"'),
        (("others", "others"), ("", "others"), 'fork: two of its chains have the field "others"'),
        (("layers", "others"), ("", ""), "fork: two of its chains have the same part"),
    ],
)
def test_two_chains_of_a_composite_have_neither_one_field_nor_one_part(
    fields: tuple[str, str], parts: tuple[str, str], what: str
) -> None:
    """Else the layers of one would be saved as those of the other, or its arrays be lost."""
    fork = Fork(layers=[Fill()], others=[Same()], fields=fields, parts=parts)
    with pytest.raises(PluginError) as caught:
        chain_of(fork)
    assert what in str(caught.value)


def test_chains_of_the_same_layers_may_share_a_field() -> None:
    fork = Fork(layers=[Fill()], others=[Fill()], fields=("layers", "layers"))
    (layer,) = chain_of(fork)
    assert layer.spec.layers == (Fill(name="fill_1"),)  # type: ignore[attr-defined]


# Names.


def test_a_name_is_one_more_than_the_largest_now() -> None:
    chain = chain_of(Same(), Same(), Same())
    chain.remove(chain["same_2"])
    assert chain.add(Same()).name == "same_4"
    chain.remove(chain["same_4"])
    assert chain.add(Same()).name == "same_4"
    assert chain.replace(chain["same_4"], Same()).name == "same_4"


def test_written_names_are_reserved_before_any_is_given() -> None:
    assert names(chain_of(Same(), Same(name="same_1"), Same())) == ["same_2", "same_1", "same_3"]
    assert names(chain_of(Fill(name="same_7"), Same())) == ["same_7", "same_8"]


def test_only_a_plain_number_counts() -> None:
    odd = ["same_01", "same_0", "same_", "same_x", "same_-3", "same_²"]
    assert chain_of(*[Same(name=name) for name in odd]).add(Same()).name == "same_1"


def test_letters_of_any_script_are_names() -> None:
    chain = chain_of(Same(name="층_1"), Same(name="Ω"))
    assert chain["층_1"].path == "층_1"


@given(st.lists(st.sampled_from(["add", "remove first", "remove last", "insert"]), max_size=30))
def test_memory_and_a_loaded_file_go_on_alike(operations: list[str]) -> None:
    """After any surgery a chain built from the specs gives the next layer the same name."""
    chain = chain_of(Same())
    for operation in operations:
        row = list(chain)
        if operation == "add" or not row:
            chain.add(Same())
        elif operation == "insert":
            chain.insert_before(row[0], Same())
        else:
            chain.remove(row[0] if operation == "remove first" else row[-1])
    loaded = Chain((2,), dtype="float64")
    for layer in chain:
        loaded.add(layer.spec)
    assert names(loaded) == names(chain)
    copied = pickle.loads(pickle.dumps(chain))
    assert loaded.add(Same()).name == chain.add(Same()).name == copied.add(Same()).name


# Running.


def test_gradients_are_the_trainable_parameters_and_stop_where_nobody_wants_more() -> None:
    chain = chain_of(Same(), Fill(trainable=False), Fill(silent=True), Same(), Fill(width=1))
    seen: list[tuple[str, bool]] = []
    tape = Tape(training=True, keeps=True, watch=lambda s: seen.append((s.layer.name, s.forward)))
    y = chain.forward(np.ones((3, 2)), tape)
    delta, gradients = chain.pull(np.ones_like(y), tape)
    assert delta is None
    assert gradients.keys() == {"fill_2.shift", "fill_3.shift"} == chain.trainable().keys()
    back = [name for name, forward in seen if not forward]
    assert back == ["fill_3", "same_2", "fill_2"]
    assert not tape.wants_input_gradient


def test_what_training_changes_is_asked_once_also_where_it_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chain = chain_of(Same(), Fill(trainable=False))
    asked: list[Layer] = []
    plain = Layer.trainable_keys
    monkeypatch.setattr(Layer, "trainable_keys", lambda self: asked.append(self) or plain(self))
    tape = Tape(training=True, keeps=True)
    for _ in range(3):
        chain.pull(chain.forward(np.ones((3, 2)), tape), tape)
    assert asked == list(chain)


def test_a_layer_that_owes_a_gradient_is_named() -> None:
    chain = chain_of(Fill(), Fill(silent=True))
    tape = Tape(training=True, keeps=True)
    y = chain.forward(np.ones((3, 2)), tape)
    with pytest.raises(PluginError, match="fill_2"):
        chain.pull(np.ones_like(y), tape)


def test_forward_and_pull_stop_before_a_layer() -> None:
    chain = chain_of(Fill(), Fill(width=3))
    tape = Tape(training=True, keeps=True, wants_input_gradient=True)
    y = chain.forward(np.ones((3, 2)), tape, before=chain.tail)
    assert y.shape == (3, 2)
    delta, gradients = chain.pull(y, tape, before=chain.tail)
    assert gradients.keys() == {"fill_1.shift"}
    assert delta is not None


def test_a_tape_that_begins_anew_has_forgotten_the_last_pass() -> None:
    chain = chain_of(Same())
    layer = chain["same_1"]
    tape = Tape(training=True, keeps=True, seed=3)
    tape.save(layer, np.ones(2))
    tape.change(layer, mean=np.ones(2))
    drawn = tape.rng(layer).random()
    tape.begin(1)
    assert not tape.changes()
    with pytest.raises(PluginError, match="did not save"):
        tape.load(layer)
    assert tape.rng(layer).random() == Tape(seed=3, step=1).rng(layer).random() != drawn


def test_an_empty_chain_passes_everything_on() -> None:
    chain = Chain((2,), dtype="float64")
    x = np.ones((3, 2))
    tape = Tape(keeps=True, wants_input_gradient=True)
    assert chain.forward(x, tape) is x
    assert chain.pull(x, tape) == (x, {})
    assert (chain.output_shape, chain.output_dtype) == ((2,), np.float64)


# Copies, pickles, and very long chains.


def test_a_copy_is_another_chain_whose_layers_name_it() -> None:
    chain = chain_of(Fill(), Box(layers=[Fill(), Same()]), Same())
    for twin in (copy.deepcopy(chain), pickle.loads(pickle.dumps(chain))):
        joined(twin)
        assert names(twin) == names(chain)
        assert not set(map(id, twin.walk())) & set(map(id, chain.walk()))
        box = twin["box_1"]
        (inner,) = box.chains().values()
        joined(inner)
        assert inner.sealed
        assert box.params["fill_1.shift"] is inner["fill_1"].params["shift"]
        twin.remove(twin["same_1"])
        joined(chain)


def test_a_layer_s_pickle_is_free_of_its_chain() -> None:
    layer = pickle.loads(pickle.dumps(chain_of(Fill(), Fill(), Same())["fill_2"]))
    assert (layer.chain, layer.previous, layer.next) == (None, None, None)
    assert layer.name == "fill_2"


@pytest.mark.parametrize("length", [5_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_a_long_chain_is_run_copied_pickled_and_dropped_without_recursion(length: int) -> None:
    chain = Chain((2,), dtype="float64")
    for _ in range(length):
        chain.add(Same())
    assert length > sys.getrecursionlimit()
    x = np.ones((1, 2))
    tape = Tape(training=True, keeps=True, wants_input_gradient=True)
    assert (chain.forward(x, tape) == x).all()
    assert (chain.pull(x, tape)[0] == x).all()
    for twin in (copy.deepcopy(chain), pickle.loads(pickle.dumps(chain))):
        assert len(twin) == len(list(reversed(twin))) == length
        assert twin.add(Same()).name == f"same_{length + 1}"
    rest = chain.cut(chain["same_10"])
    assert len(rest) == length - 10
    dropped = [weakref.ref(each) for each in (chain, rest, rest.tail)]
    del chain, rest, twin, tape
    gc.collect()
    assert [each() for each in dropped] == [None] * 3


@pytest.mark.parametrize(
    "operation",
    [
        lambda chain, middle: chain.remove(chain.add(Same())),
        lambda chain, middle: chain.remove(chain.insert_after(middle, Same())),
        lambda chain, middle: chain.remove(chain.insert_before(middle, Same())),
        lambda chain, middle: chain.replace(chain.tail, Same()),
        lambda chain, middle: chain.replace(middle.next, Same()),
        lambda chain, middle: chain.replace(middle.next, Same(), name="kept"),
    ],
    ids=["add", "insert_after", "insert_before", "replace tail", "replace middle", "replace named"],
)
def test_an_operation_costs_the_same_however_long_the_chain_is(
    operation: Callable[[Chain, Layer], Any],
) -> None:
    """Also when it is done a thousand times over: nothing piles up."""

    def best(length: int, rounds: int) -> float:
        chain = chain_of(*[Same()] * length)
        middle = chain[f"same_{length // 2}"]
        taken = []
        for _ in range(rounds):
            start = time.perf_counter()
            operation(chain, middle)
            taken.append(time.perf_counter() - start)
        return min(taken[-50:])

    short = best(20, 50)
    assert best(10_000, 50) < 10 * short
    assert best(20, 1000) < 10 * short


# Any surgery, against a plain list.

NAMES = st.sampled_from(["", "", "a", "same_2", "same_9", "fill_3"])
LINKS = st.one_of(
    st.builds(Same, name=NAMES),
    st.builds(Fill, name=NAMES, width=st.integers(1, 3)),
    st.builds(Pair, name=NAMES),
)
SPOTS = st.integers(0, 50)
Row = list[tuple[str, LayerSpec | Layer]]


class Surgery(RuleBasedStateMachine):
    """The chain does what a list of layers would do, or refuses and stays as it was."""

    def __init__(self) -> None:
        super().__init__()
        self.chain = Chain((2,), dtype="float64")
        self.row: list[Layer] = []
        self.free: list[Layer] = []

    @rule(link=LINKS, name=NAMES)
    def add(self, link: LayerSpec, name: str) -> None:
        end = len(self.row)
        self.attempt(end, end, [link], name, lambda: self.chain.add(link, name))

    @rule(links=st.lists(LINKS, min_size=1, max_size=3))
    def extend(self, links: list[LayerSpec]) -> None:
        end = len(self.row)
        self.attempt(end, end, links, "", lambda: self.chain.extend(links))

    @precondition(lambda self: self.row)
    @rule(spot=SPOTS, link=LINKS, name=NAMES)
    def insert_before(self, spot: int, link: LayerSpec, name: str) -> None:
        at, layer = self.at(spot)
        self.attempt(at, at, [link], name, lambda: self.chain.insert_before(layer, link, name))

    @precondition(lambda self: self.row)
    @rule(spot=SPOTS, link=LINKS, name=NAMES)
    def insert_after(self, spot: int, link: LayerSpec, name: str) -> None:
        at, layer = self.at(spot)
        after = at + 1
        self.attempt(after, after, [link], name, lambda: self.chain.insert_after(layer, link, name))

    @precondition(lambda self: self.row)
    @rule(spot=SPOTS, link=LINKS, name=NAMES)
    def replace(self, spot: int, link: LayerSpec, name: str) -> None:
        at, layer = self.at(spot)
        self.attempt(at, at + 1, [link], name, lambda: self.chain.replace(layer, link, name))

    @precondition(lambda self: self.row and self.free)
    @rule(spot=SPOTS, which=SPOTS, name=NAMES)
    def replace_by_a_free_layer(self, spot: int, which: int, name: str) -> None:
        at, layer = self.at(spot)
        link = self.free[which % len(self.free)]
        self.attempt(at, at + 1, [link], name, lambda: self.chain.replace(layer, link, name))

    @precondition(lambda self: self.row and self.free)
    @rule(spot=SPOTS, which=SPOTS, name=NAMES)
    def insert_a_free_layer(self, spot: int, which: int, name: str) -> None:
        at, layer = self.at(spot)
        link = self.free[which % len(self.free)]
        self.attempt(at, at, [link], name, lambda: self.chain.insert_before(layer, link, name))

    @precondition(lambda self: self.row)
    @rule(spot=SPOTS, which=SPOTS)
    def insert_a_layer_that_stands_already(self, spot: int, which: int) -> None:
        at, layer = self.at(spot)
        link = self.row[which % len(self.row)]
        self.attempt(at, at, [link], "", lambda: self.chain.insert_before(layer, link))

    @precondition(lambda self: self.row)
    @rule(spot=SPOTS)
    def remove(self, spot: int) -> None:
        at, layer = self.at(spot)
        self.attempt(at, at + 1, [], "", lambda: self.chain.remove(layer))

    @precondition(lambda self: self.row)
    @rule(spot=SPOTS)
    def cut(self, spot: int) -> None:
        at, layer = self.at(spot)
        rest = self.chain.cut(layer)
        assert list(rest) == self.row[at + 1 :]
        joined(rest)
        while rest.tail is not None:
            self.free.append(rest.remove(rest.tail))
        self.row = self.row[: at + 1]

    @invariant()
    def every_link_agrees(self) -> None:
        assert list(self.chain) == self.row
        joined(self.chain)
        for layer in self.free:
            assert (layer.chain, layer.previous, layer.next) == (None, None, None)

    def at(self, spot: int) -> tuple[int, Layer]:
        return spot % len(self.row), self.row[spot % len(self.row)]

    def attempt(
        self,
        start: int,
        stop: int,
        links: list[Any],
        name: str,
        operation: Callable[[], Any],
    ) -> None:
        """`operation` puts links in the place of row[start:stop] exactly where a list may."""
        expected = self.expected(start, stop, links, name)
        arrays = {path: id(array) for path, array in self.chain.params().items()}
        if expected is None:
            refused(self.chain, operation)
            assert {path: id(array) for path, array in self.chain.params().items()} == arrays
            return
        operation()
        placed = list(self.chain)[start : start + len(expected)]
        assert [layer.name for layer in placed] == [given for given, _ in expected]
        for layer, (_, link) in zip(placed, expected, strict=True):
            assert layer is link if isinstance(link, Layer) else layer not in self.row + self.free
        self.free = [each for each in self.free + self.row[start:stop] if each not in placed]
        self.row[start:stop] = placed

    def expected(self, start: int, stop: int, links: list[Any], name: str) -> Row | None:
        """The names and links that stand there afterwards, or None where they must be refused."""
        parts = [
            part
            for link in links
            for part in (link.links() if isinstance(link, LayerSpec) else (link,))
        ]
        staying = [layer.name for layer in self.row[:start] + self.row[stop:]]
        written = [part.name for part in parts]
        written[:1] = [name or each for each in written[:1]]
        whole = staying + [each for each in written if each]
        if len(set(whole)) < len(whole):
            return None
        row: Row = []
        shape = self.row[start - 1].output_shape if start else (2,)
        for part, called in zip(parts, written, strict=True):
            kind = (part.spec if isinstance(part, Layer) else part).type
            new_name = called or f"{kind}_{1 + largest(kind, whole)}"
            whole.append(new_name)
            if isinstance(part, Layer):
                if part.chain is not None or part.input_shape != shape:
                    return None
                shape = part.output_shape
            elif not isinstance(part, Same):
                shape = (getattr(part, "width", 2),)
            row.append((new_name, part))
        fits = stop == len(self.row) or self.row[stop].input_shape == shape
        return row if fits else None


def largest(kind: str, taken: list[str]) -> int:
    """The largest n of the names `<kind>_<n>`."""
    numbers = [each.removeprefix(f"{kind}_") for each in taken if each.startswith(f"{kind}_")]
    return max((int(number) for number in numbers), default=0)


TestSurgery = Surgery.TestCase
TestSurgery.settings = settings(max_examples=60, stateful_step_count=30)
