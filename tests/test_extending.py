"""A document that extends another: the file beside it or below, changed key by key."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec import LimitError, Limits, SpecError, load, read_spec, train
from netspec.document import Document
from netspec.formatting import formatted
from netspec.reading import Setting
from netspec.schema import json_schema
from netspec.sources import read_document

BASE: dict[str, Any] = {
    "netspec": 1,
    "name": "base",
    "input_shape": [2],
    "layers": [{"type": "dense", "units": 3}, "tanh", {"type": "dense", "units": 1}],
    "loss": "mse",
    "training": {
        "data": {"type": "csv", "path": "points.csv", "target": "y", "target_kind": "number"},
        "optimizer": {"type": "sgd", "learning_rate": 0.1, "momentum": 0.5},
        "epochs": 2,
    },
}


def write(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value, indent=2))
    return path


@pytest.fixture
def extended(tmp_path: Path) -> Path:
    """A folder with a base below it."""
    write(tmp_path / "bases" / "base.json", BASE)
    write(tmp_path / "bases" / "points.csv", "a,b,y\n0,0,0\n1,0,1\n0,1,1\n1,1,2\n")
    return tmp_path


def extending(folder: Path, **keys: Any) -> Path:
    return write(folder / "spec.json", {"extends": "bases/base.json", **keys})


def test_objects_merge_and_everything_else_replaces(extended: Path) -> None:
    changes = {"epochs": 5, "optimizer": {"momentum": 0.9}}
    spec = read_spec(extending(extended, name="mine", layers=["relu"], training=changes))
    training = spec.training
    assert training is not None
    assert (spec.name, [each.type for each in spec.layers]) == ("mine", ["relu"])
    assert (training.epochs, training.batch_size) == (5, 32)
    expected = {"type": "sgd", "learning_rate": 0.1, "momentum": 0.9}
    assert training.optimizer.document() == expected
    assert spec.loss == read_spec(BASE).loss


@given(st.recursive(st.integers(), lambda inner: st.dictionaries(st.sampled_from("abc"), inner)))
def test_a_document_over_itself_or_under_an_empty_one_is_itself(value: Any) -> None:
    base = Document({"a": value})
    assert Document({"a": value}, base=base).whole == Document({}, base=base).whole == base.value


def test_a_base_may_have_one_too(extended: Path) -> None:
    write(extended / "bases" / "middle.json", {"extends": "base.json", "name": "middle", "seed": 3})
    spec = read_spec(write(extended / "top.json", {"extends": "bases/middle.json", "seed": 4}))
    assert (spec.name, spec.seed, len(spec.layers)) == ("middle", 4, 3)


def test_paths_belong_to_the_file_that_wrote_them(extended: Path) -> None:
    """So the data is found, and the saved model names it as seen from the spec."""
    spec = read_spec(extending(extended, seed=2))
    assert spec.training is not None
    assert spec.training.data.document()["path"] == "bases/points.csv"
    run = train(extending(extended, seed=2), out=extended / "run")
    assert run.ended == "epochs"
    model = json.loads((extended / "run" / "model.json").read_text())
    assert "extends" not in model
    assert model["training"]["data"]["path"] == "bases/points.csv"
    write(extended / "own.csv", "a,b,y\n0,0,0\n")
    spec = read_spec(extending(extended, training={"data": {"path": "own.csv"}}))
    assert spec.training is not None
    assert spec.training.data.document()["path"] == "own.csv"
    chosen = Setting.parse("training.data.path=other.csv")
    spec = read_spec(extending(extended), settings=[chosen])
    assert spec.training is not None
    assert spec.training.data.document()["path"] == "other.csv"


@pytest.mark.parametrize(
    ("changed", "keys", "file", "line", "says"),
    [
        ({"loss": "msee"}, {}, "base.json", "msee", 'unknown loss "msee"'),
        ({}, {"loss": "msee"}, "spec.json", "msee", 'unknown loss "msee"'),
        ({"input_shape": [0]}, {"seed": 1}, "base.json", "0", "input_shape/0"),
        ({}, {"training": {"epochs": -1}}, "spec.json", "-1", "/training/epochs"),
        ({}, {"layers": [{"type": "dense"}]}, "spec.json", "{", '"units" is missing'),
        ({"layers": [{"type": "dense"}]}, {}, "base.json", "{", '"units" is missing'),
        ({"training": {"epochs": 1}}, {"training": {}}, "spec.json", "training", '"data" is'),
        ({"training": {"epochs": 1}}, {}, "base.json", "training", '"data" is missing'),
    ],
)
def test_an_error_stands_where_its_value_is_written(
    extended: Path, changed: dict[str, Any], keys: dict[str, Any], file: str, line: str, says: str
) -> None:
    write(extended / "bases" / "base.json", {**BASE, **changed})
    with pytest.raises(SpecError) as caught:
        read_spec(extending(extended, **keys))
    fault = next(each for each in caught.value.faults if says in str(each))
    assert fault.place is not None
    assert Path(fault.place.file).name == file
    written = Path(fault.place.file).read_text().splitlines()[fault.place.line - 1]
    assert (line in written, fault.place.text) == (True, written)


def test_a_base_that_is_no_json_is_shown_in_its_own_text(extended: Path) -> None:
    write(extended / "bases" / "base.json", '{\n  "netspec": 1,\n}\n')
    with pytest.raises(SpecError, match=r"bases/base\.json:2:15"):
        read_spec(extending(extended))


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("../outside.json", "leaves the folder"),
        ("/etc/hostname", "leaves the folder"),
        ("link.json", "leaves the folder"),
        ("nowhere.json", "does not exist"),
        ("bases", "is no file"),
        ("spec.json", "extends itself"),
        ("around.json", "extends itself"),
        (7, "must be the name of a file"),
        ("", "must be the name of a file"),
        ("list.json", "a spec is a JSON object"),
        ("older.json", "formats 0, 1"),
    ],
)
def test_what_may_not_be_extended_is_refused_where_it_is_named(
    extended: Path, named: Any, says: str
) -> None:
    home = extended / "home"
    write(extended / "outside.json", BASE)
    (home / "bases").mkdir(parents=True)
    os.symlink(extended / "outside.json", home / "link.json")
    write(home / "around.json", {"extends": "spec.json"})
    write(home / "list.json", [])
    write(home / "older.json", {**BASE, "netspec": 0})
    path = write(home / "spec.json", {"netspec": 1, "extends": named})
    with pytest.raises(SpecError, match=says) as caught:
        read_spec(path)
    assert all(fault.place is not None for fault in caught.value.faults)


def test_only_a_file_extends_and_a_model_does_not(extended: Path) -> None:
    document = {"extends": "bases/base.json"}
    for source in (document, json.dumps(document).encode()):
        with pytest.raises(SpecError, match="only the file of a spec extends another"):
            read_spec(source)
    train(extending(extended), out=extended / "run")
    file = extended / "run" / "model.json"
    write(extended / "run" / "base.json", BASE)
    write(file, {**json.loads(file.read_text()), "extends": "base.json"})
    for read in (lambda: read_spec(file), lambda: load(extended / "run")):
        with pytest.raises(SpecError, match="only the file of a spec extends another"):
            read()


def test_a_saved_model_may_be_extended_and_its_training_s_results_stay_with_it(
    extended: Path,
) -> None:
    train(extending(extended), out=extended / "run")
    spec = read_spec(write(extended / "again.json", {"extends": "run/model.json", "seed": 9}))
    assert (spec.weights, spec.provenance, spec.trained, spec.seed) == (None, None, None, 9)


def test_the_limits_hold_for_the_sum(extended: Path) -> None:
    path = extending(extended, description="x" * 300)
    size = path.stat().st_size + (extended / "bases" / "base.json").stat().st_size
    assert read_spec(path, limits=Limits(spec_bytes=size)).name == "base"
    with pytest.raises(LimitError, match="with what it extends"):
        read_spec(path, limits=Limits(spec_bytes=size - 1))


def test_so_many_documents_extend_one_the_other_and_no_more(tmp_path: Path) -> None:
    write(tmp_path / "0.json", BASE)
    for at in range(1, 500):
        write(tmp_path / f"{at}.json", {"extends": f"{at - 1}.json"})
    assert read_spec(tmp_path / "32.json").name == "base"
    for at in (33, 499):
        with pytest.raises(LimitError, match="extends more than 32 documents"):
            read_spec(tmp_path / f"{at}.json")


def test_its_canonical_form_keeps_what_it_says_even_a_default(extended: Path) -> None:
    path = extending(
        extended, training={"epochs": 4, "batch_size": 32, "optimizer": {"momentum": 0}}
    )
    text = formatted(read_document(path))
    assert json.loads(text) == {
        "extends": "bases/base.json",
        "training": {"optimizer": {"momentum": 0.0}, "batch_size": 32, "epochs": 4},
    }
    before = read_spec(path).document(defaults=True)
    path.write_text(text)
    assert formatted(read_document(path)) == text
    assert read_spec(path).document(defaults=True) == before


def test_the_schema_takes_a_part_where_it_extends_and_only_there() -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    part = {"training": {"optimizer": {"momentum": 0.9}}, "loss": {"reduction": "sum"}}
    assert validator.is_valid({"extends": "base.json", **part})
    assert not validator.is_valid(part)
    assert not validator.is_valid({**BASE, **part})
    assert not validator.is_valid({"extends": "base.json", "layers": ["dens"]})
