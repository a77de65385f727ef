"""Train a spec in a folder: from the first step, or from wherever the last process was killed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from os import PathLike
from pathlib import Path
from time import perf_counter
from typing import Any

from netspec.arrays import Computing
from netspec.assemble import build, check, plan_of
from netspec.casting import check_data
from netspec.errors import (
    DataError,
    DivergenceError,
    NetspecError,
    SpecError,
    printable,
    quote,
    warn,
)
from netspec.files import locked
from netspec.kinds import Data, Schedule
from netspec.limits import Limits
from netspec.model import ModelSpec, TrainingSpec
from netspec.network import SequentialNetwork
from netspec.provenance import bits_key, data_digest
from netspec.reading import Setting, read_spec
from netspec.registry import Registry
from netspec.signals import Interruption
from netspec.sources import Source
from netspec.storage import load, open_model, write_model
from netspec.training import Moment, Training

from . import checkpoint, folders, history
from .parts import Parts, divide
from .run import Run
from .transfer import take_arrays

__all__ = ["Interrupted", "train"]

_Listener = Callable[[Training, Moment], None]


class Interrupted(KeyboardInterrupt):
    """A signal ended the training; its checkpoint is written, and `--resume` goes on."""

    def __init__(self, number: int, folder: Path) -> None:
        super().__init__(f"interrupted; go on with --resume in {folder}")
        self.signal = number
        self.folder = folder


@dataclass(frozen=True)
class _Job:
    """What is to be trained, on what."""

    spec: ModelSpec
    document: Mapping[str, Any]
    """The spec as checkpoints hold it."""
    training: TrainingSpec
    registry: Registry
    limits: Limits
    data: Data
    parts: Parts
    digest: str
    root: Path
    start: str = ""
    """The digest of the weights that the training started from, if from any."""


def train(
    source: ModelSpec | Source,
    *,
    out: str | PathLike[str] | None = None,
    data: Data | None = None,
    data_root: str | PathLike[str] | None = None,
    resume: bool = False,
    overwrite: bool = False,
    start_from: str | PathLike[str] | None = None,
    settings: Sequence[Setting] = (),
    registry: Registry | None = None,
    limits: Limits | None = None,
    listener: _Listener | None = None,
) -> Run:
    """Train a spec; the run's folder is `out`, or the next free `runs/<name>`.

    With `resume` an interrupted run in `out` goes on, to the very bits of one that was left alone.
    `start_from` names a saved model whose arrays are taken where name and shape agree. `listener` is
    called after each step, each chunk of validation and each epoch.

    Raises what the document, the data, a plugin, the numbers or the disk give cause for, each as its
    NetspecError; Interrupted after a SIGINT or SIGTERM, when the checkpoint is written.
    """
    if resume and out is None:
        raise SpecError("--resume needs to know which run", "name its folder with --out")
    job = _prepare(source, data, data_root, settings, registry, limits, resume, out)
    network = build(job.spec, registry=job.registry, limits=job.limits)
    taken: list[tuple[str, str]] = []
    if start_from is not None:
        saved = open_model(start_from, registry=job.registry, limits=job.limits)
        assert saved.spec.weights is not None
        job = replace(job, start=saved.spec.weights.sha256)
        taken = take_arrays(network, saved.network)
    if not (resume and out is not None and checkpoint.exists(Path(out))):
        network.adapt(job.parts.train)
    training = _training(job, network)
    if out is None:
        folder = folders.claim_numbered(Path("runs"), job.spec.name or "network")
    else:
        folder = Path(out)
        folders.claim(folder, _files(job, folder), resume=resume, overwrite=overwrite)
    training.folder = folder
    with locked(folder):
        goes_on = False
        files = _files(job, folder)
        if out is not None:
            # While this process waited for the lock, another may have trained there.
            goes_on = folders.claim(folder, files, resume=resume, overwrite=overwrite)
        if goes_on:
            return _resume(job, network, training, folder, listener)
        if overwrite:
            folders.clear(folder, files)
        _checkpoint(job, training, folder)
        return replace(_go_on(job, network, training, folder, listener), taken=taken)


def _prepare(
    source: ModelSpec | Source,
    data: Data | None,
    data_root: str | PathLike[str] | None,
    settings: Sequence[Setting],
    registry: Registry | None,
    limits: Limits | None,
    resume: bool,
    out: str | PathLike[str] | None,
) -> _Job:
    registry, limits = registry or Registry.installed(), limits or Limits()
    spec = source
    if not isinstance(spec, ModelSpec):
        spec = read_spec(spec, registry=registry, limits=limits, settings=settings)
    if spec.training is None:
        raise spec.locate(
            SpecError('"training" is missing', "say data, optimizer and epochs", path=())
        )
    check(spec, registry=registry, limits=limits)
    root = _root(source, data_root, resume, out, is_model=spec.weights is not None)
    if data is None:
        try:
            data = spec.training.data.open(root)
        except NetspecError as error:
            raise spec.locate(error) from None
    check_data(data)
    parts = divide(data, spec.training, spec.seed)
    return _Job(
        spec=spec,
        document=checkpoint.record(spec, registry),
        training=spec.training,
        registry=registry,
        limits=limits,
        data=data,
        parts=parts,
        digest=data_digest(data),
        root=root,
    )


def _root(
    source: ModelSpec | Source,
    data_root: str | PathLike[str] | None,
    resume: bool,
    out: str | PathLike[str] | None,
    *,
    is_model: bool,
) -> Path:
    """Where data paths start: as said, as the run recorded it, or the run that made the model, or
    the spec's folder."""
    if data_root is not None:
        return Path(data_root)
    if resume and out is not None and checkpoint.exists(Path(out)):
        recorded = checkpoint.recorded_root(Path(out))
        if recorded is not None:
            return recorded
    if isinstance(source, str | PathLike) and str(source) != "-":
        folder = Path(source).parent
        return (checkpoint.recorded_root(folder) if is_model else None) or folder
    return Path()


