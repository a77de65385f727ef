"""The event file says what the history says, whatever happened to the process that wrote it."""

from __future__ import annotations

import json
import os
import re
import signal
import struct
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from netspec_tensorboard.callback import TensorBoard, TensorBoardCallback
from netspec_tensorboard.records import crc32c, masked

from netspec import Data, Interrupted, Part, SaveError, SequentialNetwork, TrainingView, train
from netspec.testing import check_callback
from netspec.training import Training

FILE = "events.out.tfevents.netspec"
README = Path(__file__).parents[1] / "README.md"
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(20, 3)), RNG.normal(size=(20, 1))
DATA = Data(Part(X, Y))

Scalars = list[tuple[int, dict[str, float]]]


def spec(**training: Any) -> dict[str, Any]:
    return {
        "netspec": 1,
        "input_shape": [3],
        "dtype": "float64",
        "layers": [{"type": "dense", "units": 1, "weight_regularizer": "l2"}],
        "loss": "mse",
        "training": {
            "data": "arrays",
            "optimizer": "adam",
            "batch_size": 8,
            "epochs": 4,
            "validation": 0.2,
            "metrics": ["rmse"],
            "callbacks": ["tensorboard"],
            "checkpoint_steps": 1,
            **training,
        },
    }


def records_of(data: bytes) -> Iterator[bytes]:
    """What each frame of a file holds; every checksum is looked at."""
    while data:
        length, of_length = struct.unpack_from("<QI", data)
        content, (of_content,) = data[12 : 12 + length], struct.unpack_from("<I", data, 12 + length)
        assert of_length == masked(crc32c(data[:8]))
        assert of_content == masked(crc32c(content))
        yield content
        data = data[16 + length :]


def fields_of(message: bytes) -> Iterator[tuple[int, Any]]:
    """The fields of a protobuf message: number, and value by wire type."""
    left = BytesIO(message)
    while left.tell() < len(message):
        field, wire_type = divmod(_number(left), 8)
        match wire_type:
            case 0:
                yield field, _number(left)
            case 1:
                yield field, struct.unpack("<d", left.read(8))[0]
            case 2:
                yield field, left.read(_number(left))
            case 5:
                yield field, struct.unpack("<f", left.read(4))[0]
            case _:
                raise AssertionError(f"the wire type {wire_type}")


def _number(left: BytesIO) -> int:
    (byte,) = left.read(1)
    return byte if byte < 0x80 else (byte & 0x7F) + (_number(left) << 7)


def read(folder: Path) -> Scalars:
    """Each event's step, and its values by tag."""
    first, *others = (dict(fields_of(each)) for each in records_of((folder / FILE).read_bytes()))
    assert first.keys() == {1, 3}
    assert first[3] == b"brain.Event:2"
    times = [event[1] for event in (first, *others)]
    assert times == sorted(times)
    scalars = []
    for event in others:
        assert event.keys() == {1, 2, 5}
        values = [dict(fields_of(value)) for _, value in fields_of(event[5])]
        scalars.append((event[2], {value[1].decode(): value[2] for value in values}))
    return scalars


def test_the_callback_keeps_its_promises() -> None:
    check_callback(TensorBoard())


def test_every_number_of_the_history_is_a_scalar_at_its_step(tmp_path: Path) -> None:
    run = train(spec(), out=tmp_path / "run", data=DATA)
    keys = {
        "loss/train": "loss",
        "rmse/train": "rmse",
        "penalty": "penalty",
        "loss/validation": "val_loss",
        "rmse/validation": "val_rmse",
        "learning_rate": "learning_rate",
    }
    assert read(run.folder) == [
        (record["step"], {tag: float(np.float32(record[key])) for tag, key in keys.items()})
        for record in run.history
    ]


def test_what_is_no_number_stays_in_the_history(tmp_path: Path) -> None:
    document = spec(metrics=["confusion_matrix"], validation=None)
    document["layers"] = [{"type": "dense", "units": 2, "activation": "softmax"}]
    document["loss"] = "cross_entropy"
    run = train(document, out=tmp_path / "run", data=Data(Part(X, np.arange(20) % 2)))
    assert "confusion_matrix" in run.history[0]
    assert {tuple(values) for _, values in read(run.folder)} == {("loss/train", "learning_rate")}


