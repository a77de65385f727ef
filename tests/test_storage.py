"""Models on disk: what was saved loads, bit for bit, and nothing else does."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netspec import (
    LimitError,
    Limits,
    ModelError,
    NetspecError,
    SaveError,
    SequentialNetwork,
    SpecError,
    files,
    load,
    save,
)

Numbers = Any


def plain(seed: int = 1) -> SequentialNetwork:
    network = SequentialNetwork((4,), "cross_entropy", seed=seed)
    network.add({"type": "dense", "units": 6, "activation": "tanh"})
    network.add({"type": "dense", "units": 3, "activation": "softmax"})
    return network


def with_state() -> SequentialNetwork:
    network = SequentialNetwork((4,), "cross_entropy", seed=2)
    network.add("normalization")
    network.add({"type": "dense", "units": 6, "activation": "relu"})
    network.add("batch_norm")
    network.add({"type": "dropout", "rate": 0.25})
    network.add({"type": "dense", "units": 3, "activation": "softmax"})
    return network


def composite() -> SequentialNetwork:
    network = SequentialNetwork((4,), "cross_entropy", seed=3)
    inner = [{"type": "dense", "units": 4}, "batch_norm", "sigmoid"]
    network.add({"type": "residual", "layers": inner})
    network.add({"type": "sequential", "layers": [{"type": "residual", "layers": inner}]})
    network.add({"type": "dense", "units": 3, "activation": "softmax"})
    return network


def double() -> SequentialNetwork:
    network = SequentialNetwork((4,), "cross_entropy", seed=4, dtype="float64")
    network.add({"type": "dense", "units": 3, "activation": "softmax"})
    return network


def of_integers() -> SequentialNetwork:
    network = SequentialNetwork((4,), "cross_entropy", seed=5, input_dtype="int64")
    network.add({"type": "embedding", "vocabulary": 9, "dimension": 2})
    network.add("flatten")
    network.add({"type": "dense", "units": 3, "activation": "softmax"})
    return network


NETWORKS = (plain, with_state, composite, double, of_integers)


def samples(network: SequentialNetwork, rows: int = 20) -> Numbers:
    rng = np.random.default_rng(7)
    if network.input_dtype.kind == "i":
        return rng.integers(0, 9, (rows, 4))
    return rng.normal(size=(rows, 4))


def trained(make: Callable[[], SequentialNetwork]) -> SequentialNetwork:
    network = make()
    x = samples(network)
    network.fit(x, np.arange(len(x)) % 3, batch_size=6, optimizer="adam")
    return network


def contents(folder: Path) -> dict[str, bytes]:
    """What a model is made of: every file but the lock's."""
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if path.name != ".netspec.lock" and path.is_file()
    }


def forge(folder: Path, data: bytes) -> None:
    """Put these bytes in the place of the weights, with the digest that they have."""
    document = json.loads((folder / "model.json").read_text())
    (folder / document["weights"]["file"]).unlink()
    sha256 = hashlib.sha256(data).hexdigest()
    document["weights"].update(file=f"weights-{sha256}.safetensors", sha256=sha256)
    (folder / document["weights"]["file"]).write_bytes(data)
    (folder / "model.json").write_text(json.dumps(document))


def weights_file(folder: Path) -> Path:
    return next(folder.glob("weights-*.safetensors"))


def tensors(folder: Path) -> dict[str, Numbers]:
    """The arrays of a safetensors file, read without the library."""
    data = weights_file(folder).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header, body = json.loads(data[8 : 8 + length]), data[8 + length :]
    kinds = {"F32": "<f4", "F64": "<f8", "I64": "<i8", "BOOL": "?"}
    return {
        name: np.frombuffer(
            body[slice(*entry["data_offsets"])], np.dtype(kinds[entry["dtype"]])
        ).reshape(entry["shape"])
        for name, entry in header.items()
        if name != "__metadata__"
    }


def written(arrays: Mapping[str, Numbers]) -> bytes:
    """A safetensors file of these arrays, written without the library."""
    kinds = {"<f4": "F32", "<f8": "F64", "<i8": "I64", "|b1": "BOOL", "<f2": "F16"}
    header, body = {}, b""
    for name, array in arrays.items():
        data = array.tobytes()
        header[name] = {
            "dtype": kinds[array.dtype.str],
            "shape": list(array.shape),
            "data_offsets": [len(body), len(body) + len(data)],
        }
        body += data
    return raw(header, body)