def _files(job: _Job, folder: Path) -> list[str]:
    """What callbacks write there: those of this training, and of the run that the folder holds."""
    there = checkpoint.recorded_spec(folder, job.registry)
    trainings = [job.training, *([there.training] if there and there.training else [])]
    return [name for each in trainings for callback in each.callbacks for name in callback.files]


def _training(job: _Job, network: SequentialNetwork) -> Training:
    return Training(
        network.objective(),
        plan_of(job.training),
        job.parts.train,
        job.parts.validation,
        step=network.step,
        epoch=network.epoch,
    )


def _resume(
    job: _Job,
    network: SequentialNetwork,
    training: Training,
    folder: Path,
    listener: _Listener | None,
) -> Run:
    kept = checkpoint.read(folder, job.limits)
    document = checkpoint.going_on(kept.facts["spec"], job.spec, job.registry, job.limits)
    if kept.facts["data"] != job.digest:
        raise DataError(
            f"the data are not those that {quote(folder)} was trained on",
            "resume with the same data",
        )
    epochs = kept.facts["spec"]["training"]["epochs"]
    if kept.ended and (kept.ended != "epochs" or job.training.epochs <= epochs):
        network = load(folder, registry=job.registry, limits=job.limits)
        test = (network.source.trained or {}).get("test") if network.source else None
        records, samples = history.read(folder), job.parts.counts()
        return Run(network, records, folder, test, kept.ended, already=True, samples=samples)
    if kept.facts["bits"] != bits_key():
        warn(
            "the checkpoint was written with another numpy, BLAS or number of threads: not bit-exact"
        )
    if job.training.epochs != epochs and _uses_total(job.training):
        warn("the learning rate depends on the total of steps: it is not that of one longer run")
    job = replace(job, document=document, start=str(kept.facts["from"]))
    checkpoint.restore(training, kept)
    training.records = history.truncate(folder, training.epoch, training.first_epoch)
    return _go_on(job, network, training, folder, listener)


