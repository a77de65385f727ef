"""Files that are whole at any moment, and folders that one process holds."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from netspec import ModelError, RunLocked, SaveError, files
from netspec.files import locked, read_file, remove, write_file


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for a lock."""
    monkeypatch.setattr(files, "PATIENCE", 0.2)


def held(folder: Path) -> bool:
    return (folder / ".netspec.holder").exists()


def wait_for(path: Path) -> None:
    end = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_file_is_replaced_and_nothing_else_stays(tmp_path: Path) -> None:
    write_file(tmp_path / "a", b"old")
    write_file(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_an_interrupted_write_leaves_the_old_bytes_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_file(tmp_path / "a", b"old")

    def interrupted(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(files.os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_file(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_write_into_no_folder_is_a_save_error(tmp_path: Path) -> None:
    with pytest.raises(SaveError, match="No such file"):
        write_file(tmp_path / "missing" / "a", b"new")


def test_leftovers_are_removed_and_what_is_kept_or_a_folder_stays(tmp_path: Path) -> None:
    for name in ("w-1", "w-2", ".tmp-netspec-7-w-3", "other"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "w-folder").mkdir()
    remove(tmp_path, {"w-2"}, "w-*")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "w-2", "w-folder"]


def test_a_file_is_read_up_to_a_size(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1234")
    assert read_file(tmp_path / "a", 4) == b"1234"
    with pytest.raises(ModelError, match="4 bytes, at most 3"):
        read_file(tmp_path / "a", 3)


def test_a_missing_file_is_left_to_the_caller(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "a", 4, tmp_path)


@pytest.mark.usefixtures("impatient")
def test_a_held_folder_is_refused_naming_the_process_that_holds_it(
    tmp_path: Path, fork: Any
) -> None:
    def child() -> None:
        with locked(tmp_path):
            (tmp_path / "ready").touch()
            time.sleep(60)

    holder = fork(child)
    wait_for(tmp_path / "ready")
    with (
        pytest.raises(RunLocked, match=f"held by process {holder.pid}") as caught,
        locked(tmp_path),
    ):
        pass
    assert caught.value.exit_code == 8
    assert holder.kill() == -9
    with locked(tmp_path):
        assert held(tmp_path)
    assert not held(tmp_path)


@pytest.mark.usefixtures("impatient")
def test_threads_of_one_process_exclude_each_other_too(tmp_path: Path) -> None:
    with locked(tmp_path):
        refused = []

        def other() -> None:
            try:
                with locked(tmp_path):
                    pass
            except RunLocked as error:
                refused.append(error)

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert len(refused) == 1


def test_who_waits_gets_the_folder_when_it_is_free(tmp_path: Path, fork: Any) -> None:
    def child() -> None:
        with locked(tmp_path):
            (tmp_path / "ready").touch()
            time.sleep(0.3)

    holder = fork(child)
    wait_for(tmp_path / "ready")
    with locked(tmp_path):
        assert (tmp_path / ".netspec.holder").read_text() == str(os.getpid())
    assert holder.wait() == 0


@pytest.mark.skipif(os.name != "posix", reason="files of POSIX")
@pytest.mark.parametrize("what", [b"../../etc", b"\x1b[2J", b"9" * 50, None])
@pytest.mark.usefixtures("impatient")
def test_what_a_stranger_wrote_as_the_holder_is_not_repeated(
    what: bytes | None, tmp_path: Path
) -> None:
    """Nor does a pipe in its place keep anybody waiting."""
    with locked(tmp_path):
        holder = tmp_path / ".netspec.holder"
        holder.unlink()
        if what is None:
            os.mkfifo(holder)
        else:
            holder.write_bytes(what)
        with pytest.raises(RunLocked, match="held by another process"), locked(tmp_path):
            pass


def test_an_error_inside_lets_the_folder_go(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locked(tmp_path):
        raise ZeroDivisionError
    with locked(tmp_path):
        pass
