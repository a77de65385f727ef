"""`netspec plugins`."""

from __future__ import annotations

import json

from netspec.registry import Registry


def test_every_plugin_is_listed_with_what_it_offers(cli) -> None:
    shown = cli("plugins").stdout
    assert "netspec-nn 0.1.0 (builtins)" in shown
    assert "dense" in shown


def test_json_lists_distribution_version_entry_point_offers_and_error(cli) -> None:
    (ours,) = (
        each
        for each in json.loads(cli("plugins", "--json").stdout)["plugins"]
        if each["distribution"] == "netspec-nn"
    )
    assert set(ours) == {"distribution", "version", "entry_point", "offers", "error"}
    assert ours["entry_point"] == "builtins"
    assert "dense" in ours["offers"]["layer"]
    assert ours["error"] is None


def test_show_explains_a_type_with_its_options(cli) -> None:
    shown = cli("plugins", "show", "dense").stdout
    assert shown.startswith("dense (layer), from netspec-nn 0.1.0\n\ny = x Wᵀ + b")
    rows = {line.split()[0]: line.split(maxsplit=1)[1] for line in shown.splitlines() if line}
    assert rows["units"].startswith("whole number, above 0  (required)")
    assert rows["weight_init"].split() == ["initializer", '"fan_in_uniform"']


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
    assert cli("plugins", "show", "netspec-other/dense").exit_code == 3