@pytest.mark.parametrize("steps", [1, 2, 3, 5])
def test_an_interrupted_and_resumed_run_has_the_same_scalars(steps: int, tmp_path: Path) -> None:
    """Two steps an epoch: after the first step of one, and after its last."""

    def listener(training: Training, moment: str) -> None:
        if moment == "step" and training.done == steps:
            signal.raise_signal(signal.SIGINT)

    whole = train(spec(), out=tmp_path / "whole", data=DATA)
    with pytest.raises(Interrupted):
        train(spec(), out=tmp_path / "cut", data=DATA, listener=listener)
    before = (tmp_path / "cut" / FILE).read_bytes()
    train(spec(), out=tmp_path / "cut", data=DATA, resume=True)
    assert read(tmp_path / "cut") == read(whole.folder)
    assert (tmp_path / "cut" / FILE).read_bytes().startswith(before)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork")
@pytest.mark.parametrize("left", ["whole", "torn", "lost"])
def test_a_killed_and_resumed_run_has_the_same_scalars(left: str, tmp_path: Path) -> None:
    """Killed when the third epoch is in the file, and not yet in the checkpoint."""
    whole = train(spec(), out=tmp_path / "whole", data=DATA)
    cut = tmp_path / "cut"
    pid = os.fork()
    if not pid:
        _train_until_killed(cut)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    assert len(read(cut)) == 3
    if left == "torn":
        (cut / FILE).write_bytes((cut / FILE).read_bytes()[:-5])
    elif left == "lost":
        (cut / FILE).unlink()
    train(spec(), out=cut, data=DATA, resume=True)
    assert read(cut) == read(whole.folder)


def _train_until_killed(folder: Path) -> None:
    after_epoch = TensorBoardCallback.after_epoch

    def die(self: TensorBoardCallback, training: TrainingView, record: Mapping[str, Any]) -> None:
        after_epoch(self, training, record)
        if record["epoch"] == 3:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        TensorBoardCallback.after_epoch = die  # type: ignore[method-assign]
        train(spec(), out=folder, data=DATA)
    finally:
        os._exit(1)


def test_more_epochs_go_on_in_the_same_file(tmp_path: Path) -> None:
    whole = train(spec(), out=tmp_path / "whole", data=DATA)
    train(spec(epochs=2), out=tmp_path / "run", data=DATA)
    train(spec(), out=tmp_path / "run", data=DATA, resume=True)
    assert read(tmp_path / "run") == read(whole.folder)


def test_overwriting_a_run_replaces_the_file(tmp_path: Path) -> None:
    train(spec(), out=tmp_path, data=DATA)
    train(spec(epochs=1), out=tmp_path, data=DATA, overwrite=True)
    assert [step for step, _ in read(tmp_path)] == [2]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
def test_a_full_disk_is_a_save_error_that_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("run").mkdir()
    Path("run", FILE).symlink_to("/dev/full")
    with pytest.raises(SaveError, match=rf"run/{FILE}.* cannot be written: No space left"):
        train(spec(), out="run", data=DATA)


def test_without_a_folder_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    network = SequentialNetwork((3,), "mse")
    network.add({"type": "dense", "units": 1})
    network.fit(X, Y, optimizer="sgd", callbacks=["tensorboard"])
    assert not list(tmp_path.iterdir())


def test_tensorboard_reads_the_same_scalars(tmp_path: Path) -> None:
    module = "tensorboard.backend.event_processing.event_accumulator"
    reader = pytest.importorskip(module).EventAccumulator(str(tmp_path))
    train(spec(epochs=2), out=tmp_path, data=DATA)
    train(spec(), out=tmp_path, data=DATA, resume=True)
    reader.Reload()
    found: dict[int, dict[str, float]] = {}
    for tag in reader.Tags()["scalars"]:
        for event in reader.Scalars(tag):
            found.setdefault(event.step, {})[tag] = event.value
    assert list(found.items()) == read(tmp_path)


def test_the_readme_s_training_writes_the_file(tmp_path: Path) -> None:
    (block,) = re.findall(r"```json\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    training = json.loads("{" + block + "}")["training"]
    run = train(spec(**training), out=tmp_path / "run", data=DATA)
    assert len(read(run.folder)) == training["epochs"]
