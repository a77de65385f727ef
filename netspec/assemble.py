"""From a spec to a network."""

from __future__ import annotations

from collections.abc import Iterator

from .errors import Fault, NetspecError, SpecError, together
from .limits import Limits
from .model import ModelSpec, TrainingSpec
from .network import SequentialNetwork
from .plan import Plan, check_monitors
from .reading import in_order, read_spec
from .registry import Registry
from .site import Ledger, Mode
from .sources import Source

__all__ = ["build", "check", "plan_of", "validates"]


def build(
    source: ModelSpec | Source,
    *,
    registry: Registry | None = None,
    limits: Limits | None = None,
    mode: Mode = "full",
) -> SequentialNetwork:
    """The untrained network of a spec, or of a file, bytes or a dict that holds one.

    It is built dry before anything is allocated. Raises SpecError where layers do not fit together,
    LimitError where the network is over a limit, each at its place in the document.
    """
    spec = source
    if not isinstance(spec, ModelSpec):
        spec = read_spec(spec, registry=registry, limits=limits)
    limits = limits or Limits()
    try:
        network = SequentialNetwork(
            spec.input_shape,
            spec.loss,
            seed=spec.seed,
            dtype=spec.dtype,
            input_dtype=spec.input_dtype,
            registry=registry,
        )
        network.start(mode, Ledger(limits.parameters, limits.values, limits.layers))
        try:
            network.extend(spec.layers)
        except NetspecError as error:
            raise error.under("layers") from None
    except NetspecError as error:
        raise spec.locate(error) from None
    network.start("full", Ledger())
    network.classes = spec.classes
    network.source = spec
    return network


def check(
    spec: ModelSpec, *, registry: Registry | None = None, limits: Limits | None = None
) -> SequentialNetwork:
    """Look at everything that can be known without data; returns the dry network.

    Raises SpecError or LimitError at the place in the document.
    """
    network = build(spec, registry=registry, limits=limits, mode="dry")
    errors = list(_errors(spec, network))
    if errors:
        raise in_order(spec.locate(together(errors)))
    return network


def _errors(spec: ModelSpec, network: SequentialNetwork) -> Iterator[NetspecError]:
    """What is wrong with the loss, with each metric and with the callbacks, each for itself."""
    training = spec.training
    if training is not None and spec.loss is None:
        right = 'a network that trains needs one: add "loss"'
        yield SpecError.of([Fault('"loss" is missing', right, ("training",), at="key")])
    if spec.loss is not None:
        try:
            network.objective()
        except NetspecError as error:
            yield _as_written(error, spec)
    if training is None:
        return
    for at, metric in enumerate(training.metrics):
        try:
            metric.check(network.output_shape)
        except SpecError as error:
            yield error.under("training", "metrics", at)
    try:
        check_monitors(plan_of(training), validates(training), bool(network.penalties()))
    except NetspecError as error:
        yield error


def _as_written(error: NetspecError, spec: ModelSpec) -> NetspecError:
    """The error of a link of the chain, at the layer of the document that the link comes from."""
    origins = [at for at, layer in enumerate(spec.layers) for _ in layer.links()]

    def placed(fault: Fault) -> Fault:
        match fault.path:
            case ("layers", int() as link, *rest):
                return fault._replace(path=("layers", origins[link], *rest))
        return fault

    return type(error).of(placed(fault) for fault in error.faults)


def validates(training: TrainingSpec) -> bool:
    """Whether there will be validation, as far as is known without opening the data."""
    return training.validation is not None or "validation" in training.data.parts()


def plan_of(training: TrainingSpec) -> Plan:
    """How to train, as the document says."""
    return Plan(
        optimizer=training.optimizer,
        epochs=training.epochs,
        batch_size=training.batch_size,
        accumulate=training.accumulate,
        shuffle=training.shuffle,
        metrics=training.metrics,
        callbacks=training.callbacks,
    )
