"""Starting is quick because nothing is loaded before it is needed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import netspec

HEAVY = {"numpy", "pydantic", "netspec.builtins", "netspec_mnist", "matplotlib", "safetensors"}


def loaded_after(code: str) -> set[str]:
    """The modules that a fresh interpreter holds after running code."""
    report = "import json, sys; sys.stderr.write(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


def command(*arguments: str) -> str:
    """Code that runs the command line in this process and stays alive."""
    return (
        "import sys\n"
        f"sys.argv = {['netspec', *arguments]!r}\n"
        "from netspec.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    assert not end.code, end.code"
    )


def test_import_netspec_loads_no_numpy_no_pydantic_no_plugin() -> None:
    assert not loaded_after("import netspec") & HEAVY


def test_a_public_name_is_loaded_when_it_is_asked_for() -> None:
    assert "netspec.builtins" in loaded_after("import netspec; netspec.Dense")


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--version"], ["train", "--help"]])
def test_help_and_version_load_no_numpy_and_no_plugin(arguments: list[str]) -> None:
    assert not loaded_after(command(*arguments)) & HEAVY


def test_python_m_netspec_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "netspec", "--version"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "netspec" in done.stdout


def test_every_public_name_is_listed_and_reachable() -> None:
    """The roof is lazy: `dir` shows all, and each resolves."""
    code = (
        "import netspec\n"
        "assert set(netspec.__all__) <= set(dir(netspec))\n"
        "for name in netspec.__all__:\n    getattr(netspec, name)"
    )
    loaded_after(code)


def test_a_model_is_loaded_and_predicts_without_what_only_training_needs(tmp_path: Path) -> None:
    layers = [{"type": "dense", "units": 300}, "relu", {"type": "dense", "units": 2}]
    spec = {"netspec": 1, "input_shape": [50], "layers": layers}
    netspec.save(netspec.build(spec), tmp_path / "model")
    code = f"import netspec\nnetspec.load({str(tmp_path / 'model')!r}).predict([[0.5] * 50])"
    assert not loaded_after(code) & {"threadpoolctl", "numpy.random", "numpy.typing", "filelock"}


def test_a_command_reads_what_other_distributions_offer_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three hundred: netspec and pydantic open each list of entry points once, and nothing else."""
    for n in range(300):
        info = tmp_path / f"other_{n}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: other-{n}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[console_scripts]\nother{n} = other_{n}:main\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    spec = next(Path(__file__).parents[1].glob("specs/mnist.json"))
    code = (
        "import json, sys\n"
        "opened = []\n"
        "def hook(event, arguments):\n"
        f"    if event == 'open' and str(arguments[0]).startswith({str(tmp_path)!r}):\n"
        "        opened.append(str(arguments[0]))\n"
        "sys.addaudithook(hook)\n"
        f"{command('validate', str(spec))}\n"
        "print(json.dumps(opened))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    opened = [path for path in json.loads(done.stdout.splitlines()[-1]) if "dist-info" in path]
    assert {Path(path).name for path in opened} == {"entry_points.txt"}
    assert len(set(opened)) == 300
    assert len(opened) <= 600


def test_a_command_ends_without_searching_all_that_it_loaded_for_cycles() -> None:
    say = "sys.stderr.write(str(gc.get_freeze_count()))"
    code = f"import atexit, gc\natexit.register(lambda: {say})\n{command('--version')}"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert int(done.stderr) > 0
