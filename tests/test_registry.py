"""Finding plugins: what is installed is found, what fails stays out alone, and order never matters."""

from __future__ import annotations

import copy
import json
import pickle
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from textwrap import dedent
from time import perf_counter
from typing import Any, Literal

import numpy as np
import pytest

from netspec import (
    Activation,
    Array,
    Dataset,
    LayerSpec,
    Loss,
    Metric,
    NetspecError,
    NetspecWarning,
    PluginError,
    Registry,
    SequentialNetwork,
    SpecError,
    builtins,
    hookimpl,
    load,
    read_spec,
    save,
)
from netspec.registry import finding
from netspec.registry.elsewhere import OFFERED

PLUGINS = Path(__file__).parents[1] / "plugins"


def swish(type_: str = "swish", factor: float = 1.0) -> str:
    """A plugin of one activation."""
    return f"""
    from typing import Literal
    from netspec import Activation, hookimpl

    class Swish(Activation):
        \"\"\"y = {factor} x.\"\"\"
        type: Literal["{type_}"] = "{type_}"
        def forward(self, x):
            return x * {factor}
        def backward(self, grad, x, y):
            return grad * {factor}

    @hookimpl
    def netspec_activations():
        return [Swish]
    """


def types(registry: Registry) -> list[str]:
    return registry.types("layer")


def find(registry: Registry, written: str) -> type[LayerSpec]:
    return registry.find(LayerSpec, written)


# What is found.


def test_an_installed_plugin_is_found_beside_the_builtins(shelf: Any) -> None:
    shelf.install("netspec-swish", "1.2", modules={"netspec_swish": swish()})
    registry = shelf.registry()
    assert find(registry, "swish").__module__ == "netspec_swish"
    assert find(registry, "netspec-swish/swish") is find(registry, "Netspec_Swish/swish")
    assert "dense" in types(registry)
    found = {str(each.origin): each for each in registry.plugins()}["netspec-swish 1.2"]
    assert found.offers == {"activation": ("swish",)}
    assert found.error == ""


def test_the_registry_is_looked_for_once_a_process(shelf: Any) -> None:
    first = shelf.registry()
    assert Registry.installed() is first


def test_threads_that_come_at_once_find_one_registry(shelf: Any) -> None:
    shelf.install("netspec-slow", modules={"slow": "import time\ntime.sleep(0.05)\n1 / 0"})
    with pytest.warns(NetspecWarning) as warned, ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: Registry.installed(), range(8)))
    assert len(warned) == 1
    assert all(each is found[0] for each in found)


def test_a_class_may_be_declared_where_it_is_not_defined(shelf: Any) -> None:
    """A plugin's package may offer `"my_package:Swish"` from a module inside."""
    hook = """
    from netspec import hookimpl

    @hookimpl
    def netspec_activations():
        return {"swish": "door:Swish"}
    """
    modules = {"plug": hook, "door": "from inside import Swish", "inside": swish()}
    shelf.install("netspec-swish", modules=modules, module="plug")
    registry = shelf.registry()
    assert "inside" not in sys.modules
    cls = find(registry, "swish")
    assert cls.__module__ == "inside"
    assert str(registry.origin_of(cls)) == "netspec-swish 1.0"
    assert registry.written(cls) == "swish"


# What fails.

