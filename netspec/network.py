"""A network: a chain with a loss, that learns, predicts and is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
from pydantic import TypeAdapter, ValidationError

from .arrays import Array, Computing, Shape
from .casting import (
    array_like,
    as_part,
    check_indices,
    check_part,
    input_cast,
    validation_part,
)
from .chain import Chain
from .errors import DataError, SpecError
from .evaluation import chunk_size, evaluating
from .kinds import CallbackSpec, Loss, Metric, OptimizerSpec, Part
from .layer import Layer, LayerSpec
from .model import FORMAT, ModelSpec
from .objective import Objective, check_gradients
from .plan import Plan, check_counts, check_keys
from .registry import Registry
from .spec import Component
from .tape import Seen, Tape
from .wording import refusal, shown

if TYPE_CHECKING:
    from .training import Training

__all__ = ["SequentialNetwork"]

_C = TypeVar("_C", bound=Component)
_Written = str | Mapping[str, Any]


class SequentialNetwork(Chain):
    """Layers in a row and a loss.

    `input_shape` is a sample's, without the batch axis. A layer, a loss, an optimizer or a metric is
    given as an instance, as its type (`"relu"`), or as what a document would say of it; a layer that
    stands in the network, as itself or by its name.
    """

    def __init__(
        self,
        input_shape: Sequence[int],
        loss: Loss | _Written | None = None,
        *,
        seed: int = 0,
        dtype: Literal["float32", "float64"] = "float32",
        input_dtype: str | None = None,
        registry: Registry | None = None,
    ) -> None:
        said = ModelSpec(
            netspec=FORMAT,
            input_shape=_sequence(input_shape),
            input_dtype=_name(input_dtype),
            dtype=_name(dtype),
            seed=seed,
            layers=(),
        )
        super().__init__(
            said.input_shape, input_dtype=said.input_dtype, dtype=said.dtype, seed=said.seed
        )
        self.registry = registry or Registry.installed()
        self.loss = loss
        self.step = 0
        self.epoch = 0
        self.history: list[dict[str, Any]] = []
        self.classes: tuple[str, ...] = ()
        self.source: ModelSpec | None = None
        self._chunk: int | None = None

    @property
    def loss(self) -> Loss | None:
        """What training makes small; it is given as in the constructor."""
        return self._loss

    @loss.setter
    def loss(self, loss: Loss | _Written | None) -> None:
        self._loss: Loss | None = None if loss is None else self._component(Loss, loss)  # type: ignore[type-abstract]
        self._objective: Objective | None = None

    # Building.

    def add(self, new: LayerSpec | Layer | _Written, name: str = "") -> Layer:
        """Put a layer behind the tail: a spec, a running layer that is free, or a type.

        Raises SpecError where it does not fit; the network then stays as it was.
        """
        return super().add(self._layer(new), name)

    def extend(self, new: Iterable[LayerSpec | Layer | _Written]) -> None:
        super().extend([self._layer(each) for each in new])

    def insert_before(
        self, layer: Layer | str, new: LayerSpec | Layer | _Written, name: str = ""
    ) -> Layer:
        return super().insert_before(self._standing(layer), self._layer(new), name)

    def insert_after(
        self, layer: Layer | str, new: LayerSpec | Layer | _Written, name: str = ""
    ) -> Layer:
        return super().insert_after(self._standing(layer), self._layer(new), name)

    def replace(
        self, layer: Layer | str, new: LayerSpec | Layer | _Written, name: str = ""
    ) -> Layer:
        return super().replace(self._standing(layer), self._layer(new), name)

    def remove(self, layer: Layer | str) -> Layer:
        return super().remove(self._standing(layer))

    def cut(self, layer: Layer | str) -> Chain:
        return super().cut(self._standing(layer))

    def changed(self) -> None:
        super().changed()
        self._objective = None
        self._chunk = None

    def _standing(self, layer: Layer | str) -> Layer:
        return layer if isinstance(layer, Layer) else self[layer]

    def _layer(self, new: LayerSpec | Layer | _Written) -> LayerSpec | Layer:
        return new if isinstance(new, Layer) else self._component(LayerSpec, new)  # type: ignore[type-abstract]

    def _component(self, base: type[_C], written: Any) -> _C:
        if isinstance(written, base):
            return written
        if not isinstance(written, str | Mapping):
            raise SpecError(
                f"{shown(written)} is no {base.kind}", f"give a {base.kind}, its type, or a dict"
            )
        value = written if isinstance(written, str) else dict(written)
        try:
            found: _C = TypeAdapter(base).validate_python(
                value, context={"registry": self.registry}
            )
        except ValidationError as error:
            raise refusal(error) from None
        return found

    def _components(self, base: type[_C], written: Any, name: str) -> tuple[_C, ...]:
        if isinstance(written, str | Mapping | Component) or not isinstance(written, Iterable):
            raise SpecError(f"{name} is {shown(written)}", f"give a list, as in {name}=[…]")
        return tuple(self._component(base, each) for each in written)

    # Learning.

    def objective(self) -> Objective:
        """The loss at the end of this chain. Raises SpecError where they do not fit."""
        if self._objective is None:
            if self.loss is None:
                raise SpecError("the network has no loss", 'give it one, as in loss="mse"')
            check_gradients(self)
            self._objective = Objective(self, self.loss)
        return self._objective

    def adapt(self, part: Part) -> None:
        """Let every layer that adapts to the training data do so, head to tail, once."""
        cast_input, cast_target = check_part(self, self.output_shape, part, "the training data")
        chunk = chunk_size(self)
        for layer in list(self.walk()):
            adapt = getattr(layer, "adapt", None)
            if adapt is None:
                continue

            def passes(layer: Layer = layer) -> Iterator[tuple[Array, Array]]:
                for start in range(0, len(part), chunk):
                    rows = slice(start, start + chunk)
                    x = cast_input(part.inputs[rows])
                    yield self._reaching(layer, x), cast_target(part.targets[rows])

            adapt(passes)

    def _reaching(self, layer: Layer, x: Array) -> Array:
        """The input of a layer, in evaluation."""
        if layer is self.head:
            return x
        reached: list[Array] = []

        def watch(seen: Seen) -> None:
            if seen.layer.next is layer and seen.output is not None:
                reached.append(seen.output)
            if seen.layer is layer and seen.input is not None:
                reached.append(seen.input)

        self.forward(x, Tape(watch=watch))
        if not reached:
            raise SpecError(
                f"no sample reaches {layer.path} ({layer.spec.type}) in evaluation, "
                "and it adapts to what does",
                "put it where evaluation passes, or leave it out",
            )
        return reached[0]

    def fit(
        self,
        x: Any,
        y: Any,
        *,
        epochs: int = 1,
        batch_size: int = 32,
        accumulate: int = 1,
        optimizer: OptimizerSpec | _Written,
        validation: tuple[Any, Any] | None = None,
        weights: Any = None,
        shuffle: bool = True,
        metrics: Sequence[Metric | _Written] = (),
        callbacks: Sequence[CallbackSpec | _Written] = (),
        progress: Callable[[Training], None] | None = None,
    ) -> list[dict[str, Any]]:
        """Train for `epochs` more epochs; returns their records, one an epoch.

        `accumulate` batches make one step. The optimizer begins anew; epochs, steps and history are
        numbered on. Interrupted, the batch is ended and KeyboardInterrupt raised. Raises DataError
        where the data do not fit, and DivergenceError where training leaves the finite numbers.
        """
        # Only here: a process that validates or predicts need not load how networks learn.
        from .signals import Interruption
        from .training import Training

        plan = Plan(
            optimizer=self._component(OptimizerSpec, optimizer),  # type: ignore[type-abstract]
            epochs=epochs,
            batch_size=batch_size,
            accumulate=accumulate,
            shuffle=shuffle,
            metrics=self._metrics(metrics),
            callbacks=self._components(CallbackSpec, callbacks, "callbacks"),  # type: ignore[type-abstract]
        )
        check_counts(plan)
        train = as_part(x, y, weights, "the training data")
        held_out = validation_part(validation)
        objective = self.objective()
        self.unlock()
        self.adapt(train)
        training = Training(
            objective,
            plan,
            train,
            held_out,
            step=self.step,
            epoch=self.epoch,
        )
        try:
            with Computing(), Interruption() as interruption:
                for _ in training.run():
                    if progress is not None:
                        progress(training)
                    if interruption.signal:
                        raise KeyboardInterrupt
        finally:
            training.settle()
            self.take_over(training)
        return training.records

    def take_over(self, training: Training) -> None:
        """Count the steps and epochs of a training as this network's own."""
        self.step, self.epoch = training.step, training.epoch
        self.history = self.history + training.records

    def unlock(self) -> None:
        """Make every array writeable, as training needs it; loaded ones are read-only before."""
        for array in (*self.params().values(), *self.state().values()):
            array.flags.writeable = True

    def _metrics(self, metrics: Sequence[Metric | _Written]) -> tuple[Metric, ...]:
        found = self._components(Metric, metrics, "metrics")  # type: ignore[type-abstract]
        for metric in found:
            metric.check(self.output_shape)
        check_keys(found)
        return found

    # Using.

    def predict(self, x: Any, *, chunk: int | None = None) -> Array:
        """The outputs, `(N, *output_shape)`, for inputs `(N, *input_shape)`.

        `chunk` is the number of samples that pass at once, at least 1. Raises DataError where the
        shape is another, or an integer is out of an embedding's range. Any number of threads may
        predict with one network; while another trains in the process, the last bits may differ.
        """
        inputs = array_like(x, "the input")
        cast = input_cast(self, inputs)
        if self.input_dtype.kind != "f":
            check_indices(self, inputs, cast, "the input")
        rows = len(inputs)
        chunk = self._at_once(chunk)
        if rows <= chunk:
            y = self.forward(cast(inputs), Tape())
            # A network that changes nothing gives its input: the caller gets a copy.
            return y.copy() if np.may_share_memory(y, np.asarray(inputs)) else y
        result = np.empty((rows, *self.output_shape), self.output_dtype)
        for start in range(0, rows, chunk):
            stop = start + chunk
            result[start:stop] = self.forward(cast(inputs[start:stop]), Tape())
        return result

    @property
    def chunk(self) -> int:
        """How many samples pass at once, unless somebody says another number."""
        if self._chunk is None:
            self._chunk = chunk_size(self)
        return self._chunk

    def _at_once(self, chunk: int | None) -> int:
        """How many samples pass at once, where somebody may have said a number."""
        if chunk is None:
            return self.chunk
        if not isinstance(chunk, Integral) or chunk < 1:
            raise SpecError(f"chunk is {shown(chunk)}", "give a whole number of at least 1")
        return chunk

    def evaluate(
        self,
        x: Any,
        y: Any,
        *,
        metrics: Sequence[Metric | _Written] = (),
        weights: Any = None,
        chunk: int | None = None,
    ) -> dict[str, Any]:
        """The loss, Σwl/Σw, and the metrics over all samples, in evaluation."""
        objective = self.objective()
        chosen, at_once = self._metrics(metrics), self._at_once(chunk)
        part = as_part(x, y, weights, "the data")
        if not len(part):
            raise DataError("there are no samples to evaluate", "give at least one")
        casts = check_part(self, objective.output_shape, part, "the data")
        objective.check_targets(part.targets, "the target of the data")
        with Computing():
            evaluation = evaluating(objective, part, casts, chosen, at_once)
            while True:
                try:
                    next(evaluation)
                except StopIteration as end:
                    values: dict[str, Any] = end.value
                    return values

    # Looking.

    def describe(self) -> None:
        """Print the table of layers: name, type, output shape, parameters."""
        print(self)

    def __str__(self) -> str:
        rows = [
            ("layer", "type", "output shape", "parameters"),
            ("input", "", _say(self.input_shape), ""),
        ]
        for layer in self:
            count = sum(array.size for array in layer.params.values())
            rows.append((layer.name, layer.spec.type, _say(layer.output_shape), f"{count:,}"))
        total = sum(array.size for array in self.params().values())
        rows.append(("total", "", "", f"{total:,}"))
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        lines = [
            f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:<{widths[2]}}  {d:>{widths[3]}}".rstrip()
            for a, b, c, d in rows
        ]
        loss = self.loss.type if self.loss else "none"
        return "\n".join([*lines, f"loss: {loss}, dtype: {self.dtype}"])

    def __repr__(self) -> str:
        return f"<SequentialNetwork {_say(self.input_shape)} → {_say(self.output_shape)}, {len(self)} layers>"


def _sequence(shape: Any) -> Any:
    """An array as a list, as other sequences are taken."""
    return shape.tolist() if isinstance(shape, np.ndarray) else shape


def _name(dtype: Any) -> Any:
    """A dtype of numpy by its name, as a document says it."""
    return np.dtype(dtype).name if isinstance(dtype, type | np.dtype) else dtype


def _say(shape: Shape) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
