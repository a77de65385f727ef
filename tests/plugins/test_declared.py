"""What a distribution declares in its metadata is imported when it is needed, and not before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from netspec import LayerSpec, NetspecWarning, PluginError, Registry, SpecError

COUNT = 50


def activation(name: str, before: str = "") -> str:
    """A module with one activation."""
    return f'''
{before}
from typing import Literal
from netspec import Activation

class Its(Activation):
    """y = 2 x."""
    type: Literal["{name}"] = "{name}"
    def forward(self, x):
        return 2 * x
    def backward(self, grad, x, y):
        return 2 * grad
'''


def declare(shelf: Any, name: str, code: str, version: str = "1.0", **types: str) -> None:
    """A distribution `netspec-NAME` with one module, `types` as `layer_swish="Its"`."""
    module = f"netspec_{name}"
    shelf.install(f"netspec-{name}", version, modules={module: code}, module=module)
    lines = [f"{kind.replace('_', '.', 1)} = {module}:{cls}" for kind, cls in types.items()]
    points = shelf.folder / f"{module}-{version}.dist-info" / "entry_points.txt"
    points.write_text("\n".join(["[netspec.types]", *lines, ""]), encoding="utf-8")


def find(registry: Registry, written: str) -> type[LayerSpec]:
    return registry.find(LayerSpec, written)


def test_nothing_is_imported_before_it_is_needed(shelf: Any) -> None:
    declare(shelf, "one", activation("one"), activation_one="Its")
    declare(shelf, "two", activation("two"), activation_two="Its")
    registry = shelf.registry()
    assert {"one", "two"} <= set(registry.types("activation"))
    assert not {"netspec_one", "netspec_two"} & set(sys.modules)
    assert str(registry.origin_of(find(registry, "one"))) == "netspec-one 1.0"
    assert "netspec_one" in sys.modules
    assert "netspec_two" not in sys.modules


def test_a_spec_imports_the_one_plugin_of_fifty_that_it_uses(shelf: Any, tmp_path: Path) -> None:
    """`netspec validate`, in a process of its own; nobody else's warning is seen either."""
    for n in range(COUNT):
        code = activation(f"act{n}", "import warnings\nwarnings.warn('imported', stacklevel=1)")
        declare(shelf, f"p{n}", code, **{f"activation_act{n}": "Its"})
    document = {"netspec": 1, "input_shape": [2], "layers": ["act7", "relu", "act7"]}
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps(document), encoding="utf-8")
    code = """
    import sys
    from netspec.cli import program
    program(["validate", sys.argv[1]], standalone_mode=False)
    print(*[name for name in sys.modules if name.startswith("netspec_p")])
    """
    done = shelf.run(code, spec)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "netspec_p7"
    assert done.stderr.count("imported") == 1


def test_suggestions_and_conflicts_use_the_declared_names(shelf: Any) -> None:
    declare(shelf, "one", "1 / 0", activation_swish="Its", activation_quark="Its")
    declare(shelf, "two", "1 / 0", "2.0", activation_swish="Its")
    registry = shelf.registry()
    with pytest.raises(SpecError, match='did you mean "quark"'):
        find(registry, "quarck")
    with pytest.raises(PluginError, match=r"netspec-one 1\.0 and netspec-two 2\.0 both offer"):
        find(registry, "swish")
    assert not {"netspec_one", "netspec_two"} & set(sys.modules)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import nosuchmodule", "ModuleNotFoundError: No module named 'nosuchmodule'"),
        ("raise SystemExit(3)", r"it exits at import \(SystemExit: 3\)"),
        ("x = 1", "has no attribute 'Its'"),
        ("NETSPEC_API = 7", "it needs the plugin API 7, this netspec has 1"),
        (activation("other"), 'Its is the activation "other", offered as the activation "swish"'),
    ],
)
def test_one_that_fails_is_told_when_it_is_needed(code: str, said: str, shelf: Any) -> None:
    declare(shelf, "swish", code, "1.2", activation_swish="Its")
    registry = shelf.registry()
    assert find(registry, "dense")
    with pytest.raises(PluginError, match=said) as caught:
        find(registry, "swish")
    assert "netspec-swish 1.2 is installed, but fails" in str(caught.value)
    with pytest.warns(NetspecWarning, match=said) as warned:
        registry.import_declared()
    assert len(warned) == 1
    found = {each.origin.distribution: each for each in registry.plugins()}["netspec-swish"]
    assert found.error
    registry.import_declared()


