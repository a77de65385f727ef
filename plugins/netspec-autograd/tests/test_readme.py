"""What the README shows is so."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from netspec import build, read_spec
from netspec.testing import check_activation

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The README's blocks in this language."""
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_layer_and_the_activation_that_are_shown_keep_their_promises_and_learn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = ModuleType("shown")
    monkeypatch.setitem(sys.modules, "shown", module)  # where pickle finds the classes
    shown: dict[str, Any] = module.__dict__
    for block in blocks("python"):
        exec(block, shown)  # noqa: S102
    check_activation(shown["Snake"]())
    network = shown["network"]
    x = np.random.default_rng(0).normal(size=(128, 8))
    y = np.tanh(x[:, :1]) + x[:, 1:2]
    before = network.evaluate(x, y)["loss"]
    network.fit(x, y, epochs=20, optimizer={"type": "adam", "learning_rate": 0.01})
    assert network.evaluate(x, y)["loss"] < before / 5


def test_the_network_that_is_shown_is_one() -> None:
    (layers,) = blocks("json")
    spec = read_spec({"netspec": 1, **json.loads("{" + layers + "}")})
    assert build(spec).predict(np.zeros((2, 10))).shape == (2, 1)
