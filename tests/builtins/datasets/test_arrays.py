"""The dataset that Python fills."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from netspec import Arrays, DataError, Part


def test_a_document_cannot_open_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"netspec\.train\(spec, data=") as caught:
        Arrays().open(tmp_path)
    assert caught.value.exit_code == 5


def test_a_part_has_a_target_and_a_weight_for_each_sample() -> None:
    with pytest.raises(DataError, match="10 samples, but 9 targets"):
        Part(np.zeros((10, 2)), np.zeros(9))
    with pytest.raises(DataError, match="10 samples, but 0 targets"):
        Part(np.zeros((10, 2)), None)
    with pytest.raises(DataError, match="10 samples, but 11 weights"):
        Part(np.zeros((10, 2)), np.zeros(10), np.zeros(11))
    assert len(Part(np.zeros((0, 2)), np.zeros(0))) == 0