BROKEN = {
    "a missing module": (
        "import nosuchmodule",
        "ModuleNotFoundError: No module named 'nosuchmodule'",
    ),
    "an error": ("1 / 0", "ZeroDivisionError"),
    "an exit with a number": ("raise SystemExit(3)", r"SystemExit: 3"),
    "an exit": ("import sys; sys.exit()", "SystemExit"),
    "an attribute that is missing": ("from netspec import NoSuchName", "NoSuchName"),
    "no hook": ("x = 1", "it has no hook; mark a function with hookimpl"),
    "a hook without its mark": ("def netspec_layers():\n    return []", "it has no hook"),
    "a misspelt hook": (
        "from netspec import hookimpl\n@hookimpl\ndef netspec_layer():\n    return []",
        'unknown hook "netspec_layer"; did you mean "netspec_layers"',
    ),
    "a newer interface": ("NETSPEC_API = 2", "it needs the plugin API 2, this netspec has 1"),
    "a hook that gives no list": (
        "from netspec import hookimpl\n@hookimpl\ndef netspec_layers():\n    return 3",
        'its hook for the kind layer gives "3"; return a list of classes',
    ),
    "a hook that gives a class": (
        "from netspec import ReLU, hookimpl\n@hookimpl\ndef netspec_activations():\n    return ReLU",
        "its hook for the kind activation gives .*ReLU.*; return a list of classes",
    ),
    "a hook that gives no class": (
        "from netspec import hookimpl\n@hookimpl\ndef netspec_layers():\n    return ['Dense', 3]",
        "is no class of a component",
    ),
    "a class of another kind": (
        "from netspec import MSE, hookimpl\n@hookimpl\ndef netspec_layers():\n    return [MSE]",
        'MSE is the loss "mse", offered as the layer "mse"',
    ),
    "a class without a type": (
        "import netspec\n@netspec.hookimpl\ndef netspec_layers():\n    return [netspec.LayerSpec]",
        "is no name",
    ),
}


@pytest.mark.parametrize("name", ["netspec-aaa", "netspec-zzz"])
@pytest.mark.parametrize("how", BROKEN)
def test_a_plugin_that_fails_stays_out_with_one_warning_and_the_rest_goes_on(
    how: str, name: str, shelf: Any
) -> None:
    """Whether it is found first or last."""
    code, said = BROKEN[how]
    shelf.install(name, "1.2", modules={"broken": code})
    shelf.install("netspec-swish", modules={"good": swish()})
    with pytest.warns(NetspecWarning, match=said) as warned:
        registry = shelf.registry()
    (only,) = warned
    assert f"{name} 1.2" in str(only.message)
    assert find(registry, "swish")
    assert find(registry, "dense")
    with pytest.raises(PluginError, match=rf"{name} 1\.2 is installed, but fails"):
        find(registry, "nothing_known")
    found = {each.origin.distribution: each for each in registry.plugins()}[name]
    assert found.error
    assert not found.offers


def test_an_entry_point_that_names_nothing_stays_out(shelf: Any) -> None:
    shelf.install("netspec-gone", modules={"gone": "x = 1"}, module="gone:plugin")
    with pytest.warns(NetspecWarning, match="AttributeError"):
        shelf.registry()


def test_a_plugin_that_warns_when_it_is_imported_is_used_all_the_same(shelf: Any) -> None:
    code = "import warnings\nwarnings.warn('I am old', DeprecationWarning, stacklevel=2)\n"
    shelf.install("netspec-old", modules={"old": code + dedent(swish())})
    with pytest.warns(DeprecationWarning, match="I am old"):
        registry = shelf.registry()
    assert find(registry, "swish")


def test_what_hooks_before_a_failing_one_gave_is_taken_back(shelf: Any) -> None:
    code = """
    @hookimpl
    def netspec_losses():
        raise RuntimeError("no losses today")
    """
    shelf.install("netspec-half", modules={"half": swish("half") + code})
    with pytest.warns(NetspecWarning, match="no losses today"):
        registry = shelf.registry()
    assert "half" not in types(registry)


def test_the_user_s_own_interrupt_is_no_fault_of_the_plugin(shelf: Any) -> None:
    shelf.install("netspec-slow", modules={"slow": "raise KeyboardInterrupt"})
    with pytest.raises(KeyboardInterrupt):
        shelf.registry()


def test_what_is_declared_by_its_types_fails_when_it_is_needed(shelf: Any) -> None:
    hook = """
    from netspec import hookimpl

    @hookimpl
    def netspec_layers():
        return {"fine": "lacking:Fine", "dense3": "netspec:Dense", "gone": "netspec:NoSuchName"}
    """
    shelf.install(
        "netspec-lazy",
        "2.1",
        modules={"lazy": hook, "lacking": "import nosuchmodule"},
        module="lazy",
    )
    registry = shelf.registry()
    assert {"fine", "gone"} <= set(types(registry))
    said = "layer fine: netspec-lazy 2.1 is installed, but fails: ModuleNotFoundError"
    with pytest.raises(PluginError, match=said):
        find(registry, "fine")
    with pytest.raises(PluginError, match="is installed, but fails"):
        find(registry, "gone")
    with pytest.raises(
        PluginError, match='Dense is the layer "dense", offered as the layer "dense3"'
    ):
        find(registry, "dense3")