def _uses_total(training: TrainingSpec) -> bool:
    rate = training.optimizer.learning_rate
    return isinstance(rate, Schedule) and rate.uses_total


def _go_on(
    job: _Job,
    network: SequentialNetwork,
    training: Training,
    folder: Path,
    listener: _Listener | None,
) -> Run:
    with Computing(), Interruption(terminate=True) as interruption:
        try:
            _steps(job, network, training, folder, listener, interruption)
        except DivergenceError as error:
            if training.offered:
                training.settle()
                _model(job, network, training, folder, None)
            good = f"the last good checkpoint is in {printable(str(folder))}"
            raise error.of(
                fault._replace(right=f"{fault.right}; {good}") for fault in error.faults
            ) from None
        network.take_over(training)
        test = _test(job, network)
        _model(job, network, training, folder, test)
        checkpoint.finish(folder, training.ended)
    if interruption.signal:
        raise Interrupted(interruption.signal, folder)
    samples = job.parts.counts()
    return Run(network, training.records, folder, test, training.ended, samples=samples)


def _steps(
    job: _Job,
    network: SequentialNetwork,
    training: Training,
    folder: Path,
    listener: _Listener | None,
    interruption: Interruption,
) -> None:
    """Train to the end, or to a signal: then checkpoint and model are written, Interrupted raised."""
    every = job.training.checkpoint_steps
    pace = _Pace()
    for moment in training.run():
        # Once a moment: what arrives after this look is heard at the next.
        number = interruption.signal
        due = every is not None and moment == "step" and training.done % every == 0
        if moment == "epoch":
            history.append(folder, training.records[-1])
            over = training.ended or training.epoch == training.last_epoch
            due = bool(over) or pace.allows()
        if due or number:
            with pace:
                history.keep(folder)
                _checkpoint(job, training, folder)
        if listener is not None:
            listener(training, moment)
        if number:
            training.settle()
            _model(job, network, training, folder, None)
            raise Interrupted(number, folder)


class _Pace:
    """How often epochs leave a checkpoint: each, or where they are short, so many that the disk
    takes no more than a share of the time."""

    _SHARE = 1 / 20

    def __init__(self) -> None:
        self._since = -inf
        self._took = 0.0

    def allows(self) -> bool:
        """Whether the last checkpoint is long enough ago for what it took."""
        return self._took <= self._SHARE * (perf_counter() - self._since)

    def __enter__(self) -> None:
        self._since = perf_counter()

    def __exit__(self, *_: object) -> None:
        self._took = perf_counter() - self._since


def _test(job: _Job, network: SequentialNetwork) -> dict[str, Any] | None:
    part = job.parts.test
    if part is None:
        return None
    return network.evaluate(
        part.inputs, part.targets, weights=part.weights, metrics=job.training.metrics
    )


def _model(
    job: _Job,
    network: SequentialNetwork,
    training: Training,
    folder: Path,
    test: dict[str, Any] | None,
) -> None:
    trained = {
        "epochs": training.epoch,
        "steps": training.step,
        "ended": training.ended,
        "test": test,
    }
    network.classes = job.data.classes or network.classes
    extra = {
        "data_state": job.data.state,
        "trained": trained,
        "provenance": {"data": job.digest, **({"from": job.start} if job.start else {})},
    }
    write_model(network, folder, extra=extra, limits=job.limits)


def _checkpoint(job: _Job, training: Training, folder: Path) -> None:
    training.look_at_arrays()
    facts = {
        "spec": job.document,
        "data_root": str(job.root.resolve()),
        "data": job.digest,
        "from": job.start,
        "bits": bits_key(),
        "ended": "",
    }
    checkpoint.write(folder, training, facts, job.limits)
