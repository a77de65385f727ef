"""How a command ends: one line a fault, the right exit code, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from netspec import Registry, errors
from netspec.cli import output, program

from .conftest import SPEC, write_spec

LONG = "x" * 300
NOWHERE = {"type": "npz", "path": LONG}


def raising(error: BaseException) -> click.Command:
    @click.command("fail")
    def fail() -> None:
        raise error

    return fail


@pytest.fixture
def fail_with(cli, monkeypatch: pytest.MonkeyPatch):
    """Runs a command that raises."""

    def call(error: BaseException, *options: str):
        monkeypatch.setattr(type(program), "get_command", lambda *_: raising(error))
        return cli(*options, "train")

    return call


ERRORS = [
    (errors.SpecError, 3),
    (errors.ModelError, 4),
    (errors.DataError, 5),
    (errors.PluginError, 6),
    (errors.DivergenceError, 7),
    (errors.SaveError, 8),
    (errors.RunLocked, 8),
    (errors.LimitError, 9),
]


@pytest.mark.parametrize(("error", "code"), ERRORS)
def test_every_error_ends_with_its_exit_code_and_one_line(fail_with, error, code: int) -> None:
    done = fail_with(error("this is wrong", "do that"))
    assert done.exit_code == code
    assert done.stderr == "netspec: error: this is wrong; do that\n"
    assert done.stdout == ""


def test_a_fault_with_a_place_is_drawn_beneath_its_line(cli, tmp_path: Path) -> None:
    spec = tmp_path / "spec.json"
    spec.write_text('{\n  "netspec": 1,\n  "input_shape": [4],\n  "layers": ["relo"]\n}')
    done = cli("validate", spec)
    assert done.exit_code == 3
    line, text, caret = done.stderr.splitlines()
    assert line.startswith(f"netspec: error: {spec}:4:14: /layers/0: unknown layer")
    assert 'did you mean "relu"?' in line
    assert text == '      "layers": ["relo"]'
    assert caret.index("^") == text.index('"relo"')


def test_a_small_document_of_many_faults_gives_little_text(cli, tmp_path: Path) -> None:
    spec = write_spec(tmp_path / "a.json", input_shape=[-1] * 20_000)
    result = cli("validate", spec)
    assert result.exit_code == 3
    assert result.stderr.endswith("\nnetspec: error: and at least 900 more\n")
    assert len(result.stderr) < 50_000


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["show", LONG], 3),
        (["migrate", LONG], 3),
        (["diff", LONG, "spec.json"], 3),
        (["predict", LONG, "data.npz"], 4),
        (["verify", LONG], 4),
        (["freeze", LONG], 4),
        (["train", "spec.json", "--from", LONG], 4),
        (["train", "spec.json", "--data-root", LONG], 5),
        (["train", "long.json"], 5),
        (["train", "spec.json", "--out", LONG], 8),
    ],
)
def test_a_path_too_long_for_the_disk_is_no_defect(
    cli, folder: Path, words: list[str], code: int
) -> None:
    write_spec(folder / "long.json", training={**SPEC["training"], "data": NOWHERE})
    result = cli(*words)
    assert result.exit_code == code, result.stderr
    assert "File name too long" in result.stderr


def test_nothing_in_an_error_can_move_the_cursor(fail_with) -> None:
    done = fail_with(errors.DataError("a\x1b[2J\nb"))
    assert done.stderr == "netspec: error: a\\x1b[2J b\n"


def test_a_defect_is_called_one_and_debug_shows_where(fail_with) -> None:
    done = fail_with(ZeroDivisionError("no"))
    assert done.exit_code == 1
    assert "this is a defect of netspec: ZeroDivisionError: no" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Traceback" in fail_with(ZeroDivisionError("no"), "--debug").stderr


def test_debug_is_an_option_of_each_command_too(cli) -> None:
    assert "Traceback" in cli("validate", "nowhere.json", "--debug").stderr


def test_too_little_memory_is_a_limit(fail_with) -> None:
    assert fail_with(MemoryError()).exit_code == 9


def test_ctrl_c_ends_with_130(fail_with) -> None:
    done = fail_with(KeyboardInterrupt())
    assert done.exit_code == 130
    assert done.stderr == "netspec: interrupted\n"


def write_plugin(folder: Path, code: str, entry_points: str) -> None:
    """An installed distribution netspec-bad 2.0 of one module."""
    (folder / "netspec_bad.py").write_text(code)
    info = folder / "netspec_bad-2.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: netspec-bad\nVersion: 2.0\n")
    (info / "entry_points.txt").write_text(f"{entry_points}\n")


def test_a_warning_is_one_line_without_file_or_line_number(process, folder: Path) -> None:
    write_plugin(folder, "raise RuntimeError('broken at import')\n", "[netspec]\nbad = netspec_bad")
    done = process("validate", "spec.json", env={"PYTHONPATH": str(folder)})
    assert done.returncode == 0
    assert done.stderr == (
        b"netspec: warning: the plugin netspec-bad 2.0 (bad) stays out: "
        b"RuntimeError: broken at import\n"
    )


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices of POSIX")
class TestStreams:
    """Whatever standard output is, the work was not in vain."""

    def test_a_closed_pipe_ends_quietly(self, folder: Path) -> None:
        command = f'"{sys.executable}" -m netspec schema | head -c 1'
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command], check=False, capture_output=True
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, b"{", b"")

    def test_a_full_disk_under_the_output_is_said(self, process, folder: Path) -> None:
        with open("/dev/full", "wb") as full:
            done = process(
                "show", "spec.json", stdout=full, stderr=subprocess.PIPE, capture_output=False
            )
        assert done.returncode == 8
        assert b"standard output cannot be written: No space left" in done.stderr

    def test_without_any_standard_output_a_command_still_works(self, folder: Path) -> None:
        command = f'"{sys.executable}" -m netspec show spec.json >&-'
        done = subprocess.run(["bash", "-c", command], check=False, capture_output=True)
        assert (done.returncode, done.stderr) == (0, b"")


def test_a_training_and_what_reads_it_never_fail_on_their_output(process, folder: Path) -> None:
    """Every table and line, of a network named in Hangul, where only ASCII can be shown."""
    layers = [
        {"type": "dense", "units": 8, "activation": "relu", "name": "층"},
        {"type": "dense", "units": 2},
        "softmax",
    ]
    write_spec(folder / "망.json", name="망", description="½ σ → ✓", layers=layers)
    (folder / "표.json").write_text("[[0, 1, 2, 3]]")
    for command in (
        ["train", "망.json", "--out", "결과"],
        ["show", "결과"],
        ["diff", "spec.json", "결과"],
        ["explain", "결과"],
        ["predict", "결과", "표.json"],
    ):
        done = process(*command, env={"PYTHONIOENCODING": "ascii"})
        assert done.returncode == 0, (command, done.stderr)
        assert (done.stdout + done.stderr).isascii()


def ascii_of(text: str) -> str:
    return text.encode("ascii", output._FALLBACK).decode("ascii")


def test_every_formula_can_be_read_in_ascii() -> None:
    formulas = [offer.load().formula for offer in Registry.installed().offers()]
    assert any(formulas)
    assert not [formula for formula in formulas if "\\" in ascii_of(formula)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("y = w (x − μ) / √(σ² + ε) + b", "y = w (x - mu) / sqrt (sigma^2 + epsilon) + b"),
        ("yₙ₋₁ = Wₙᵀ · ŷ − ȳ, x̂ ← λ Σⱼ", "y_n-1 = W_n^T * yhat - ybar, xhat <- lambda Sigma_j"),
        ("⌊t / every⌋ ≤ ∞ … ½", "floor(t / every) <= inf ... 1/2"),
        ("ﬁ ¾ ≠", "fi 3/4 !="),
        ("é ê 층 ✓", "\\xe9 \\xea \\uce35 \\u2713"),
    ],
)
def test_a_sign_that_a_stream_lacks_is_a_word_or_what_it_is_made_of(text: str, shown: str) -> None:
    assert ascii_of(text) == shown


@pytest.mark.parametrize("encoding", ["ascii", "cp949", "cp1252", "utf-8"])
def test_output_falls_back_to_ascii_where_the_stream_shows_no_more(
    process, tmp_path: Path, encoding: str
) -> None:
    """In a folder named in Hangul, with a layer named in Hangul."""
    folder = tmp_path / "한글 폴더"
    folder.mkdir()
    (folder / "망.json").write_text(
        '{"netspec": 1, "name": "망", "description": "½ σ → ✓", "input_shape": [2, 3],'
        ' "layers": [{"type": "flatten", "name": "층"}]}',
        encoding="utf-8",
    )
    env = {"PYTHONIOENCODING": encoding}
    shown = process("show", "망.json", cwd=folder, env=env)
    assert (shown.returncode, shown.stderr) == (0, b"")
    text = shown.stdout.decode(encoding)
    hangul = encoding in {"cp949", "utf-8"}
    assert ("층" if hangul else "\\uce35") in text
    assert ("2 x 3" if encoding == "ascii" else "2 × 3") in text
    assert ("1/2 sigma -> \\u2713" if encoding == "ascii" else "½") in text
    listed = process("show", "--json", "망.json", cwd=folder, env=env)
    assert listed.returncode == 0
    import json

    assert json.loads(listed.stdout.decode(encoding))["layers"][0]["path"] == "층"
    wrong = process("validate", folder / "없음.json", env=env)
    assert wrong.returncode == 3
    assert wrong.stderr.startswith(b"netspec: error: ")


SLIP = '''
from typing import Literal
from netspec import Activation

class Slip(Activation):
    """y = 2 x, with a slip of the pen on the way back."""

    type: Literal["slip"] = "slip"

    def forward(self, x):
        return 2 * x

    def backward(self, grad, x, y):
        return self.twice(grad)
'''


def test_what_a_plugin_raises_is_its_own_fault_with_file_and_line(process, folder: Path) -> None:
    write_plugin(folder, SLIP, "[netspec.types]\nactivation.slip = netspec_bad:Slip")
    write_spec(folder / "slip.json", layers=["slip", {"type": "dense", "units": 2}, "softmax"])
    plugged = {"PYTHONPATH": str(folder)}
    done = process("train", "slip.json", env=plugged)
    line = 1 + SLIP.splitlines().index("        return self.twice(grad)")
    assert done.returncode == 6
    assert done.stderr.decode().splitlines()[-1] == (
        "netspec: error: netspec-bad 2.0 raised AttributeError: 'Slip' object has no attribute "
        f"'twice' ({folder.name}/netspec_bad.py:{line}); repair or remove netspec-bad"
    )
    assert (
        b"Traceback" in process("train", "slip.json", "--debug", "--out", "b", env=plugged).stderr
    )


NOTHING = '''
from typing import Literal
from netspec import Dataset

class Nothing(Dataset):
    """It forgets to return what it opened."""

    type: Literal["nothing"] = "nothing"

    def open(self, root, state=None):
        pass
'''


def test_a_dataset_that_opens_no_data_is_told_so(process, folder: Path) -> None:
    write_plugin(folder, NOTHING, "[netspec.types]\ndataset.nothing = netspec_bad:Nothing")
    write_spec(folder / "none.json", training={"data": "nothing", "optimizer": "sgd", "epochs": 1})
    for command in (("train",), ("validate", "--data")):
        done = process(*command, "none.json", env={"PYTHONPATH": str(folder)})
        assert done.returncode == 5, done.stderr
        assert b"the data are a NoneType; netspec.Data was expected" in done.stderr