@pytest.mark.parametrize(
    ("declaration", "said"),
    [
        ("swish", 'declares "swish", of no kind'),
        ("layr.swish", r'declares "layr.swish", of no kind; .*did you mean "layer"'),
        ("layer.Swish", 'the type "Swish" is no name'),
    ],
)
def test_a_declaration_that_says_nothing_is_told_later(
    declaration: str, said: str, shelf: Any
) -> None:
    """Where a document asks for an unknown type, or by `netspec plugins`."""
    declare(shelf, "swish", activation("swish"), **{declaration: "Its"})
    registry = shelf.registry()
    assert find(registry, "dense")
    with pytest.raises(PluginError, match=said):
        find(registry, "swish")
    with pytest.warns(NetspecWarning, match=said):
        registry.import_declared()


def test_who_declares_is_not_asked_by_hooks(shelf: Any) -> None:
    declare(shelf, "swish", activation("swish"), activation_swish="Its")
    points = shelf.folder / "netspec_swish-1.0.dist-info" / "entry_points.txt"
    both = points.read_text(encoding="utf-8") + "[netspec]\nhooks = netspec_swish\n"
    points.write_text(both, encoding="utf-8")
    registry = shelf.registry()
    assert "netspec_swish" not in sys.modules
    with pytest.warns(NetspecWarning, match=r"\(hooks\).*its hooks are not called"):
        registry.import_declared()
    assert find(registry, "swish")


def test_an_imitator_of_a_builtin_is_told_later(shelf: Any) -> None:
    declare(shelf, "zzz", activation("relu"), activation_relu="Its")
    registry = shelf.registry()
    assert find(registry, "relu").__module__.startswith("netspec.builtins")
    assert find(registry, "netspec-zzz/relu").__module__ == "netspec_zzz"
    with pytest.warns(NetspecWarning, match='write "netspec-zzz/relu"'):
        registry.import_declared()


def test_a_plugin_that_is_not_allowed_is_not_known(
    shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(shelf, "swish", activation("swish"), activation_swish="Its")
    monkeypatch.setenv("NETSPEC_PLUGINS", "netspec-other")
    with pytest.raises(SpecError, match="unknown layer"):
        find(shelf.registry(), "swish")


def test_the_command_lists_imports_conflicts_and_failures(shelf: Any) -> None:
    declare(shelf, "one", activation("swish"), activation_swish="Its")
    declare(shelf, "two", activation("swish"), "2.0", activation_swish="Its")
    declare(shelf, "bad", "import nosuchmodule", activation_bad="Its")

    def listed(*options: str) -> Any:
        return subprocess.run(
            [sys.executable, "-m", "netspec", "plugins", *options],
            env={**os.environ, "PYTHONPATH": str(shelf.folder)},
            capture_output=True,
            text=True,
            check=True,
        )

    done = listed("--json")
    assert done.stderr.count("nosuchmodule") == done.stderr.count("warning") == 1
    plugins = {each["distribution"]: each for each in json.loads(done.stdout)["plugins"]}
    one, bad = plugins["netspec-one"], plugins["netspec-bad"]
    assert one["offers"] == {"activation": ["swish"]}
    assert one["conflicts"] == ["activation swish: netspec-two 2.0"]
    assert one["api"] == 1
    assert one["import_seconds"] > 0
    assert one["error"] is None
    assert "nosuchmodule" in bad["error"]
    text = listed().stdout
    assert "netspec-one 1.0 (netspec.types)" in text
    assert "activation swish: netspec-two 2.0" in text