def test_a_spec_that_needs_a_plugin_that_fails_is_refused_with_6(shelf: Any) -> None:
    shelf.install("netspec-conv", "1.2", modules={"conv": "import scipy_nope"})
    with pytest.warns(NetspecWarning, match="scipy_nope"):
        registry = shelf.registry()
    document = {"netspec": 1, "input_shape": [2], "layers": ["conv2d"]}
    said = r'unknown layer "conv2d".*netspec-conv 1\.2 is installed, but fails: .*scipy_nope'
    with pytest.raises(PluginError, match=said) as caught:
        read_spec(document, registry=registry)
    assert caught.value.exit_code == 6
    with pytest.raises(PluginError, match="but fails"):
        find(registry, "netspec.conv/conv2d")


def test_a_distribution_that_is_not_there_is_to_be_installed(shelf: Any) -> None:
    registry = shelf.registry()
    with pytest.raises(PluginError, match='install the distribution "netspec-nowhere"'):
        find(registry, "netspec-nowhere/conv2d")
    with pytest.raises(SpecError, match='unknown layer "dens"; did you mean "dense"'):
        find(registry, "dens")


@pytest.mark.parametrize(
    ("base", "written", "wanted"),
    [(LayerSpec, "conv2d", "netspec-conv"), (Dataset, "mnist", "netspec-mnist")],
)
def test_a_type_of_this_project_s_own_plugins_says_which_to_install(
    shelf: Any, monkeypatch: pytest.MonkeyPatch, base: Any, written: str, wanted: str
) -> None:
    monkeypatch.setenv("NETSPEC_PLUGINS", "")
    monkeypatch.setattr("netspec.registry.registry.left_out", lambda distribution: False)
    with pytest.raises(PluginError, match=f'"{written}"; install the distribution "{wanted}"$'):
        shelf.registry().find(base, written)


