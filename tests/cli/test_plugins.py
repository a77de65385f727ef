"""`netspec plugins`."""

from __future__ import annotations

import json
from pathlib import Path

from netspec.registry import Registry


def test_every_plugin_is_listed_with_what_it_offers(cli) -> None:
    shown = cli("plugins").stdout
    assert "netspec-nn 0.1.0 (builtins), API 1, imported in " in shown
    assert "dense" in shown


def test_json_lists_whose_a_plugin_is_and_what_it_offers(cli) -> None:
    (ours,) = (
        each
        for each in json.loads(cli("plugins", "--json").stdout)["plugins"]
        if each["distribution"] == "netspec-nn"
    )
    assert set(ours) == {
        "distribution",
        "version",
        "entry_point",
        "api",
        "import_seconds",
        "offers",
        "conflicts",
        "error",
    }
    assert ours["entry_point"] == "builtins"
    assert "dense" in ours["offers"]["layer"]
    assert ours["error"] is None


def test_show_explains_a_type_with_its_options(cli) -> None:
    shown = cli("plugins", "show", "dense").stdout
    assert shown.startswith("dense (layer), from netspec-nn 0.1.0\n\ny = x Wᵀ + b")
    rows = {line.split()[0]: line.split(maxsplit=1)[1] for line in shown.splitlines() if line}
    assert rows["units"].startswith("whole number, above 0  (required)")
    assert rows["weight_init"].split()[:2] == ["initializer", '"fan_in_uniform"']


def test_show_gives_an_example_and_the_place_of_the_class(cli) -> None:
    shown = cli("plugins", "show", "dense").stdout
    assert 'example  {"type": "dense", "units": 3}' in shown
    assert "class    netspec.builtins.layers.dense:Dense" in shown
    (explained,) = json.loads(cli("plugins", "show", "dense", "--json").stdout)["types"]
    source = explained["source"]
    line = Path(source["file"]).read_text(encoding="utf-8").splitlines()[source["line"] - 1]
    assert line == "class Dense(LayerSpec):"


def test_show_explains_every_kind_of_that_name(cli) -> None:
    types = json.loads(cli("plugins", "show", "mae", "--json").stdout)["types"]
    assert sorted(each["kind"] for each in types) == ["loss", "metric"]


def test_every_type_can_be_explained(cli) -> None:
    for name in sorted({offer.type for offer in Registry.installed().offers()}):
        for each in json.loads(cli("plugins", "show", name, "--json").stdout)["types"]:
            assert each["description"], f"{each['kind']} {name} says nothing of itself"
        assert cli("plugins", "show", name).exit_code == 0


def test_an_unknown_type_is_refused_with_the_nearest(cli) -> None:
    done = cli("plugins", "show", "dens")
    assert done.exit_code == 3
    assert 'did you mean "dense"?' in done.stderr


def test_a_type_may_name_its_distribution(cli) -> None:
    assert cli("plugins", "show", "netspec-nn/dense").exit_code == 0
    assert cli("plugins", "show", "Netspec_NN/dense").exit_code == 0
    assert cli("plugins", "show", "netspec-other/dense").exit_code == 3
