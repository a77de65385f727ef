"""`netspec train`."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from netspec.cli.progress import Watcher

from .conftest import write_spec


def weights(run: Path) -> str:
    """The digest of a run's weights."""
    digest: str = json.loads((run / "model.json").read_text())["weights"]["sha256"]
    return digest


def test_the_result_goes_to_standard_output_and_a_line_an_epoch_to_standard_error(
    cli, folder: Path
) -> None:
    done = cli("train", "spec.json")
    assert done.exit_code == 0
    first, samples, last, test = done.stdout.splitlines()
    assert first == f"{Path('runs/tiny')}: trained, 2 epochs"
    assert samples == "samples: 180 train, 20 validation, 100 test"
    assert last.startswith("last epoch: loss 0.")
    assert "val_accuracy 0." in last
    assert test.startswith("test: loss 0.")
    lines = done.stderr.splitlines()
    assert [line[:9] for line in lines] == ["epoch 1/2", "epoch 2/2"]
    assert lines[1].endswith("samples/s")


def test_json_prints_one_object(cli, folder: Path) -> None:
    found = json.loads(cli("train", "spec.json", "--json").stdout)
    assert found["folder"] == str(Path("runs/tiny"))
    assert found["ended"] == "epochs"
    assert found["record"]["epoch"] == 2
    assert set(found["test"]) == {"loss", "accuracy"}


def test_without_out_the_next_free_folder_is_taken(cli, folder: Path) -> None:
    names = [json.loads(cli("train", "spec.json", "--json").stdout)["folder"] for _ in range(3)]
    assert names == [str(Path("runs") / name) for name in ("tiny", "tiny-2", "tiny-3")]


def test_resume_on_a_finished_run_says_so_and_changes_no_byte(
    cli, folder: Path, read_bytes: Callable[[Path], dict[str, bytes]]
) -> None:
    cli("train", "spec.json", "--out", "run")
    before = read_bytes(folder / "run")
    done = cli("train", "spec.json", "--out", "run", "--resume")
    assert done.exit_code == 0
    assert "finished already" in done.stdout
    assert read_bytes(folder / "run") == before


def test_a_run_that_exists_is_replaced_only_where_that_was_said(cli, folder: Path) -> None:
    cli("train", "spec.json", "--out", "run")
    refused = cli("train", "spec.json", "--out", "run")
    assert refused.exit_code == 8
    assert "--resume" in refused.stderr
    assert "--overwrite" in refused.stderr
    assert cli("train", "spec.json", "--out", "run", "--overwrite").exit_code == 0


@pytest.mark.parametrize("rate", ["1e-3", "1E-3", "0.001"])
def test_set_reads_a_number_as_json(cli, folder: Path, rate: str) -> None:
    assert (
        cli("train", "spec.json", "--set", f"training.optimizer.learning_rate={rate}").exit_code
        == 0
    )
    document = json.loads((folder / "runs/tiny/model.json").read_text())
    assert document["training"]["optimizer"]["learning_rate"] == 0.001


@pytest.mark.parametrize(
    ("setting", "code", "said"),
    [
        ('training.optimizer.learning_rate="1e-3"', 3, "--set training.optimizer.learning_rate"),
        ("layers.0.units=true", 3, "--set layers.0.units"),
        ("layers.0.units=10.5", 3, "--set layers.0.units"),
        ("layers.0.units=", 2, "PATH=VALUE"),
        ("layers.9.units=3", 3, "indices: 0 to 3"),
        ("training.metrics=[3]", 3, "--set training.metrics: /training/metrics/0"),
        ("loss=mse", 0, ""),
        (
            'training.callbacks=[{"type":"early_stopping","monitor":"val_acc"}]',
            3,
            "--set training.callbacks: /training/callbacks/0/monitor",
        ),
    ],
)
def test_set_names_the_option_where_its_value_is_wrong(
    cli, folder: Path, setting: str, code: int, said: str
) -> None:
    done = cli("train", "spec.json", "--set", setting, "--set", "training.epochs=0")
    assert done.exit_code == code, done.stderr
    assert said in done.stderr


@pytest.mark.parametrize(
    "options", [["--resume"], ["--overwrite"], ["--out", "run", "--resume", "--overwrite"]]
)
def test_options_that_make_no_sense_are_wrong_usage(cli, folder: Path, options: list[str]) -> None:
    assert cli("train", "spec.json", *options).exit_code == 2


def test_a_spec_comes_from_standard_input_too(cli, folder: Path) -> None:
    done = cli("train", "-", stdin=(folder / "spec.json").read_text())
    assert done.exit_code == 0, done.stderr


def test_the_data_root_replaces_the_folder_of_the_spec(cli, folder: Path) -> None:
    (folder / "elsewhere").mkdir()
    (folder / "data.npz").rename(folder / "elsewhere" / "data.npz")
    assert cli("train", "spec.json").exit_code == 5
    assert cli("train", "spec.json", "--data-root", "elsewhere").exit_code == 0


