"""The document as a whole: what a network is, and how it is trained."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import Discriminator, Field, PrivateAttr, Tag

from .arrays import size
from .document import Document
from .errors import Fault, JSONPath, LimitError, NetspecError
from .kinds import CallbackSpec, Dataset, Loss, Metric, OptimizerSpec
from .layer import LayerSpec
from .limits import Limits
from .spec import Many, Name, Spec

__all__ = [
    "FORMAT",
    "RESULTS",
    "ModelSpec",
    "Origins",
    "TrainingSpec",
    "Validation",
    "ValidationSplit",
    "WeightsFile",
    "named",
]

FORMAT = 1

RESULTS = ("weights", "provenance", "classes", "data_state", "trained")
"""The keys of a saved model that say what came of its training."""

_E = TypeVar("_E", bound=NetspecError)

Origins = tuple[tuple[JSONPath, str], ...]
"""Paths of a document whose values came from an option, and how messages name it."""


class ValidationSplit(Spec):
    """A share of the training part, set apart for validation."""

    share: float = Field(gt=0, lt=1, description="the share, such as 0.1")
    stratified: bool = Field(
        default=False, description="whether each class keeps its share of the samples"
    )


def _branch(value: Any) -> str:
    if isinstance(value, str):
        return "<test>"
    return "<share>" if isinstance(value, float | int) else "<split>"


Validation = Annotated[
    Annotated[Literal["test"], Tag("<test>")]
    | Annotated[float, Field(gt=0, lt=1), Tag("<share>")]
    | Annotated[ValidationSplit, Tag("<split>")],
    Discriminator(_branch),
]
"""What is validated after each epoch: the part `"test"`, or a share of the training part."""


class TrainingSpec(Spec):
    """How a network is trained."""

    data: Dataset = Field(description="the data to learn from")
    optimizer: OptimizerSpec = Field(description="how the parameters follow their gradients")
    batch_size: int = Field(default=32, gt=0, description="the samples of one gradient")
    accumulate: int = Field(
        default=1, gt=0, description="the batches whose gradients make one step"
    )
    epochs: int = Field(ge=0, description="how often all the training data are gone through")
    shuffle: bool = Field(default=True, description="whether each epoch has an order of its own")
    validation: Validation | None = Field(
        default=None,
        description='what is validated after each epoch: "test", or a share from 0 to 1',
    )
    metrics: Many[Metric] = Field(default=(), description="what is measured beside the loss")
    callbacks: Many[CallbackSpec] = Field(
        default=(), description="what watches the training, and may end it"
    )
    checkpoint_steps: int | None = Field(
        default=None, gt=0, description="the steps between two checkpoints inside an epoch"
    )


class WeightsFile(Spec):
    """The weights that belong to a saved model: the file is named by its digest."""

    file: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    parameters: int = Field(ge=0)


class ModelSpec(Spec):
    """A neural network as a document. Its last five keys are written by netspec, in model.json.

    What it `extends` is resolved before: in a spec that was read the field is None.
    """

    schema_: str | None = Field(default=None, alias="$schema")
    extends: str | None = Field(
        default=None, description="the file, beside this one or below, that this one changes"
    )
    netspec: int = Field(description=f"the version of the format, {FORMAT}")
    name: Name = Field(default="", description="what the network is called; runs are named so")
    description: str = Field(default="", description="what the network is for, in a sentence")
    input_shape: Many[Annotated[int, Field(gt=0)]] = Field(
        max_length=64, description="the shape of one sample, such as [28, 28, 1]"
    )
    input_dtype: Literal["float32", "float64", "int8", "uint8", "int32", "int64"] | None = Field(
        default=None, description="the type of the inputs, where it is not that of the parameters"
    )
    dtype: Literal["float32", "float64"] = Field(
        default="float32", description="the type of the parameters, and what is computed in"
    )
    layers: Many[LayerSpec] = Field(description="the chain, from the input to the output")
    loss: Loss | None = Field(default=None, description="what training makes small")
    seed: int = Field(
        default=0, ge=0, lt=2**64, description="what every random number is drawn from"
    )
    training: TrainingSpec | None = Field(
        default=None, description="how the network is trained; a pure architecture has none"
    )
    weights: WeightsFile | None = None
    provenance: dict[str, Any] | None = None
    classes: Many[str] = ()
    data_state: dict[str, Any] | None = None
    trained: dict[str, Any] | None = None

    _source: Document | None = PrivateAttr(None)
    _origins: Origins = PrivateAttr(())
    _migrated: tuple[str, ...] = PrivateAttr(())

    @property
    def migrated(self) -> tuple[str, ...]:
        """What was brought from an older version to today's when this was read."""
        return self._migrated

    def check(self, limits: Limits) -> None:
        """Raise LimitError where the input's shape is over a limit."""
        rank = len(self.input_shape)
        if rank > limits.rank:
            raise LimitError(
                f"the input has {rank} axes, the limit is {limits.rank}",
                "use a smaller rank",
                path=("input_shape",),
            )
        count = size(self.input_shape)
        if count > limits.values:
            raise LimitError(
                f"the input has {count:,} values a sample, the limit is {limits.values:,}",
                "use a smaller shape, or let the caller raise the limit",
                path=("input_shape",),
            )

    def locate(self, error: _E) -> _E:
        """The same error, each fault with its place in the text that this spec was read from, or
        with the option that its value came from."""
        if self._source is None:
            return error
        return self._source.locate(named(error, self._origins))

    def remember(
        self, source: Document, origins: Origins = (), migrated: tuple[str, ...] = ()
    ) -> None:
        """Keep what this spec was read from, for the places of errors found later."""
        self._source, self._origins, self._migrated = source, origins, migrated


def named(error: _E, origins: Origins) -> _E:
    """The error, each fault with the option that its value came from; the last one counts."""

    def with_origin(fault: Fault) -> Fault:
        for path, origin in reversed(origins):
            if fault.path is not None and fault.path[: len(path)] == path:
                return fault._replace(origin=origin)
        return fault

    return type(error).of(with_origin(fault) for fault in error.faults)