def raw(header: Any, body: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A saved model."""
    return save(plain(), tmp_path / "model")


# What was saved loads.


@pytest.mark.parametrize("make", NETWORKS)
def test_a_loaded_network_predicts_the_same_bits(make: Any, tmp_path: Path) -> None:
    network = trained(make)
    found = load(save(network, tmp_path))
    x = samples(network)
    assert found.predict(x).tobytes() == network.predict(x).tobytes()
    assert (found.step, found.epoch) == (network.step, network.epoch)
    assert str(found) == str(network)


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_so_does_one_in_another_process_whatever_its_hash_seed(
    hash_seed: str, tmp_path: Path
) -> None:
    wanted = []
    for number, make in enumerate(NETWORKS):
        network = trained(make)
        save(network, tmp_path / str(number))
        np.save(tmp_path / f"{number}.npy", samples(network))
        wanted.append(hashlib.sha256(network.predict(samples(network)).tobytes()).hexdigest())
    program = (
        "import sys, hashlib, numpy, netspec\n"
        "for name in range(int(sys.argv[1])):\n"
        "    y = netspec.load(str(name)).predict(numpy.load(f'{name}.npy'))\n"
        "    print(hashlib.sha256(y.tobytes()).hexdigest())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(len(NETWORKS))],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == wanted


@pytest.mark.parametrize("make", NETWORKS)
def test_loading_keeps_the_memory_order_of_every_array(make: Any, tmp_path: Path) -> None:
    network = trained(make)
    found = load(save(network, tmp_path))
    for path, array in {**network.params(), **network.state()}.items():
        other = {**found.params(), **found.state()}[path]
        assert (array.strides, array.dtype) == (other.strides, other.dtype), path


@pytest.mark.parametrize("make", NETWORKS)
def test_a_loaded_network_trains_on_as_the_saved_one_would(make: Any, tmp_path: Path) -> None:
    network = trained(make)
    found = load(save(network, tmp_path))
    x = samples(network)
    for each in (network, found):
        each.fit(x, np.arange(len(x)) % 3, epochs=2, batch_size=6, optimizer="adam")
    for path, array in {**network.params(), **network.state()}.items():
        assert array.tobytes() == {**found.params(), **found.state()}[path].tobytes(), path


def test_saving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    network = trained(composite)
    save(network, tmp_path / "a")
    save(load(tmp_path / "a"), tmp_path / "b")
    assert contents(save(network, tmp_path / "c")) == contents(tmp_path / "a")
    assert weights_file(tmp_path / "b").read_bytes() == weights_file(tmp_path / "a").read_bytes()


@pytest.mark.parametrize("clock", ["TZ=Pacific/Kiritimati", "LC_ALL=de_DE.UTF-8"])
def test_time_zone_and_locale_change_no_byte(clock: str, tmp_path: Path) -> None:
    program = "import sys, netspec; netspec.save(netspec.load('model'), 'again')"
    save(plain(), tmp_path / "model")
    name, value = clock.split("=")
    environment = {**os.environ, name: value}
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, check=True)
    assert contents(tmp_path / "again") == contents(tmp_path / "model")


def test_the_document_of_a_model_is_a_spec_without_a_path_of_this_machine(model: Path) -> None:
    text = (model / "model.json").read_text()
    assert str(model) not in text
    assert Path.home().name not in json.loads(text)["provenance"].values()
    assert load(model / "model.json").predict(np.zeros((1, 4))).shape == (1, 3)


def test_a_save_leaves_its_own_two_files_and_clears_those_of_earlier_saves(tmp_path: Path) -> None:
    save(plain(1), tmp_path)
    (tmp_path / ".tmp-netspec-1-model.json").write_bytes(b"half")
    (tmp_path / f"weights-{'0' * 64}.safetensors").write_bytes(b"old")
    (tmp_path / "weights-mine.safetensors").write_bytes(b"kept")
    save(plain(2), tmp_path)
    names = set(contents(tmp_path))
    assert names == {"model.json", weights_of(tmp_path), "weights-mine.safetensors"}


def weights_of(folder: Path) -> str:
    name: str = json.loads((folder / "model.json").read_text())["weights"]["file"]
    return name


def test_a_damaged_file_under_the_right_name_is_written_anew(model: Path) -> None:
    file = weights_file(model)
    file.write_bytes(file.read_bytes()[:-1])
    load(save(plain(), model))


# What load would refuse is not saved.


def test_a_weight_that_is_not_finite_is_not_saved(tmp_path: Path) -> None:
    network = plain()
    network.params()["dense_1.bias"][1] = np.nan
    with pytest.raises(ModelError, match=r"dense_1\.bias"):
        save(network, tmp_path)
    assert contents(tmp_path) == {}


@pytest.mark.parametrize(
    "limits",
    [
        Limits(parameters=50),
        Limits(layers=3),
        Limits(values=5),
        Limits(spec_bytes=500),
        Limits(nesting=2),
        Limits(header_bytes=100),
    ],
)
def test_what_a_limit_forbids_is_neither_saved_nor_loaded(limits: Limits, tmp_path: Path) -> None:
    with pytest.raises(LimitError):
        save(plain(), tmp_path / "refused", limits=limits)
    assert contents(tmp_path / "refused") == {}
    save(plain(), tmp_path / "saved")
    with pytest.raises((LimitError, ModelError)):
        load(tmp_path / "saved", limits=limits)


# Damage.


@pytest.fixture(scope="module")
def smallest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of a few hundred bytes, to be copied."""
    network = SequentialNetwork((1,))
    network.add({"type": "dense", "units": 1})
    return save(network, tmp_path_factory.mktemp("smallest"))


def copy(model: Path) -> Path:
    folder = Path(tempfile.mkdtemp(dir=model.parent))
    shutil.copytree(model, folder, dirs_exist_ok=True)
    return folder


def test_weights_cut_at_any_byte_are_refused(smallest: Path) -> None:
    folder = copy(smallest)
    file = weights_file(folder)
    data = file.read_bytes()
    for length in range(len(data)):
        file.write_bytes(data[:length])
        with pytest.raises(ModelError, match="digest"):
            load(folder)


def test_weights_with_any_bit_flipped_are_refused(smallest: Path) -> None:
    folder = copy(smallest)
    file = weights_file(folder)
    data = file.read_bytes()
    for at in range(len(data)):
        file.write_bytes(data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :])
        with pytest.raises(ModelError, match="digest"):
            load(folder)


