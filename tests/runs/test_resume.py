"""Going on with a run: to the same bits, only with the same spec and data, and as often as one likes."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pytest

import netspec.runs.running as running
from netspec import (
    Activation,
    Array,
    Data,
    DataError,
    DivergenceError,
    Interrupted,
    LimitError,
    Limits,
    ModelError,
    NetspecWarning,
    Part,
    PluginError,
    Registry,
    SpecError,
    load,
    save,
    train,
)
from netspec.formatting import renewed
from netspec.reading import read_document
from netspec.training import Training


class Stop(Exception):
    """What ends a training in the middle, without any care."""


def stopping(step: int) -> Callable[[Training, str], None]:
    """A listener that leaves after a step."""

    def listener(training: Training, moment: str) -> None:
        if training.step == step and moment == "step":
            raise Stop

    return listener


def interrupting() -> Callable[[Training, str], None]:
    """A listener that ends the training as Ctrl-C does, at once."""
    signals = [signal.SIGINT]

    def listener(training: Training, moment: str) -> None:
        if signals:
            signal.raise_signal(signals.pop())

    return listener


def begun(trial: Any, step: int, **options: Any) -> None:
    with pytest.raises(Stop):
        trial.train(listener=stopping(step), **options)


@pytest.mark.parametrize("step", [1, 3, 6, 7, 13, 14, 20])
def test_left_at_any_step_it_goes_on_to_the_same_bits(step: int, trial: Any) -> None:
    whole = trial().called("whole")
    run = whole.train()
    begun(trial(), step)
    resumed = trial().train(resume=True)
    assert trial().digest() == whole.digest()
    assert resumed.history == run.history == trial().history()
    assert resumed.test == run.test
    assert not resumed.already


def test_the_rate_of_every_step_is_that_of_a_run_that_was_left_alone(trial: Any) -> None:
    """A warm-up of five steps, then a cosine, and a callback that lowers it."""

    def rates(into: list[float]) -> Callable[[Training, str], None]:
        def listener(training: Training, moment: str) -> None:
            if moment == "step" and training.position < training.batches:
                into.append(training.rate())

        return listener

    wanted: list[float] = []
    trial().called("whole").train(listener=rates(wanted))
    for step in (3, 6, 7):
        found: list[float] = []
        here = trial().called(f"from-{step}")
        begun(here, step)
        done = here.step()
        here.train(resume=True, listener=rates(found))
        assert found == wanted[-len(found) :]
        assert len(found) >= len(wanted) - done
    assert len(set(wanted)) > 5


def test_no_sample_is_seen_twice_or_left_out_in_the_order_of_a_whole_run(trial: Any) -> None:
    def orders(into: list[Any]) -> Callable[[Training, str], None]:
        def listener(training: Training, moment: str) -> None:
            if moment == "step":
                into.append((training.step, training._order.tolist()))

        return listener

    wanted: list[Any] = []
    trial().called("whole").train(listener=orders(wanted))
    begun(trial(checkpoint_steps=1), 11)
    found: list[Any] = []
    trial(checkpoint_steps=1).train(resume=True, listener=orders(found))
    assert found == [each for each in wanted if each[0] > 11]
    assert len({str(order) for _, order in wanted}) == 4


def test_resume_of_a_finished_run_says_so_and_changes_no_byte(trial: Any) -> None:
    run = trial().train()
    before = trial().contents()
    for _ in range(3):
        again = trial().train(resume=True)
        assert again.already
        assert (again.history, again.test, again.ended) == (run.history, run.test, "epochs")
        x = np.zeros((3, 4))
        assert again.network.predict(x).tobytes() == run.network.predict(x).tobytes()
    assert trial().contents() == before


@pytest.mark.parametrize("optimizer", ["sgd", "momentum"])
def test_more_epochs_equal_one_long_run(optimizer: str, trial: Any) -> None:
    whole = trial(optimizer, epochs=6).called("whole")
    whole.train()
    trial(optimizer, epochs=2).train()
    resumed = trial(optimizer, epochs=6).train(resume=True)
    assert not resumed.already
    assert trial().digest() == whole.digest()
    assert trial().history() == whole.history()


def test_more_epochs_where_the_rate_depends_on_their_number_say_so(trial: Any) -> None:
    trial("adam", epochs=2).train()
    with pytest.warns(NetspecWarning, match="depends on the total"):
        trial("adam", epochs=3).train(resume=True)
    assert len(trial().history()) == 3


def test_a_run_that_stopped_early_is_finished(trial: Any) -> None:
    callbacks = [{"type": "early_stopping", "patience": 1, "monitor": "loss", "min_delta": 9.0}]
    run = trial(epochs=9, callbacks=callbacks).train()
    assert run.ended == "early_stopping"
    assert len(run.history) == 2
    before = trial().contents()
    again = trial(epochs=20, callbacks=callbacks).train(resume=True)
    assert (again.already, again.ended) == (True, "early_stopping")
    assert trial().contents() == before


def test_the_model_is_the_best_epochs_and_the_checkpoint_the_last(trial: Any) -> None:
    best = [{"type": "early_stopping", "patience": 99, "monitor": "loss", "min_delta": 9.0}]
    trial("sgd", callbacks=best).train()
    first = trial("sgd", callbacks=[], epochs=1).called("first")
    first.train()
    mine, other = load(trial().out), load(first.out)
    for path, array in mine.params().items():
        assert array.tobytes() == other.params()[path].tobytes()
    trial("sgd", callbacks=best, epochs=6).train(resume=True)
    whole = trial("sgd", callbacks=best, epochs=6).called("whole")
    whole.train()
    assert trial().history() == whole.history()


def test_nothing_but_the_epochs_and_the_description_may_change(trial: Any) -> None:
    begun(trial(), 9)
    before = trial().contents()
    with pytest.raises(SpecError, match="/training/batch_size") as caught:
        trial(batch_size=5).train(resume=True)
    assert caught.value.exit_code == 3
    with pytest.raises(SpecError, match="/training/callbacks"):
        trial(callbacks=[]).train(resume=True)
    assert trial().contents() == before
    trial().spec["description"] = "words"
    trial().train(resume=True)


def test_its_own_model_is_what_a_run_was_started_with(trial: Any) -> None:
    """It names every layer, and says what came of the training."""
    whole = trial().called("whole")
    whole.train()
    begun(trial(), 9)
    with pytest.raises(Interrupted):
        trial().train(resume=True, listener=interrupting())
    model = trial().out / "model.json"
    changed = json.loads(model.read_text(encoding="utf-8"))
    changed["layers"][1]["units"] = 7
    with pytest.raises(SpecError, match="/layers/1/units"):
        train(changed, out=trial().out, data_root=trial().folder, resume=True)
    assert train(model, out=trial().out, resume=True).ended == "epochs"
    assert trial().digest() == whole.digest()
    assert trial().train(resume=True).already


class Bow(Activation):
    """y = slope x."""

    type: Literal["bow"] = "bow"
    slope: float = 1.0

    def forward(self, x: Array) -> Array:
        return self.slope * x

    def backward(self, grad: Array, x: Array, y: Array) -> Array:
        return self.slope * grad


class Bent(Bow):
    """The same, in its version 2: the first called the slope `leak`."""

    version: ClassVar[int] = 2

    @classmethod
    def migrate(cls, document: dict[str, Any], version: int) -> dict[str, Any]:
        return {"slope" if key == "leak" else key: value for key, value in document.items()}


@pytest.mark.parametrize("source", ["spec", "older checkpoint", "model", "migrated model"])
def test_a_run_goes_on_after_what_it_was_started_with_was_migrated(source: str, trial: Any) -> None:
    trial = trial()
    trial.spec["layers"].insert(2, {"type": "bow", "slope": 0.5})
    old, new = (Registry.installed().including(cls) for cls in (Bow, Bent))
    with pytest.raises(Interrupted):
        trial.train(registry=old, listener=interrupting())
    for file in (run_file(trial), trial.out / "model.json"):
        file.write_text(file.read_text(encoding="utf-8").replace("slope", "leak"), encoding="utf-8")
    if source == "older checkpoint":
        checkpoint = json.loads(run_file(trial).read_text(encoding="utf-8"))
        checkpoint["spec"]["provenance"] = None
        run_file(trial).write_text(json.dumps(checkpoint), encoding="utf-8")
    model = trial.out / "model.json"
    if source == "migrated model":
        text = renewed(read_document(model), new)
        assert text is not None
        model.write_text(text, encoding="utf-8")
    given = model if "model" in source else trial.spec
    with pytest.raises(Interrupted):
        train(
            given,
            out=trial.out,
            data_root=trial.folder,
            resume=True,
            registry=new,
            listener=interrupting(),
        )
    run = train(given, out=trial.out, data_root=trial.folder, resume=True, registry=new)
    assert run.ended == "epochs"
    assert json.loads(run_file(trial).read_text())["spec"]["provenance"] == {
        "versions": {"layer/bow": 2}
    }


def test_other_data_are_refused(trial: Any) -> None:
    begun(trial(), 9)
    rng = np.random.default_rng(1)
    x = rng.normal(size=(80, 4))
    y = (x.sum(axis=1) > 0).astype(np.int64)
    np.savez(trial().folder / "data.npz", x_train=x, y_train=y, x_test=x[:20], y_test=y[:20])
    with pytest.raises(DataError, match="not those"):
        trial().train(resume=True)


def test_other_things_learned_from_the_same_data_are_refused(trial: Any) -> None:
    """As of a dataset that numbers words in the order of a set, which is another in each process."""
    rng = np.random.default_rng(1)
    part = Part(rng.normal(size=(80, 4)), rng.integers(0, 2, 80))

    def learned(state: Any) -> Data:
        return Data(part, test=part, state=state)

    begun(trial(), 9, data=learned({"words": ["a", "b"], "size": 2}))
    for state in ({"words": ["b", "a"], "size": 2}, None):
        with pytest.raises(DataError, match="not those"):
            trial().train(resume=True, data=learned(state))
    with pytest.raises(PluginError, match="not JSON serializable: set"):
        trial().train(resume=True, data=learned({"words": {"a", "b"}}))
    run = trial().train(resume=True, data=learned({"size": 2, "words": ["a", "b"]}))
    assert run.ended == "epochs"


def test_the_data_are_found_where_the_run_found_them(trial: Any, tmp_path: Path) -> None:
    begun(trial(), 9)
    assert not trial().train(resume=True, data_root=None).already


def test_under_another_kernel_it_goes_on_and_says_that_it_is_not_bit_exact(
    trial: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(trial(), 9)
    monkeypatch.setattr(running, "bits_key", lambda: {"kernel": "another"})
    with pytest.warns(NetspecWarning, match="not bit-exact"):
        trial().train(resume=True)
    assert len(trial().history()) == 4


def test_resume_needs_a_folder(trial: Any) -> None:
    with pytest.raises(SpecError, match="--out"):
        trial().train(resume=True, out=None)


def test_resume_where_there_is_no_run_begins_one(trial: Any) -> None:
    assert not trial().train(resume=True).already


# A first epoch as usual, and a second that leaves every number behind.
WILD = {
    "type": "sgd",
    "learning_rate": {
        "type": "one_cycle",
        "highest": 1e38,
        "start_divisor": 1e39,
        "rise": 0.9,
        "per": "epoch",
    },
}


def test_a_divergence_names_the_folder_of_the_last_good_checkpoint(trial: Any) -> None:
    here = trial(checkpoint_steps=1).changed(optimizer=WILD)
    with pytest.raises(DivergenceError, match=r"epoch \d+, batch \d+ .*checkpoint is in .*run"):
        here.train()
    document = json.loads((here.out / "checkpoint" / "run.json").read_text())
    assert document["values"]["step"] >= 1


def test_a_divergence_keeps_the_best_weights_that_were_asked_for(trial: Any) -> None:
    here = trial().changed(
        optimizer=WILD, callbacks=[{"type": "early_stopping", "monitor": "loss"}]
    )
    with pytest.raises(DivergenceError):
        here.train()
    assert np.isfinite(load(here.out).predict(np.zeros((2, 4)))).all()


# A checkpoint that somebody changed.


@pytest.fixture
def half(trial: Any) -> Any:
    """A run that was left in the middle."""
    begun(trial(), 9)
    return trial()


def run_file(trial: Any) -> Path:
    path: Path = trial.out / "checkpoint" / "run.json"
    return path


def assert_refused(trial: Any) -> None:
    with pytest.raises(ModelError) as caught:
        trial.train(resume=True)
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_checkpoint_that_was_cut_is_refused(share: float, half: Any) -> None:
    data = run_file(half).read_bytes()
    run_file(half).write_bytes(data[: int(share * len(data))])
    assert_refused(half)


def test_arrays_of_a_checkpoint_with_a_bit_flipped_are_refused(half: Any) -> None:
    file = next((half.out / "checkpoint").glob("arrays-*"))
    data = bytearray(file.read_bytes())
    data[-5] ^= 4
    file.write_bytes(data)
    assert_refused(half)


def test_arrays_of_a_checkpoint_that_are_missing_are_refused(half: Any) -> None:
    next((half.out / "checkpoint").glob("arrays-*")).unlink()
    assert_refused(half)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("step", "3"),
        ("epoch", None),
        ("position", 1.0),
        ("total", []),
        ("seen", [1]),
        ("waiting", {}),
        ("callbacks", []),
        ("callbacks", [{}, 5]),
        ("offered", {"$array": "nobody"}),
        ("factor", {"$float": "x"}),
    ],
)
def test_a_value_of_a_checkpoint_that_is_none_is_refused(key: str, value: Any, half: Any) -> None:
    document = json.loads(run_file(half).read_text())
    document["values"][key] = value
    run_file(half).write_text(json.dumps(document))
    assert_refused(half)


@pytest.mark.parametrize("key", ["values", "arrays", "bits", "spec", "data", "ended", "data_root"])
def test_a_checkpoint_that_lacks_a_key_is_refused(key: str, half: Any) -> None:
    document = json.loads(run_file(half).read_text())
    del document[key]
    run_file(half).write_text(json.dumps(document))
    assert_refused(half)


@pytest.mark.parametrize("text", ["[]", "5", '"x"', "[" * 2000, '{"a":' * 2000, "{}"])
def test_a_checkpoint_that_is_no_object_is_refused(text: str, half: Any) -> None:
    run_file(half).write_text(text)
    assert_refused(half)


@pytest.mark.parametrize("digest", ["../" * 20 + "etc", 5, None, "a" * 63])
def test_the_digest_of_a_checkpoint_is_never_read_as_a_path(digest: Any, half: Any) -> None:
    document = json.loads(run_file(half).read_text())
    document["arrays"]["sha256"] = digest
    run_file(half).write_text(json.dumps(document))
    assert_refused(half)


def test_a_checkpoint_of_another_network_is_refused(half: Any) -> None:
    """Also where its spec says that it is ours: nothing is broadcast, nothing cast."""
    small = half.called("small")
    layers = list(half.spec["layers"])
    layers[1] = {"type": "dense", "units": 1, "activation": "tanh"}
    small = replace(small, spec={**half.spec, "layers": layers})
    begun(small, 9)
    forged = json.loads(run_file(small).read_text())
    forged["spec"] = json.loads(run_file(half).read_text())["spec"]
    run_file(half).write_text(json.dumps(forged))
    for file in (small.out / "checkpoint").glob("arrays-*"):
        shutil.copy(file, half.out / "checkpoint")
    assert_refused(half)


def test_a_history_that_lacks_an_epoch_is_refused(half: Any) -> None:
    (half.out / "history.jsonl").write_bytes(b"")
    assert_refused(half)


@pytest.mark.parametrize("line", [b"5\n", b"[]\n", b"{\n", b'{"epoch": 7}\n'])
def test_a_history_that_is_none_is_refused(line: bytes, half: Any) -> None:
    (half.out / "history.jsonl").write_bytes(line)
    assert_refused(half)


def test_what_the_caller_s_limits_let_be_saved_they_let_be_trained_and_resumed(trial: Any) -> None:
    """The checkpoint of all this names every parameter seven times."""
    here = trial("adam").changed(optimizer="adam", accumulate=3, callbacks=["averaging"])
    network = here.called("free").train().network
    (weights,) = save(network, here.folder / "model").glob("*.safetensors")
    header = int.from_bytes(weights.read_bytes()[:8], "little")
    options = {"limits": Limits(header_bytes=header)}
    with pytest.raises(LimitError, match="header"):
        here.train(limits=Limits(header_bytes=header // 8))
    fit = replace(here.called("fits"), options=options)
    fit.train()
    fit.changed(epochs=5).train(resume=True)
    tight = Limits(header_bytes=header // 8)
    with pytest.raises(LimitError, match="header"):
        fit.changed(epochs=6).train(resume=True, limits=tight)
