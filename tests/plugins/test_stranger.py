"""A package that nobody here wrote: it trains, saves, loads, and touches nothing of the core."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

import netspec

LAYER = '''
"""A layer for netspec: one scale and shift for each feature."""
from typing import Literal

from netspec import Initializer, Layer, LayerSpec, hookimpl
from netspec.builtins.initializers.normal import Normal

class Scale(LayerSpec):
    """y = s x + 1, feature by feature."""
    type: Literal["scale"] = "scale"
    scale_init: Initializer = Normal()

    def build(self, site):
        return ScaleLayer(self, site)

class ScaleLayer(Layer[Scale]):
    def __init__(self, spec, site):
        super().__init__(spec, site)
        self.params["scale"] = site.draw(spec.scale_init, site.input_shape)

    def forward(self, x, tape):
        tape.save(self, x)
        return x * self.params["scale"] + 1

    def backward(self, grad, tape):
        (x,) = tape.load(self)
        return grad * self.params["scale"], {"scale": (grad * x).sum(axis=0)}

@hookimpl
def netspec_layers():
    return [Scale]
'''

ACTIVATION = '''
"""An activation for netspec."""
from typing import Literal

import numpy as np
from netspec import Activation, hookimpl

class Sine(Activation):
    """y = sin x."""
    type: Literal["sine"] = "sine"

    def forward(self, x):
        return np.sin(x)

    def backward(self, grad, x, y):
        return grad * np.cos(x)

@hookimpl
def netspec_activations():
    return [Sine]
'''

LOSS = '''
"""A loss for netspec."""
from typing import Literal

from netspec import DataError, Loss, hookimpl

class Quartic(Loss):
    """l = Σ (ŷ − y)⁴."""
    type: Literal["quartic"] = "quartic"

    def value(self, output, target):
        return ((output - self.like(output, target)) ** 4).reshape(len(output), -1).sum(axis=1)

    def gradient(self, output, target):
        return 4 * (output - self.like(output, target)) ** 3

    def like(self, output, target):
        if target.shape != output.shape:
            raise DataError("quartic takes no class indices", "give one target for each output")
        return target

@hookimpl
def netspec_losses():
    return [Quartic]
'''

PARTS = {"netspec_scale": LAYER, "netspec_sine": ACTIVATION, "netspec_quartic": LOSS}
DOOR = "from netspec_scale import *\nfrom netspec_sine import *\nfrom netspec_quartic import *\n"

TRAIN = """
import sys, numpy as np, netspec
rng = np.random.default_rng(0)
x = rng.normal(size=(40, 3)).astype(np.float32)
y = (x @ np.array([[0.5], [-0.2], [0.1]])).astype(np.float32)
spec = {
    "netspec": 1, "input_shape": [3], "loss": "quartic",
    "layers": [{"type": "dense", "units": 4}, "scale", "sine", {"type": "dense", "units": 1}],
}
network = netspec.build(spec)
records = network.fit(x, y, epochs=8, batch_size=5, optimizer={"type": "sgd", "learning_rate": 0.01})
assert records[-1]["loss"] < records[0]["loss"] / 2, records
netspec.save(network, sys.argv[1])
np.save(sys.argv[2], x)
print(network.predict(x).tobytes().hex())
"""
PREDICT = """
import sys, numpy as np, netspec
try:
    print(netspec.load(sys.argv[1]).predict(np.load(sys.argv[2])).tobytes().hex())
except netspec.NetspecError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
"""
PROVE = """
from netspec import Registry
from netspec.testing import check_component, example
for found in Registry.installed().plugins():
    if found.origin.distribution == "netspec-stranger":
        for kind, types in found.offers.items():
            for name in types:
                namespace = "layer" if kind == "activation" else kind
                cls = Registry.installed().offer(namespace, kind, name).load()
                check_component(example(cls))
                print(kind, name)
