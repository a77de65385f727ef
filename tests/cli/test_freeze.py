"""`netspec freeze`: what a model was made with, as an installer reads it."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import pytest

import netspec
from netspec import Activation, Array, Registry

PLUGIN = '''
from typing import Literal
from netspec import Activation

class Its(Activation):
    """y = 2 x."""
    type: Literal["{0}"] = "{0}"
    def forward(self, x):
        return 2 * x
    def backward(self, grad, x, y):
        return 2 * grad
'''


class Cell(Activation):
    """y = x."""

    type: Literal["cell"] = "cell"

    def forward(self, x: Array) -> Array:
        return x.copy()

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return grad.copy()


OURS = {"netspec-nn": version("netspec-nn"), "numpy": version("numpy")}


def model(folder: Path, provenance: Any) -> Path:
    """A saved model that records this."""
    network = netspec.SequentialNetwork((2,))
    network.add("relu")
    path = netspec.save(network, folder) / "model.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["provenance"] = provenance
    path.write_text(json.dumps(document), encoding="utf-8")
    return folder


def test_it_prints_a_line_for_each_distribution_sorted_by_name(cli: Any, trained: Path) -> None:
    done = cli("freeze", trained)
    assert done.exit_code == 0
    assert done.stdout == "".join(f"{name}=={number}\n" for name, number in OURS.items())


def test_json_gives_the_versions_by_name(cli: Any, trained: Path) -> None:
    assert json.loads(cli("freeze", trained, "--json").stdout) == {"requirements": OURS}


def test_only_the_plugins_that_the_model_needs_are_in_it(
    cli: Any, shelf: Any, tmp_path: Path
) -> None:
    """Neither a plugin that happens to be installed, nor its version of today."""
    for name, number in (("needed", "1.5"), ("idle", "0.1")):
        code = PLUGIN.format(name)
        code += "\nfrom netspec import hookimpl\n@hookimpl\ndef netspec_activations(): return [Its]"
        shelf.install(f"netspec-{name}", number, modules={f"netspec_{name}": code})
    network = netspec.SequentialNetwork((2,), registry=shelf.registry())
    network.add("needed")
    folder = netspec.save(network, tmp_path / "model")
    expected = sorted(
        [*(f"{name}=={number}" for name, number in OURS.items()), "netspec-needed==1.5"]
    )
    assert cli("freeze", folder).stdout.splitlines() == expected


def test_nothing_that_the_model_needs_is_installed_here(cli: Any, tmp_path: Path) -> None:
    """Then it is wanted most. Options of a newer version, which `load` refuses, are no matter."""
    plugins = {"netspec-gone": {"version": "2.0rc1", "types": ["layer/gone"]}}
    folder = model(tmp_path / "model", {"netspec": "9.1", "plugins": plugins, "versions": {}})
    path = folder / "model.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["layers"] = [{"type": "gone", "name": "gone_1"}, {"type": "relu", "bend": 3}]
    path.write_text(json.dumps(document), encoding="utf-8")
    assert cli("verify", folder).exit_code in (3, 6)
    assert cli("freeze", folder).stdout == "netspec-gone==2.0rc1\nnetspec-nn==9.1\n"
    assert cli("freeze", path).stdout == cli("freeze", folder).stdout


@pytest.mark.parametrize(
    "plugins",
    [
        {"netspec-kan\n--index-url http://example.test": {"version": "1"}},
        {"netspec-kan @ file:///tmp/evil": {"version": "1"}},
        {"netspec-kan": {"version": "1\n-r other.txt"}},
        {"netspec-kan": {"version": "1 ; python_version > '3'"}},
        {"netspec-kan": {"version": None}},
        {"netspec-kan": "1.0"},
        {"-e": {"version": "1"}},
        {"": {"version": "1"}},
    ],
)
def test_what_is_no_name_or_version_never_reaches_the_requirements(
    plugins: Any, cli: Any, tmp_path: Path
) -> None:
    done = cli("freeze", model(tmp_path / "model", {"netspec": "0.1.0", "plugins": plugins}))
    assert done.exit_code == 4
    assert done.stdout == ""
    assert "the version of a distribution" in done.stderr


def test_a_layer_of_a_notebook_can_be_installed_by_nobody(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Cell, "__module__", "notebook")
    registry = Registry.installed().including(Cell)
    network = netspec.SequentialNetwork((2,), registry=registry)
    network.add(Cell())
    done = cli("freeze", netspec.save(network, tmp_path / "model"))
    assert done.exit_code == 4
    assert '"notebook", a module that no distribution holds' in done.stderr


def test_what_is_no_model_is_refused(cli: Any, folder: Path) -> None:
    (folder / "odd.json").write_text("{", encoding="utf-8")
    for name, code in (("spec.json", 4), ("missing", 4), ("odd.json", 3)):
        assert cli("freeze", folder / name).exit_code == code