def test_a_model_is_trained_afresh_on_the_data_that_its_run_found(
    cli, folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("train", "spec.json", "--out", "deep/run").exit_code == 0
    model = folder / "deep/run/model.json"
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert cli("validate", model, "--data").exit_code == 0
    done = cli("train", model, "--out", "again")
    assert done.exit_code == 0, done.output
    assert weights(Path("again")) == weights(model.parent)


def test_a_file_that_is_not_there_is_named_with_the_folder_it_was_looked_for_in(
    cli, folder: Path
) -> None:
    done = cli("train", "spec.json", "--data-root", folder / "no")
    assert done.exit_code == 5
    assert f'data.npz: there is no such file in "{folder / "no"}"' in done.stderr
    assert "--data-root" in done.stderr


def test_from_lists_what_was_taken_and_what_was_not(cli, folder: Path, trained: Path) -> None:
    done = cli("train", "spec.json", "--from", trained, "--set", "layers.2.name=answer")
    assert done.exit_code == 0, done.stderr
    rows = dict(line.split("  ", 1) for line in done.stdout.splitlines()[1:9])
    assert rows["dense_1.weight"].strip() == "taken"
    assert rows["answer.weight"].strip() == "drawn afresh: not in the model"
    assert rows["dense_2.weight"].strip() == "not used"
    provenance = json.loads((folder / "runs/tiny/model.json").read_text())["provenance"]
    assert provenance["from"] == weights(trained)


def test_a_rate_that_is_far_too_high_ends_with_7(cli, folder: Path) -> None:
    done = cli("train", "spec.json", "--set", "training.optimizer.learning_rate=1e30")
    assert done.exit_code == 7
    assert "epoch 1, batch" in done.stderr


def test_a_dead_layer_is_told_once_and_training_goes_on(process, folder: Path) -> None:
    """After the first epoch, in words on standard error and as a share in the result."""
    layers = [
        {"type": "dense", "units": 8, "bias_init": {"type": "constant", "value": -99.0}},
        "relu",
        {"type": "dense", "units": 2},
        "softmax",
    ]
    write_spec(folder / "dead.json", layers=layers)
    done = process("train", "dead.json", "--json")
    assert done.returncode == 0
    assert done.stderr.count(b"relu_1: 100% of its units pass no gradient on") == 1
    found = json.loads(done.stdout)
    assert found["dead"] == {"relu_1": 1.0}
    assert "dead" not in found["record"]


def test_a_training_whose_messages_nobody_reads_goes_on(folder: Path) -> None:
    leader, follower = os.pipe()
    os.close(leader)
    command = [sys.executable, "-m", "netspec", "train", "spec.json"]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=follower)
    os.close(follower)
    assert done.returncode == 0
    assert b"trained, 2 epochs" in done.stdout


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_interrupted_it_prints_the_line_that_goes_on_to_the_same_bits(
    cli, process, folder: Path, number: int, code: int
) -> None:
    out = folder / "a run"
    command = [sys.executable, "-m", "netspec", "train", "spec.json", "--out", str(out)]
    command.append("--json")
    many = ["--set", "training.epochs=1000000"]
    training = subprocess.Popen([*command, *many], stderr=subprocess.PIPE, cwd=folder)
    while not (out / "history.jsonl").exists():
        assert training.poll() is None
        time.sleep(0.02)
    training.send_signal(number)
    _, errors = training.communicate(timeout=30)
    assert training.returncode == code
    line = shlex.split(errors.decode().splitlines()[-1])
    assert line[:3] == ["netspec", "train", "spec.json"]
    assert line[-3:] == [*many, "--json"]
    epochs = len((out / "history.jsonl").read_text().splitlines()) + 2
    shorter = ["--set", f"training.epochs={epochs}"]
    resumed = cli(*line[1:], *shorter)
    assert resumed.exit_code == 0, resumed.stderr
    assert cli("train", "spec.json", "--out", "whole", *shorter).exit_code == 0
    assert weights(out) == weights(folder / "whole")


class _Training:
    """What a watcher reads of a training."""

    samples = 100
    epoch = last_epoch = 1
    position, batches = 3, 10
    records = ({"epoch": 1, "loss": 0.5, "learning_rate": 0.1, "dead": {}},)

    class plan:  # noqa: N801
        batch_size = 10


def test_a_step_costs_next_to_nothing_to_watch() -> None:
    """A few hundred nanoseconds where nothing else runs; the bound leaves room for a busy machine."""
    drawn = []
    watcher = Watcher(drawn.append, lambda training, rate: drawn.append("bar"))
    training = _Training()
    steps = 200_000
    start = time.perf_counter()
    for _ in range(steps):
        watcher(training, "step")  # type: ignore[arg-type]
    each = (time.perf_counter() - start) / steps
    assert each < 2e-6
    watcher(training, "epoch")  # type: ignore[arg-type]
    assert drawn[-1].startswith("epoch 1/1  loss 0.5  ")


@pytest.mark.skipif(os.name != "posix", reason="a terminal of POSIX")
def test_on_a_terminal_there_is_a_bar_and_no_color_where_that_is_wished(folder: Path) -> None:
    import pty

    def seen(**environment: str) -> str:
        leader, follower = pty.openpty()
        command = [sys.executable, "-m", "netspec", "train", "spec.json"]
        command += ["--set", "training.epochs=50"]
        env = {**os.environ, "TERM": "xterm", **environment}
        running = subprocess.Popen(command, stderr=follower, stdout=subprocess.PIPE, env=env)
        os.close(follower)
        text = b""
        while True:
            try:
                text += os.read(leader, 65536)
            except OSError:
                break
        running.communicate(timeout=30)
        os.close(leader)
        assert running.returncode == 0
        return text.decode()

    coloured, plain = seen(), seen(NO_COLOR="1")
    assert "samples/s" in coloured
    assert "\x1b[3" in coloured or "\x1b[9" in coloured
    assert "\x1b[3" not in plain
    assert "\x1b[9" not in plain
