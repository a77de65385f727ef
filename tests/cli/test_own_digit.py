"""The first thing that a student tries: `netspec predict MODEL my-seven.png`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

image = pytest.importorskip("PIL.Image")
draw = pytest.importorskip("PIL.ImageDraw")
for name in ("netspec_images", "netspec_mnist"):
    pytest.importorskip(name)

LECTURE = Path(__file__).parents[2] / "specs" / "lecture"


def test_a_drawn_seven_is_read_and_known(cli: Callable[..., Any], tmp_path: Path) -> None:
    """By ten averages, which need no training; explain reads it by the same rules."""
    sheet = image.new("L", (600, 800), 225)
    line = [(150, 230), (390, 190), (250, 640)]
    draw.Draw(sheet).line(line, fill=50, width=30, joint="curve")
    sheet.save(tmp_path / "my-seven.png")
    spec, model = LECTURE / "07-ten-averages.json", tmp_path / "model"
    assert cli("train", spec, "--out", model).exit_code == 0
    answer = json.loads(cli("predict", model, tmp_path / "my-seven.png").stdout)
    assert answer["class"] == "7"
    explained = cli("explain", model, tmp_path / "my-seven.png", "--target", "7")
    assert explained.exit_code == 0
    assert 'class "7"' in explained.stdout