"""


@pytest.fixture
def stranger(shelf: Any) -> Any:
    modules = {**PARTS, "netspec_stranger": DOOR}
    shelf.install("netspec-stranger", "0.3", modules=modules, module="netspec_stranger")
    return shelf


def core() -> str:
    """One digest of every file of the core."""
    house = Path(netspec.__file__).parent
    sha = hashlib.sha256()
    for path in sorted(house.rglob("*.py")):
        sha.update(path.read_bytes())
    return sha.hexdigest()


@pytest.mark.parametrize("code", PARTS.values(), ids=PARTS)
def test_a_component_is_written_in_about_25_lines(code: str) -> None:
    assert len([line for line in code.splitlines() if line.strip()]) <= 27


def test_a_stranger_s_components_keep_their_promises(stranger: Any) -> None:
    done = stranger.run(PROVE)
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == ["activation sine", "layer scale", "loss quartic"]


def test_a_model_of_theirs_trains_saves_and_loads_to_the_bit(stranger: Any, tmp_path: Path) -> None:
    """In a new process; the model records whose its components are."""
    before = core()
    model, inputs = tmp_path / "model", tmp_path / "x.npy"
    trained = stranger.run(TRAIN, model, inputs)
    assert trained.returncode == 0, trained.stderr
    again = stranger.run(PREDICT, model, inputs)
    assert again.stdout == trained.stdout != ""
    document = json.loads((model / "model.json").read_text(encoding="utf-8"))
    assert document["provenance"]["plugins"] == {
        "netspec-stranger": {
            "version": "0.3",
            "types": ["layer/scale", "layer/sine", "loss/quartic"],
        }
    }
    assert core() == before


def test_without_the_package_its_model_is_refused_and_says_what_to_install(
    stranger: Any, tmp_path: Path
) -> None:
    model, inputs = tmp_path / "model", tmp_path / "x.npy"
    assert stranger.run(TRAIN, model, inputs).returncode == 0
    written = {path: path.read_bytes() for path in model.iterdir()}
    (stranger.folder / "netspec_stranger-0.3.dist-info" / "entry_points.txt").unlink()
    refused = stranger.run(PREDICT, model, inputs)
    assert refused.returncode == 6
    for kind, name in (("layer", "scale"), ("layer", "sine"), ("loss", "quartic")):
        assert f'unknown {kind} "{name}"' in refused.stderr
    assert "install netspec-stranger==0.3" in refused.stderr
    assert {path: path.read_bytes() for path in model.iterdir()} == written


def test_with_the_package_broken_its_model_says_what_fails(stranger: Any, tmp_path: Path) -> None:
    """It is installed: to install it again would not help."""
    model, inputs = tmp_path / "model", tmp_path / "x.npy"
    assert stranger.run(TRAIN, model, inputs).returncode == 0
    (stranger.folder / "netspec_sine.py").write_text("import scipy_nope", encoding="utf-8")
    refused = stranger.run(PREDICT, model, inputs)
    assert refused.returncode == 6
    assert "netspec-stranger 0.3 is installed, but fails" in refused.stderr
    assert "scipy_nope" in refused.stderr


def test_a_real_installer_s_package_is_found(tmp_path: Path) -> None:
    """A wheel, put into a folder by pip."""
    if find_spec("pip") is None:
        pytest.skip("there is no pip here")
    wheel = tmp_path / "netspec_sine-0.1-py3-none-any.whl"
    about = "netspec_sine-0.1.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("netspec_sine.py", dedent(ACTIVATION))
        archive.writestr(
            f"{about}/METADATA", "Metadata-Version: 2.1\nName: netspec-sine\nVersion: 0.1\n"
        )
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{about}/entry_points.txt", "[netspec]\nsine = netspec_sine\n")
        archive.writestr(f"{about}/RECORD", "")
    site = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "-q"]
    subprocess.run([*pip, "--target", str(site), str(wheel)], check=True, capture_output=True)
    code = "import netspec; print(netspec.Registry.installed().origin_of(type(netspec.build("
    code += '{"netspec": 1, "input_shape": [2], "layers": ["sine"]}).head.spec)))'
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "netspec-sine 0.1"
