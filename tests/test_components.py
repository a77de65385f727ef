"""Every component that is installed, of every kind and ours like anybody's, keeps its promises."""

from __future__ import annotations

import hashlib
import inspect
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from netspec import (
    Activation,
    Callback,
    CallbackSpec,
    Component,
    Dataset,
    Initializer,
    Layer,
    LayerSpec,
    Loss,
    Metric,
    Optimizer,
    OptimizerSpec,
    Registry,
    Regularizer,
    Schedule,
    SequentialNetwork,
    SpecError,
    save,
)
from netspec.testing import check_component, examples
from netspec.testing.examples import read
from netspec.wording import refusal

BASES: dict[str, type[Component]] = {
    base.kind: base
    for base in (
        Activation,
        CallbackSpec,
        Dataset,
        Initializer,
        LayerSpec,
        Loss,
        Metric,
        OptimizerSpec,
        Regularizer,
        Schedule,
    )
}
RUNNING = (Layer, Optimizer, Callback)
CLASSES = [offer.load() for offer in Registry.installed().offers()]
LAYERS = [cls for cls in CLASSES if issubclass(cls, LayerSpec)]
every_class = pytest.mark.parametrize("cls", CLASSES, ids=lambda c: f"{c.kind}-{c.type_name()}")
TAKES_ACTIVATION = [cls for cls in LAYERS if "activation" in cls.model_fields]
every_layer = pytest.mark.parametrize("cls", LAYERS, ids=lambda c: c.type_name())


def instances() -> Iterator[Any]:
    for cls in CLASSES:
        for n, document in enumerate(cls.examples):
            number = f"-{n + 1}" if n else ""
            yield pytest.param(cls, document, id=f"{cls.kind}-{cls.type_name()}{number}")


@pytest.mark.parametrize(("cls", "document"), list(instances()))
def test_a_component_keeps_its_promises(cls: type[Component], document: dict[str, Any]) -> None:
    check_component(read(cls, document, Registry.installed()))


def test_every_kind_that_can_be_offered_is_proved() -> None:
    offered = {kind for found in Registry.installed().plugins() for kind in found.offers}
    assert offered <= BASES.keys()
    for kind, base in BASES.items():
        assert kind in offered, f"nothing of the kind {kind} is installed"
        assert base.kind == kind


@every_class
def test_a_bare_type_is_the_type_with_its_defaults(cls: type[Component]) -> None:
    """Where a field must be given, the bare type is refused, and the error names the field."""
    adapter = TypeAdapter(BASES[cls.kind])
    context = {"registry": Registry.installed()}
    needed = [name for name, field in cls.model_fields.items() if field.is_required()]
    if not needed:
        assert adapter.validate_python(cls.type_name(), context=context) == cls()
        return
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(cls.type_name(), context=context)
    said = str(refusal(caught.value))
    assert all(f'"{name}" is missing' in said for name in needed)


@every_class
def test_a_misspelt_key_is_refused_with_the_nearest(cls: type[Component]) -> None:
    document = {**cls.examples[0], "type_": "x"}
    with pytest.raises(SpecError, match=r'unknown key "type_".*did you mean "type"'):
        read(cls, document, Registry.installed())


@every_class
def test_a_component_extends_no_other_that_is_offered(cls: type[Component]) -> None:
    """A class is abstract or final: what two share stands in a class that nobody offers."""
    assert not inspect.isabstract(cls)
    assert not set(CLASSES) & set(cls.__mro__[1:])


@every_class
def test_only_answers_of_the_kind_s_own_base_are_overridden(cls: type[Component]) -> None:
    """A kind's base answers some questions for everybody; other methods are written once."""
    written: dict[str, type] = {}
    for each in reversed(cls.__mro__[: cls.__mro__.index(BASES[cls.kind])]):
        for name, value in vars(each).items():
            if inspect.isfunction(value) and not name.startswith("__"):
                assert name not in written, f"{each.__name__}.{name} overrides {written[name]}"
                if not getattr(value, "__isabstractmethod__", False):
                    written[name] = each


@pytest.mark.parametrize("cls", TAKES_ACTIVATION, ids=lambda c: c.type_name())
def test_an_activation_of_a_layer_is_a_link_of_its_own(cls: type[LayerSpec]) -> None:
    """`"activation": "tanh"` gives the numbers of the layer with `tanh` behind it."""
    registry = Registry.installed()
    with_it = read(cls, {**cls.examples[0], "activation": "tanh"}, registry)
    joined = SequentialNetwork(cls.example_shape, seed=3)
    joined.add(with_it)
    apart = SequentialNetwork(cls.example_shape, seed=3)
    apart.add(read(cls, cls.examples[0], registry))
    apart.add("tanh")
    x = np.random.default_rng(0).normal(size=(3, *cls.example_shape))
    assert joined.predict(x).tobytes() == apart.predict(x).tobytes()


@every_layer
def test_a_layer_is_described(cls: type[LayerSpec], capsys: pytest.CaptureFixture[str]) -> None:
    network = alone(cls)
    network.describe()
    assert f"{cls.type_name()}_1" in capsys.readouterr().out
    assert cls.type_name() in repr(network.head)


def alone(cls: type[LayerSpec]) -> SequentialNetwork:
    """A network of this layer and nothing else."""
    spec = next(examples(cls))
    integers = None if "f" in cls.accepts else "int64"
    network = SequentialNetwork(cls.example_shape, "mse", input_dtype=integers, seed=1)
    network.add(spec)
    return network


LOAD = """
import hashlib, sys, pathlib, numpy as np, netspec
for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    x = np.load(folder / "x.npy")
    print(folder.name, hashlib.sha256(netspec.load(folder).predict(x).tobytes()).hexdigest())
"""


def test_every_layer_predicts_the_same_bytes_in_a_new_process(tmp_path: Path) -> None:
    """After a training, with all state, and whatever the order of hashes there."""
    expected = {}
    for cls in LAYERS:
        network = alone(cls)
        rng = np.random.default_rng(0)
        shape = (3, *cls.example_shape)
        x = rng.normal(size=shape) if "f" in cls.accepts else rng.integers(0, 2, shape)
        network.fit(x, np.resize([0, 1], (3, *network.output_shape)), optimizer="sgd")
        folder = save(network, tmp_path / cls.type_name())
        np.save(folder / "x.npy", x)
        expected[cls.type_name()] = hashlib.sha256(network.predict(x).tobytes()).hexdigest()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", LOAD, str(tmp_path)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert dict(line.split() for line in done.stdout.splitlines()) == expected