def test_a_plugin_that_is_there_and_not_allowed_is_not_to_be_installed(
    shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.install("netspec-swish", modules={"good": swish()})
    monkeypatch.setenv("NETSPEC_PLUGINS", "netspec-kan")
    said = '"netspec-swish" is installed, but NETSPEC_PLUGINS does not list it'
    with pytest.raises(PluginError, match=said):
        find(shelf.registry(), "netspec-swish/swish")


def test_what_the_own_plugins_are_said_to_offer_is_what_they_offer() -> None:
    offers: dict[str, dict[str, str]] = {}
    for found in Registry.installed().plugins():
        if found.origin.distribution in {path.name for path in PLUGINS.iterdir()}:
            kinds = {kind: " ".join(types) for kind, types in found.offers.items()}
            offers.setdefault(found.origin.distribution, {}).update(kinds)
    assert offers == OFFERED


def test_a_type_of_another_kind_is_no_component_of_this_one(shelf: Any) -> None:
    registry = shelf.registry()
    with pytest.raises(SpecError, match="unknown layer"):
        find(registry, "mse")
    with pytest.raises(SpecError, match='"dense" is a layer, not an activation'):
        registry.find(Activation, "dense")
    assert registry.find(Loss, "mae") is not registry.find(Metric, "mae")


# Two that offer one name.


@pytest.fixture(params=["in one order", "in the other"])
def twins(request: pytest.FixtureRequest, shelf: Any) -> Any:
    """Two distributions that both offer `swish`, installed one after the other."""
    both = [
        ("netspec-one", "1.0", {"one": swish(factor=1.0)}),
        ("netspec-two", "2.0", {"two": swish(factor=2.0)}),
    ]
    if request.param == "in the other":
        both.reverse()
    for name, version, modules in both:
        shelf.install(name, version, modules=modules)
    return shelf


def test_of_two_that_offer_one_name_neither_is_used_and_both_are_named(twins: Any) -> None:
    registry = twins.registry()
    with pytest.raises(PluginError) as caught:
        find(registry, "swish")
    assert str(caught.value) == (
        'netspec-one 1.0 and netspec-two 2.0 both offer the layer "swish"; '
        'neither is used; write "netspec-one/swish" or "netspec-two/swish"'
    )


def test_one_that_offers_a_name_twice_is_told_to_rename_one() -> None:
    plugin = type("both", (), {})
    for hook, where in (("netspec_layers", "here:Swish"), ("netspec_activations", "there:Swish")):
        setattr(plugin, hook, staticmethod(hookimpl(_giving({"swish": where}, hook))))
    for written in ("swish", "both/swish"):
        with pytest.raises(PluginError) as caught:
            find(Registry(plugin), written)
        assert str(caught.value) == (
            'both offers "swish" more than once: as the layer here:Swish and as the activation '
            "there:Swish; layers and activations share one namespace; rename all but one"
        )


def test_the_distribution_picks_one_also_in_a_saved_model(twins: Any, tmp_path: Path) -> None:
    registry = twins.registry()
    for number, name in enumerate(("netspec-one", "netspec-two"), start=1):
        network = SequentialNetwork((2,), registry=registry)
        network.add(f"{name}/swish")
        save(network, tmp_path / name)
        loaded = load(tmp_path / name, registry=registry)
        np.testing.assert_array_equal(loaded.predict(np.ones((1, 2))), [[number, number]])
        document = (tmp_path / name / "model.json").read_text(encoding="utf-8")
        assert f'"{name}/swish"' in document


def test_a_plugin_cannot_offer_twice_in_one_registry_what_another_does() -> None:
    """Layers and activations are one namespace."""
    plugins = [type("a", (), {}), type("b", (), {})]
    for plugin, hook in zip(plugins, ("netspec_layers", "netspec_activations"), strict=True):
        offered = {"swish": "nowhere:Swish"}
        setattr(plugin, hook, staticmethod(hookimpl(_giving(offered, hook))))
    with pytest.raises(PluginError, match="both offer"):
        find(Registry(*plugins), "swish")


def _giving(offered: dict[str, str], name: str) -> Callable[[], dict[str, str]]:
    def hook() -> dict[str, str]:
        return offered

    hook.__name__ = name
    return hook


@pytest.mark.parametrize("name", ["aaa-imitator", "zzz-imitator"])
def test_an_imitator_of_a_builtin_is_reached_by_its_full_name_only(name: str, shelf: Any) -> None:
    """With one warning, however much it imitates and wherever it is in the alphabet."""
    second = swish("tanh").replace("netspec_activations", "netspec_layers")
    code = swish("relu") + second.replace("Activation", "LayerSpec").replace("Swish", "Tanh")
    shelf.install(name, modules={"imitator": code})
    with pytest.warns(NetspecWarning) as warned:
        registry = shelf.registry()
    (only,) = warned
    assert str(only.message) == (
        f'{name} 1.0 offers what is netspec\'s own; write "{name}/tanh", "{name}/relu" to use it'
    )
    for kind in ("relu", "tanh"):
        assert find(registry, kind).__module__.startswith("netspec.builtins")
        assert find(registry, f"{name}/{kind}").__module__ == "imitator"
    assert registry.written(find(registry, f"{name}/relu")) == f"{name}/relu"
    assert registry.written(find(registry, "relu")) == "relu"


@pytest.mark.filterwarnings("ignore:netspec-mut")
@pytest.mark.parametrize("recorded", ["layer/netspec-mut/relu", "layer/relu"])
def test_the_versions_of_two_that_share_a_type_are_kept_apart_in_a_model(
    recorded: str, shelf: Any, tmp_path: Path
) -> None:
    """Also where the plugin's counts up, and beside models that recorded the bare type."""
    code = swish("relu").replace("type:", "version = 2\n        type:")
    shelf.install("netspec-mut", modules={"mut": code})
    registry = shelf.registry()
    network = SequentialNetwork((2,), registry=registry)
    network.extend(
        ["relu", "netspec-mut/relu"] if recorded.count("/") > 1 else ["netspec-mut/relu"]
    )
    file = save(network, tmp_path / "model") / "model.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    assert document["provenance"]["versions"] == {"layer/netspec-mut/relu": 2}
    document["provenance"]["versions"] = {recorded: 2}
    file.write_text(json.dumps(document), encoding="utf-8")
    spec = read_spec(file, registry=registry)
    assert not spec.migrated
    document["provenance"]["versions"] = {recorded: 1}
    file.write_text(json.dumps(document), encoding="utf-8")
    assert read_spec(file, registry=registry).migrated == ("layer/netspec-mut/relu 1 → 2",)


@pytest.mark.filterwarnings("ignore:netspec-mut")
def test_a_first_version_is_recorded_where_the_bare_type_is_another_s(
    shelf: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.install("netspec-mut", modules={"mut": swish("relu")})
    registry = shelf.registry()
    monkeypatch.setattr(find(registry, "relu"), "version", 2)
    network = SequentialNetwork((2,), registry=registry)
    network.extend(["relu", "netspec-mut/relu"])
    file = save(network, tmp_path / "model") / "model.json"
    versions = json.loads(file.read_text(encoding="utf-8"))["provenance"]["versions"]
    assert versions == {"layer/netspec-mut/relu": 1, "layer/relu": 2}
    assert not read_spec(file, registry=registry).migrated


# Odd installations.


@pytest.mark.parametrize("first", ["1.0", "2.0"])
def test_a_distribution_that_lies_on_the_path_twice_counts_once(
    first: str, shelf: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editable and a copied installation, say: the first on the path is the one."""
    second = {"1.0": "2.0", "2.0": "1.0"}[first]
    behind = type(shelf)(tmp_path / "behind")
    behind.folder.mkdir()
    monkeypatch.setattr(sys, "path", [sys.path[0], str(behind.folder), *sys.path[1:]])
    shelf.install("foo-plug", first, modules={"foo": swish("foo", 3.0)}, egg=first == "1.0")
    behind.install("foo_plug", second, modules={"foo": swish("foo", 4.0)}, egg=second == "1.0")
    registry = shelf.registry()
    (found,) = [f for f in registry.plugins() if f.offers.get("activation") == ("foo",)]
    assert found.origin.version == first
    assert find(registry, "foo")().forward(np.ones(1)) == 3.0  # type: ignore[attr-defined]


def test_broken_metadata_of_others_does_not_matter(shelf: Any) -> None:
    (shelf.folder / "empty-1.0.dist-info").mkdir()
    (shelf.folder / "nameless-1.0.dist-info").mkdir()
    (shelf.folder / "nameless-1.0.dist-info" / "METADATA").write_bytes(b"\xff\xfe\x00 nonsense")
    (shelf.folder / "garbled-1.0.dist-info").mkdir()
    (shelf.folder / "garbled-1.0.dist-info" / "entry_points.txt").write_text("[other]\nx = y\n")
    (shelf.folder / "file-1.0.dist-info").write_text("no folder")
    shelf.install("netspec-swish", modules={"good": swish()})
    registry = shelf.registry()
    assert find(registry, "swish")
    assert find(registry, "dense")


def test_a_plugin_without_a_name_is_found_all_the_same(shelf: Any) -> None:
    shelf.install("netspec-swish", modules={"good": swish()})
    (shelf.folder / "netspec_swish-1.0.dist-info" / "METADATA").unlink()
    assert find(shelf.registry(), "swish")


def test_many_other_distributions_cost_little(shelf: Any) -> None:
    shelf.registry()
    without = _seconds(shelf)
    for n in range(300):
        shelf.install(f"other-{n}", module=f"other_{n}", group="console_scripts")
    assert _seconds(shelf) - without < 0.3


def _seconds(shelf: Any) -> float:
    """The quickest of three searches."""
    times = []
    for _ in range(3):
        start = perf_counter()
        shelf.registry()
        times.append(perf_counter() - start)
    return min(times)


def test_without_its_own_entry_point_netspec_says_so(
    shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bare clone, a frozen program: never "unknown layer dense"."""
    real = metadata.entry_points

    def others() -> metadata.EntryPoints:
        found = real(group="netspec")
        return metadata.EntryPoints(e for e in found if e.dist and e.dist.name != "netspec-nn")

    monkeypatch.setattr(finding, "entry_points", others)
    registry = shelf.registry()
    with pytest.raises(PluginError, match="netspec's own components are not found"):
        find(registry, "dense")


def test_an_uninstalled_plugin_is_gone_in_the_next_process(shelf: Any) -> None:
    shelf.install("netspec-swish", modules={"good": swish()})
    assert find(shelf.registry(), "swish")
    shutil.rmtree(shelf.folder / "netspec_swish-1.0.dist-info")
    with pytest.raises(SpecError, match="unknown layer"):
        find(shelf.registry(), "swish")


# What is allowed.


@pytest.mark.parametrize(
    ("allowed", "there"),
    [
        (None, {"one", "two"}),
        ("netspec-one", {"one"}),
        ("Netspec_One, other", {"one"}),
        ("netspec-one,netspec-two", {"one", "two"}),
        ("", set()),
        (" , ", set()),
    ],
)
def test_the_environment_says_which_plugins_are_allowed(
    allowed: str | None, there: set[str], shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is not allowed is not even imported; the builtins always are."""
    for name in ("one", "two"):
        shelf.install(f"netspec-{name}", modules={f"plug_{name}": swish(name)})
    if allowed is None:
        monkeypatch.delenv("NETSPEC_PLUGINS", raising=False)
    else:
        monkeypatch.setenv("NETSPEC_PLUGINS", allowed)
    registry = shelf.registry()
    assert {"one", "two"} & set(types(registry)) == there
    assert {name for name in ("one", "two") if f"plug_{name}" in sys.modules} == there
    assert find(registry, "dense")


# Notebooks.


def cell(factor: float) -> type[Activation]:
    """What a notebook's cell defines, each time anew."""

    class Swish(Activation):
        type: Literal["swish"] = "swish"

        def forward(self, x: Array) -> Array:
            return x * factor

        def backward(self, grad: Array, x: Array, y: Array) -> Array:
            return grad * factor

    return Swish


def test_a_class_that_a_cell_defines_again_replaces_itself() -> None:
    registry = Registry(builtins)
    registry.add(cell(2.0))
    registry.add(cell(3.0))
    network = SequentialNetwork((1,), registry=registry)
    network.add("swish")
    assert network.predict(np.ones((1, 1))) == 3.0


def test_a_different_class_of_a_name_that_is_taken_is_refused() -> None:
    registry = Registry(builtins)
    registry.add(cell(2.0))

    class Other(Activation):
        type: Literal["swish"] = "swish"

        def forward(self, x: Array) -> Array:
            return x

        def backward(self, grad: Array, x: Array, y: Array) -> Array:
            return grad

    class Imitator(Other):
        type: Literal["relu"] = "relu"  # type: ignore[assignment]

    for cls, owner in ((Other, "test_registry"), (Imitator, "netspec.builtins")):
        with pytest.raises(PluginError, match=f"is offered by .*{owner}.* already"):
            registry.add(cls)


def test_a_model_with_a_class_that_no_plugin_offers_is_not_saved(tmp_path: Path) -> None:
    network = SequentialNetwork((1,), registry=Registry(builtins))
    network.add(cell(2.0)())
    with pytest.raises(PluginError, match="is known to no plugin") as caught:
        save(network, tmp_path)
    assert caught.value.exit_code == 6
    assert not (tmp_path / "model.json").exists()


def test_a_registry_that_includes_more_leaves_the_first_as_it_was() -> None:
    first = Registry(builtins)
    more = first.including(cell(2.0))
    assert "swish" in types(more)
    assert "swish" not in types(first)
    with pytest.raises(NetspecError):
        find(first, "swish")


@pytest.mark.parametrize("wrong", [int, 3, "swish", cell(2.0)(), Activation])
def test_what_is_no_class_of_a_component_is_not_added(wrong: Any) -> None:
    with pytest.raises(PluginError, match="is no"):
        Registry().add(wrong)


def test_what_is_installed_is_copied_and_pickled_as_that(shelf: Any) -> None:
    registry = shelf.registry()
    registry.add(cell(2.0))
    registry.add(cell(3.0))
    network = SequentialNetwork((1,))
    network.add("tanh")
    pickled = pickle.dumps(network)
    for twin in (copy.deepcopy(network), copy.copy(network), pickle.loads(pickled)):
        assert twin.registry is registry
    other = shelf.registry()
    assert pickle.loads(pickled).registry is other


def test_another_registry_is_copied_and_pickled_with_what_it_holds() -> None:
    registry = Registry(builtins)
    for twin in (copy.deepcopy(registry), pickle.loads(pickle.dumps(registry))):
        assert twin is not registry
        assert types(twin) == types(registry)
