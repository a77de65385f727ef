"""Memory: the arrays of one step are the memory of the next."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

_TRAIN = """
import resource
from typing import Literal

import numpy as np

import netspec
from netspec import Callback, CallbackSpec

counts = []

class Counting(Callback):
    def after_step(self, training, loss):
        counts.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)

class CountFaults(CallbackSpec):
    type: Literal["count_faults"] = "count_faults"

    def build(self):
        return Counting(self)

layers = [{"type": "lstm", "units": 128}, {"type": "dense", "units": 2}]
network = netspec.build({"netspec": 1, "input_shape": [28, 28], "layers": layers, "loss": "mse"})
x, y = np.zeros((1280, 28, 28), np.float32), np.zeros((1280, 2), np.float32)
network.fit(x, y, epochs=1, batch_size=128, optimizer="sgd", callbacks=[CountFaults()])
print(*np.diff(counts))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries do as they like")
def test_a_step_of_training_asks_the_system_for_no_page() -> None:
    """Its arrays come and go: 2000 to 3000 pages a step, were they given back."""
    done = subprocess.run(
        [sys.executable, "-c", _TRAIN], check=True, capture_output=True, text=True
    )
    faults = sorted(map(int, done.stdout.split()))
    assert len(faults) == 9
    assert faults[5] < 100, faults
