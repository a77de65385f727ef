"""The group of commands: help, completion, and commands that plugins add."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from netspec.cli import entry, program
from netspec.cli.entry import COMMANDS


def test_the_table_of_help_has_every_command_and_no_other() -> None:
    """It is a table so that no command is loaded for the help."""
    ctx = click.Context(program)
    for name in COMMANDS:
        command = program.get_command(ctx, name)
        assert command is not None
        assert command.name == name
        assert command.help
    files = Path(entry.__file__).parent.glob("*.py")
    assert set(COMMANDS) == {path.stem for path in files if "\ndef command(" in path.read_text()}


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_every_command_explains_itself(cli, name: str, flag: str) -> None:
    done = cli(name, flag)
    assert done.exit_code == 0
    assert "--debug" in done.stdout
    assert done.stdout.isascii()


def test_help_loads_no_command_and_does_not_search_the_installation() -> None:
    """`importlib.metadata` alone takes as long as all the rest."""
    code = (
        "import sys\nfrom netspec.cli import program\n"
        "program(['--help'], standalone_mode=False)\nprint(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "netspec.cli.entry" in loaded
    assert not {f"netspec.cli.{name}" for name in COMMANDS} & loaded
    assert "importlib.metadata" not in loaded


def test_version_is_that_of_the_distribution(cli) -> None:
    assert cli("--version").stdout == "netspec, version 0.1.0\n"


def test_an_unknown_command_is_wrong_usage_with_the_nearest_name(cli) -> None:
    done = cli("trian")
    assert done.exit_code == 2
    assert 'did you mean "train"?' in done.stderr


def test_the_shell_completes_commands_and_options(process) -> None:
    def complete(words: str, at: int) -> bytes:
        env = {"_NETSPEC_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(at)}
        return process(env=env).stdout

    assert b"plain,train" in complete("netspec tr", 1)
    assert b"--data-root" in complete("netspec train --data", 2)


@pytest.fixture
def install(tmp_path: Path):
    """Lays out a distribution with commands, as an installer does; returns what sees it."""

    def lay(name: str, code: str, *commands: str) -> dict[str, str]:
        module = name.replace("-", "_")
        (tmp_path / f"{module}.py").write_text(code)
        info = tmp_path / f"{module}-1.5.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\n")
        lines = [f"{command} = {module}:command" for command in commands]
        (info / "entry_points.txt").write_text("\n".join(["[netspec.commands]", *lines, ""]))
        return {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}

    return lay


HELLO = """
import click
@click.command()
def command():
    click.echo("hello from a plugin")
"""


def test_a_plugin_adds_a_command_which_help_names_with_its_distribution(process, install) -> None:
    env = install("netspec-hello", HELLO, "hello")
    listed = process("--help", env=env)
    assert b"hello  from netspec-hello 1.5" in listed.stdout
    assert process("hello", env=env).stdout == b"hello from a plugin\n"


def test_a_command_of_a_plugin_is_loaded_only_when_it_is_called(process, install) -> None:
    env = install("netspec-broken", "raise RuntimeError('no')", "broken")
    assert process("--help", env=env).returncode == 0
    done = process("broken", env=env)
    assert done.returncode == 6
    assert b"netspec-broken 1.5 is installed, but fails: RuntimeError: no" in done.stderr


def test_plugins_lists_the_commands_that_are_added_without_loading_them(process, install) -> None:
    env = install("netspec-broken", "raise RuntimeError('no')", "broken")
    done = process("plugins", env=env)
    assert done.stdout.endswith(b"\ncommands\n  broken  from netspec-broken 1.5\n")
    listed = json.loads(process("plugins", "--json", env=env).stdout)
    assert listed["commands"] == {"broken": ["netspec-broken 1.5"]}
    assert b"RuntimeError" not in done.stderr


def test_two_plugins_with_one_command_are_both_refused_by_name(process, install) -> None:
    install("netspec-hello", HELLO, "hello")
    env = install("netspec-hallo", HELLO, "hello")
    done = process("hello", env=env)
    assert done.returncode == 6
    assert b"netspec-hallo 1.5 and netspec-hello 1.5 both offer" in done.stderr


def test_a_plugin_does_not_replace_a_command_of_netspec(process, install) -> None:
    env = install("netspec-hello", HELLO, "validate")
    assert b"Check each SPEC" in process("validate", "--help", env=env).stdout


def test_plugins_that_are_not_allowed_add_no_command(process, install) -> None:
    env = {**install("netspec-hello", HELLO, "hello"), "NETSPEC_PLUGINS": ""}
    assert b"hello" not in process("--help", env=env).stdout
    assert process("hello", env=env).returncode == 2


@pytest.mark.skipif(os.name != "posix", reason="a shell of POSIX")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["train", "-"], 3),
        (["show", "-"], 3),
        (["predict", "RUN", "-"], 5),
        (["new", "spec", "first"], 2),
    ],
)
def test_a_closed_standard_input_is_no_defect(
    folder: Path, trained: Path, arguments: list[str], code: int
) -> None:
    words = [str(trained) if word == "RUN" else word for word in arguments]
    command = ["sh", "-c", 'exec "$@" <&-', "sh", sys.executable, "-m", "netspec", *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    assert "standard input is closed" in done.stderr or "--data is missing" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
def test_a_spec_may_come_from_a_pipe_that_is_named(cli, folder: Path) -> None:
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cp", folder / "spec.json", pipe]):
        done = cli("validate", pipe)
    assert done.exit_code == 0, done.output
    assert "is no file" in cli("validate", folder).stderr
    (folder / "over.json").write_text('{"extends": "pipe"}')
    assert "is no file" in cli("validate", "over.json").stderr