def test_a_document_cut_at_any_byte_is_refused(smallest: Path) -> None:
    folder = copy(smallest)
    file = folder / "model.json"
    data = file.read_bytes()
    for length in range(0, len(data.rstrip()), 7):
        file.write_bytes(data[:length])
        with pytest.raises((SpecError, ModelError)):
            load(folder)


@given(at=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_a_document_with_a_bit_flipped_loads_or_is_refused_by_name(
    smallest: Path, at: int, bit: int
) -> None:
    folder = smallest.parent / "flipped"
    shutil.copytree(smallest, folder, dirs_exist_ok=True)
    data = bytearray((smallest / "model.json").read_bytes())
    data[at % len(data)] ^= 1 << bit
    (folder / "model.json").write_bytes(data)
    try:
        load(folder)
    except NetspecError as error:
        assert error.exit_code in {3, 4, 6, 9}


@given(data=st.binary(max_size=200))
def test_any_bytes_as_weights_are_refused(smallest: Path, data: bytes) -> None:
    folder = copy(smallest)
    forge(folder, data)
    with pytest.raises((ModelError, LimitError)):
        load(folder)
    shutil.rmtree(folder)


F = "F32"
LIES = {
    "a length past the end": struct.pack("<Q", 2**62) + b"{}",
    "a length of 2^63": struct.pack("<Q", 2**63) + b"{}",
    "a header that is no JSON": raw("x")[:8] + b"\xff\xfe\xff",
    "a header that is a list": raw([]),
    "two that overlap": raw(
        {
            "a": {"dtype": F, "shape": [2], "data_offsets": [0, 8]},
            "b": {"dtype": F, "shape": [2], "data_offsets": [4, 12]},
        },
        bytes(12),
    ),
    "a hole": raw({"a": {"dtype": F, "shape": [1], "data_offsets": [4, 8]}}, bytes(8)),
    "offsets past the end": raw({"a": {"dtype": F, "shape": [9], "data_offsets": [0, 36]}}),
    "offsets of 2^63": raw({"a": {"dtype": F, "shape": [1], "data_offsets": [2**63, 2**63 + 4]}}),
    "a negative axis": raw({"a": {"dtype": F, "shape": [-1], "data_offsets": [0, 4]}}, bytes(4)),
    "a product that wraps": raw(
        {"a": {"dtype": F, "shape": [2**33, 2**33], "data_offsets": [0, 0]}}
    ),
    "a dtype that nobody saves": raw(
        {"a": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}, bytes(4)
    ),
    "bytes after the last": raw(
        {"a": {"dtype": F, "shape": [1], "data_offsets": [0, 4]}}, bytes(8)
    ),
    "nothing": b"",
    "a page of the web": b"<!DOCTYPE html><html></html>",
}


@pytest.mark.parametrize("lie", LIES)
def test_a_header_that_lies_is_refused_even_under_its_own_digest(lie: str, model: Path) -> None:
    forge(model, LIES[lie])
    with pytest.raises(ModelError):
        load(model)


def _without(arrays: dict[str, Numbers]) -> None:
    del arrays["dense_1.bias"]


def _with_more(arrays: dict[str, Numbers]) -> None:
    arrays["dense_9.bias"] = np.zeros(3, np.float32)


def _other_dtype(arrays: dict[str, Numbers]) -> None:
    arrays["dense_1.bias"] = arrays["dense_1.bias"].astype(np.float64)


def _half(arrays: dict[str, Numbers]) -> None:
    arrays["dense_1.bias"] = arrays["dense_1.bias"].astype(np.float16)


def _that_would_broadcast(arrays: dict[str, Numbers]) -> None:
    arrays["dense_1.bias"] = np.zeros(1, np.float32)


def _turned(arrays: dict[str, Numbers]) -> None:
    arrays["dense_1.weight"] = np.ascontiguousarray(arrays["dense_1.weight"].T)


def _nan(arrays: dict[str, Numbers]) -> None:
    arrays["dense_1.bias"] = np.full(6, np.nan, np.float32)


def _infinite(arrays: dict[str, Numbers]) -> None:
    arrays["dense_2.weight"] = np.full((3, 6), -np.inf, np.float32)


def _half_a_probe(arrays: dict[str, Numbers]) -> None:
    del arrays["probe/output"]


def _a_long_probe(arrays: dict[str, Numbers]) -> None:
    arrays["probe/input"] = np.zeros((9, 4), np.float32)
    arrays["probe/output"] = np.zeros((9, 3), np.float32)


@pytest.mark.parametrize(
    "change",
    [
        _without,
        _with_more,
        _other_dtype,
        _half,
        _that_would_broadcast,
        _turned,
        _nan,
        _infinite,
        _half_a_probe,
        _a_long_probe,
    ],
)
def test_arrays_that_are_not_those_of_the_document_are_refused(change: Any, model: Path) -> None:
    arrays = tensors(model)
    change(arrays)
    forge(model, written(arrays))
    with pytest.raises(ModelError):
        load(model)


def test_the_weights_of_another_model_are_refused(model: Path, tmp_path: Path) -> None:
    other = save(double(), tmp_path / "other")
    forge(model, weights_file(other).read_bytes())
    with pytest.raises(ModelError):
        load(model)


def test_arrays_are_taken_by_name_whatever_their_order(tmp_path: Path) -> None:
    """Two layers of one shape that change places in the file stay where their names say."""
    network = SequentialNetwork((8,), seed=1)
    network.add({"type": "dense", "units": 8})
    network.add({"type": "dense", "units": 8, "trainable": False})
    x = np.random.default_rng(0).normal(size=(5, 8))
    wanted = network.predict(x)
    save(network, tmp_path)
    arrays = tensors(tmp_path)
    forge(tmp_path, written(dict(reversed(arrays.items()))))
    assert load(tmp_path).predict(x).tobytes() == wanted.tobytes()
    swapped = {**arrays, "dense_1.weight": arrays["dense_2.weight"]}
    swapped["dense_2.weight"] = arrays["dense_1.weight"]
    forge(tmp_path, written(swapped))
    assert load(tmp_path).predict(x).tobytes() != wanted.tobytes()


@pytest.mark.parametrize("key", ["epochs", "steps"])
@pytest.mark.parametrize("value", ["many", None, -1, 1.5, True, [1], 2**63])
def test_a_count_of_training_that_is_none_is_refused(key: str, value: Any, model: Path) -> None:
    document = json.loads((model / "model.json").read_text())
    document["trained"][key] = value
    (model / "model.json").write_text(json.dumps(document))
    with pytest.raises(SpecError, match=f"/trained/{key}"):
        load(model)


@pytest.mark.parametrize("digest", ["../../../etc/passwd", "A" * 64, "", "0" * 63, 5, None])
def test_a_digest_that_is_none_is_refused_and_never_read_as_a_path(
    digest: Any, model: Path
) -> None:
    document = json.loads((model / "model.json").read_text())
    document["weights"]["sha256"] = digest
    (model / "model.json").write_text(json.dumps(document))
    with pytest.raises(SpecError, match="/weights/sha256"):
        load(model)


def test_the_name_of_the_weights_is_built_from_the_digest_alone(model: Path) -> None:
    document = json.loads((model / "model.json").read_text())
    document["weights"]["file"] = "../../elsewhere"
    (model / "model.json").write_text(json.dumps(document))
    assert load(model).predict(np.zeros((1, 4))).shape == (1, 3)


def test_a_document_that_is_huge_is_refused(model: Path) -> None:
    with (model / "model.json").open("r+b") as file:
        file.truncate(2**40)
    with pytest.raises((ModelError, LimitError)):
        load(model)


def test_weights_that_are_huge_are_refused_unread(model: Path) -> None:
    with weights_file(model).open("r+b") as file:
        file.truncate(2**40)
    with pytest.raises(ModelError, match="bytes"):
        load(model)


@pytest.mark.parametrize("missing", ["model.json", "weights", "folder"])
def test_what_is_missing_is_named(missing: str, model: Path) -> None:
    if missing == "folder":
        shutil.rmtree(model)
    else:
        (weights_file(model) if missing == "weights" else model / missing).unlink()
    with pytest.raises(ModelError, match="does not exist|is missing"):
        load(model)


# Files that are none.


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root makes devices")


def _folder(path: Path) -> None:
    path.mkdir()


def _link_out(path: Path) -> None:
    outside = path.parent.parent / "outside"
    outside.write_bytes(b"{}")
    path.symlink_to(outside)


def _link_to_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _circle(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.skipif(os.name != "posix", reason="files of POSIX")
@pytest.mark.parametrize("which", ["document", "weights"])
@pytest.mark.parametrize("make", [_pipe, _device, _folder, _link_out, _link_to_a_device, _circle])
def test_what_is_no_plain_file_in_the_folder_is_refused_at_once(
    which: str, make: Any, model: Path
) -> None:
    path = model / "model.json" if which == "document" else weights_file(model)
    path.unlink()
    make(path)
    with pytest.raises(ModelError):
        load(model)


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_links_inside_the_folder_are_followed(model: Path) -> None:
    file = weights_file(model)
    file.rename(model / "real")
    file.symlink_to("real")
    load(model)


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
@pytest.mark.parametrize("name", ["model.json", ".netspec.holder"])
def test_a_save_never_writes_through_a_link_that_stands_in_the_folder(
    name: str, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    mine.write_text("precious")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / name).symlink_to(mine)
    load(save(plain(), tmp_path / "model"))
    assert mine.read_text() == "precious"


# A disk that refuses.


class Refusal:
    """Lets the n-th call that writes fail, and all after it."""

    def __init__(self, patch: pytest.MonkeyPatch, number: int, code: int) -> None:
        self.left, self.code = number, code
        patch.setattr(files, "open", self._after(open), raising=False)
        for name in ("fsync", "replace"):
            patch.setattr(files.os, name, self._after(getattr(os, name)))

    def _after(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def refuse(*arguments: Any, **options: Any) -> Any:
            self.left -= 1
            if self.left <= 0:
                raise OSError(self.code, os.strerror(self.code))
            return call(*arguments, **options)

        return refuse


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_disk_that_refuses_at_any_call_leaves_the_old_model_or_the_new_and_nothing_else(
    code: int, tmp_path: Path
) -> None:
    folder = save(plain(1), tmp_path)
    old = contents(folder)
    new = contents(save(plain(2), tmp_path / "new"))
    for number in count(1):
        save(plain(1), folder)
        with pytest.MonkeyPatch.context() as patch:
            Refusal(patch, number, code)
            try:
                save(plain(2), folder)
                break
            except SaveError as error:
                assert os.strerror(code) in str(error)
        left = contents(folder)
        assert left == old or left.items() >= new.items(), number
        assert not [name for name in left if name.startswith(".")]
        load(folder)
    assert number > 6


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_file_that_may_not_grow_is_a_save_error_and_the_old_model_stays(
    tmp_path: Path, fork: Any
) -> None:
    import resource

    old = contents(save(plain(1), tmp_path))

    def child() -> int:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))
        with pytest.raises(SaveError) as caught:
            save(plain(2), tmp_path)
        return caught.value.exit_code

    assert fork(child).wait() == 8
    assert contents(tmp_path) == old


@pytest.mark.skipif(sys.platform != "linux", reason="tmpfs of Linux")
def test_a_full_disk_is_a_save_error_and_the_old_model_stays(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if os.getuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root mounts")
    try:
        old = contents(save(plain(1), disk / "model"))
        large = SequentialNetwork((200,))
        large.add({"type": "dense", "units": 200})
        with pytest.raises(SaveError, match="free some space"):
            save(large, disk / "model")
        assert contents(disk / "model") == old
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.fixture
def open_folder() -> Any:
    """A folder that any user may enter."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_read_only_folder_is_a_save_error_and_the_old_model_stays(
    open_folder: Path, fork: Any
) -> None:
    folder = save(plain(1), open_folder / "model")
    old = contents(folder)
    folder.chmod(0o555)

    def child() -> int:
        if os.getuid() == 0:
            os.setuid(65534)
        with pytest.raises(SaveError, match="allow writing") as caught:
            save(plain(2), folder)
        load(folder)
        return caught.value.exit_code

    assert fork(child).wait() == 8
    folder.chmod(0o755)
    assert contents(folder) == old


def test_a_file_where_the_folder_should_be_is_a_save_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for target in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(SaveError):
            save(plain(), target)
    assert (tmp_path / "file").read_text() == "mine"


# Processes that die, and several at once.


def which(folder: Path, *networks: SequentialNetwork) -> int:
    """Which of the networks the folder holds."""
    x = samples(networks[0])
    found = load(folder).predict(x).tobytes()
    return [network.predict(x).tobytes() for network in networks].index(found)


def test_killed_at_any_call_the_folder_holds_the_old_model_or_the_new(
    tmp_path: Path, fork: Any, die_at: Any
) -> None:
    old, new = plain(1), plain(2)
    held = []
    for number in count(1):
        save(old, tmp_path)

        def child(number: int = number) -> None:
            die_at(tmp_path, number)
            save(new, tmp_path)

        code = fork(child).wait()
        if code == 0:
            break
        assert code == -9
        held.append(which(tmp_path, old, new))
        save(old, tmp_path)
        assert set(contents(tmp_path)) == {"model.json", weights_of(tmp_path)}
    assert held == sorted(held)
    assert set(held) == {0, 1}
    assert len(held) > 10


def kill_at_random(tmp_path: Path, fork: Any, times: int) -> None:
    networks = [plain(1), plain(2)]
    save(networks[0], tmp_path)
    rng = random.Random(times)

    def child() -> None:
        for number in count():
            save(networks[number % 2], tmp_path)

    for _ in range(times):
        saving = fork(child)
        time.sleep(rng.uniform(0, 0.06))
        assert saving.kill() == -9
        which(tmp_path, *networks)
    save(networks[0], tmp_path)
    assert set(contents(tmp_path)) == {"model.json", weights_of(tmp_path)}


def test_killed_at_random_moments_it_holds_the_old_model_or_the_new(
    tmp_path: Path, fork: Any
) -> None:
    kill_at_random(tmp_path, fork, 15)


@pytest.mark.slow
def test_killed_at_two_hundred_random_moments_too(tmp_path: Path, fork: Any) -> None:
    kill_at_random(tmp_path, fork, 200)


def test_readers_see_one_model_whole_while_two_processes_save(tmp_path: Path, fork: Any) -> None:
    networks = [plain(1), plain(2)]
    save(networks[0], tmp_path)

    def saver(network: SequentialNetwork) -> Callable[[], None]:
        def child() -> None:
            for _ in range(12):
                save(network, tmp_path)

        return child

    children = [fork(saver(network)) for network in networks]
    for _ in range(60):
        which(tmp_path, *networks)
    assert [child.wait() for child in children] == [0, 0]
    which(tmp_path, *networks)
    assert set(contents(tmp_path)) == {"model.json", weights_of(tmp_path)}


def test_a_network_that_was_loaded_predicts_the_same_in_a_fork(model: Path, fork: Any) -> None:
    network = load(model)
    x = samples(network)
    wanted = network.predict(x).tobytes()
    assert fork(lambda: network.predict(x).tobytes() != wanted).wait() == 0


@pytest.mark.parametrize("make", NETWORKS)
def test_sixteen_threads_get_the_bytes_that_one_gets(make: Any, tmp_path: Path) -> None:
    network = load(save(trained(make), tmp_path))
    x = samples(network, 200)
    wanted = network.predict(x).tobytes()
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: network.predict(x).tobytes(), range(64)))
    assert set(found) == {wanted}


@settings(max_examples=20)
@given(
    units=st.lists(st.integers(1, 5), min_size=1, max_size=4),
    seed=st.integers(0, 2**64 - 1),
    activation=st.sampled_from(["relu", "softmax", {"type": "leaky_relu"}]),
)
def test_any_network_of_dense_layers_comes_back(
    tmp_path_factory: pytest.TempPathFactory, units: list[int], seed: int, activation: Any
) -> None:
    network = SequentialNetwork((3,), seed=seed)
    for each in units:
        network.add({"type": "dense", "units": each, "activation": activation})
    found = load(save(network, tmp_path_factory.mktemp("any")))
    x = np.random.default_rng(0).normal(size=(4, 3))
    assert found.predict(x).tobytes() == network.predict(x).tobytes()
    assert str(found) == str(network)


@pytest.mark.parametrize("path", ["x" * 300, "a\0b"])
def test_a_path_that_no_disk_takes_is_refused_as_any_other(path: str) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        load(path)
    with pytest.raises(SaveError):
        save(SequentialNetwork((2,)), path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda a: a.astype(np.float64),
            r"is \(6, 4\) float64; the document says \(6, 4\) float32",
        ),
        (lambda a: a[:, :3].copy(), r"is \(6, 3\) float32; the document says \(6, 4\) float32"),
        (None, "is missing"),
    ],
)
def test_an_array_that_load_would_refuse_leaves_the_model_that_was_saved(
    tmp_path: Path, change: Callable[[Numbers], Numbers] | None, words: str
) -> None:
    network = plain()
    save(network, tmp_path)
    before = contents(tmp_path)
    params = network["dense_1"].params
    (key,) = (name for name, array in params.items() if array.ndim == 2)
    if change is None:
        del params[key]
    else:
        params[key] = change(params[key])
    with pytest.raises(ModelError, match=f'"dense_1.{key}" {words}'):
        save(network, tmp_path)
    assert contents(tmp_path) == before


def test_for_an_array_that_is_missing_one_of_the_file_is_suggested(tmp_path: Path) -> None:
    save(plain(), tmp_path)
    arrays = tensors(tmp_path)
    arrays["dense_1.bios"] = arrays.pop("dense_1.bias")
    forge(tmp_path, written(arrays))
    with pytest.raises(ModelError, match=r'"dense_1.bias" is missing; did you mean "dense_1.bios"'):
        load(tmp_path)
