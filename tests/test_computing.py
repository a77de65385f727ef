"""While netspec computes, numpy is silent and its buffers are short; afterwards all is as it was."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import netspec
from netspec import Array, Data, Part
from netspec.arrays import Computing
from netspec.builtins.activations.relu import ReLU
from netspec.verify import verify

SPEC = {
    "netspec": 1,
    "input_shape": [3],
    "layers": [{"type": "dense", "units": 4, "activation": "relu"}, {"type": "dense", "units": 2}],
    "loss": "mse",
    "training": {"data": "arrays", "optimizer": "sgd", "epochs": 2, "validation": 0.25},
}


def test_numpy_is_afterwards_as_it_was_even_where_something_raises() -> None:
    before = np.getbufsize(), np.geterr()
    with pytest.raises(ZeroDivisionError), Computing():
        raise ZeroDivisionError
    assert (np.getbufsize(), np.geterr()) == before


def test_numpy_warns_of_nothing_meanwhile() -> None:
    with Computing():
        assert np.isinf(np.float32(1) / np.zeros(1, np.float32)).all()


def test_what_must_have_the_same_bits_is_computed_through_the_same_buffer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    buffers: set[int] = set()
    plain = ReLU.forward

    def forward(self: ReLU, x: Array) -> Array:
        buffers.add(np.getbufsize())
        return plain(self, x)

    monkeypatch.setattr(ReLU, "forward", forward)
    x = np.linspace(-1, 1, 60, dtype=np.float32).reshape(20, 3)
    y = x[:, :2].copy()
    run = netspec.train(SPEC, data=Data(Part(x, y)), out=tmp_path / "run")
    run.network.evaluate(x, y)
    run.network.fit(x, y, epochs=1, optimizer="sgd")
    verify(tmp_path / "run")
    assert len(buffers) == 1
    assert buffers != {np.getbufsize()}


PREDICT = """
network = SequentialNetwork((256,))
network.add(Dense(units=128))
computed = lambda: network.predict(x)
"""
BLEND = """
def computed():
    out = np.ones((256, 128), x.dtype)
    blend(out, Product(x.T, x[:, :128]))
    return out
"""


@pytest.mark.parametrize("code", [PREDICT, BLEND], ids=["predict", "blend"])
def test_the_first_product_of_a_process_has_the_bits_of_all_that_follow(code: str) -> None:
    """Nobody has looked at BLAS before it; where it has one thread, that changes no bit."""
    code = f"""
import numpy as np
from netspec import Dense, Product, SequentialNetwork, blend
x = np.random.default_rng(0).normal(size=(64, 256)).astype(np.float32)
{code}
assert computed().tobytes() == computed().tobytes()
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_a_training_leaves_blas_the_threads_that_it_found() -> None:
    """And a key to bits says how many those are, also while somebody trains."""
    code = """
import numpy as np, threadpoolctl
from netspec import SequentialNetwork
from netspec.provenance import bits_key

def threads():
    return {each["num_threads"] for each in threadpoolctl.threadpool_info()}

network = SequentialNetwork((64,), "mse", seed=1)
network.extend([{"type": "dense", "units": 64}, "relu", {"type": "dense", "units": 2}])
heard = []

def progress(training):
    heard.append(bits_key()["threads"])

before = bits_key()["threads"]
with threadpoolctl.threadpool_limits(1):
    network.fit(np.zeros((8, 64)), np.zeros((8, 2)), optimizer="adam", progress=progress)
    assert threads() == {1}
    assert bits_key()["threads"] == 1 and set(heard) == {1}
assert bits_key()["threads"] == before
"""
    unset = {key: value for key, value in os.environ.items() if not key.endswith("_NUM_THREADS")}
    subprocess.run([sys.executable, "-c", code], check=True, env=unset)
