"""The loop: epochs of mini-batches, each step applied whole or not at all.

A step is a pure function of weights, seed and step number. So a training can be left between any
two steps and taken up again, and a step that went wrong can be replayed and watched.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from .accumulating import Accumulator
from .arrays import Array, Calm, finite, keep_freed
from .casting import Cast, check_part, reader
from .chain import Chain
from .errors import DataError, DivergenceError, PluginError, nearest, quote, warn
from .evaluation import chunk_size, evaluating, parameters
from .health import SAMPLES, unhealthy
from .inspection import Inspector, Sentinel, owner
from .kinds import Callback, Clock, Part, Schedule
from .objective import Objective, Step
from .plan import Plan, check_batches, check_monitors
from .streams import Purpose, stream
from .tally import Tally
from .tape import Tape, Watch
from .updating import Updater

__all__ = ["Moment", "Training"]

Moment = Literal["step", "chunk", "epoch"]


class Training:
    """A training that is under way: `run` goes on from wherever it stands.

    `step` and `epoch` count over the life of the network, and address its randomness; `done` counts
    the steps of this training, `position` the batches of the open epoch, of which there are `batches`;
    the last may be short.
    """

    def __init__(
        self,
        objective: Objective,
        plan: Plan,
        train: Part,
        validation: Part | None = None,
        *,
        step: int = 0,
        epoch: int = 0,
    ) -> None:
        self.network: Chain = objective.chain
        self.objective = objective
        self.plan = plan
        self.step = step
        self.epoch = epoch
        self.folder: Path | None = None
        self.done = 0
        self.position = 0
        self.batches = -(-len(train) // plan.batch_size)
        self.applied = 0
        self.records: list[dict[str, Any]] = []
        self.ended = ""
        self.factor = 1.0
        self.last_loss = math.nan
        self.tally = Tally(plan.metrics)
        self.gathered = Accumulator()
        self.offered: dict[str, Array] = {}
        self.first_epoch = epoch
        self._stop = ""
        self._penalties = self.network.penalties()
        check_monitors(plan, validation is not None, bool(self._penalties))
        self._train, self._validation = train, validation
        self._casts = self._checked(train, "the training data")
        self._validation_casts = (
            self._checked(validation, "the validation data") if validation is not None else None
        )
        check_batches(self.network, len(train), plan.batch_size)
        self.updater = Updater(plan.optimizer.build(), self.network.trainable(), self._penalties)
        self.callbacks: list[Callback] = [spec.build() for spec in plan.callbacks]
        self._each_step = [c for c in self.callbacks if _overrides(c, "after_step")]
        rate = plan.optimizer.learning_rate
        self._constant_rate = None if isinstance(rate, Schedule) else rate
        self._chunk = chunk_size(self.network)
        self._calm = Calm(plan.batch_size * parameters(self.network))
        self._inputs, self._targets = (
            reader(values, cast, plan.shuffle)
            for values, cast in zip((train.inputs, train.targets), self._casts, strict=True)
        )
        weights = train.weights
        self._weights = None if weights is None else reader(weights, np.asarray, plan.shuffle)
        self._order: Array | None = None
        self._tape = self._new_tape()

    # What a callback may do.

    def stop(self, reason: str) -> None:
        """End the training after this step or epoch."""
        self._stop = reason

    def scale_rate(self, factor: float) -> None:
        """Multiply every learning rate from here on."""
        self.factor *= factor

    def offer(self, weights: Mapping[str, Array]) -> None:
        """Offer arrays by path; copies of the last that were offered become the model.

        Raises PluginError for a path that the network does not have, and for another shape.
        """
        own = {**self.network.params(), **self.network.state()}
        for path, array in weights.items():
            if path not in own:
                raise PluginError(
                    f"weights are offered for {quote(path)}, which the network does not have",
                    nearest(path, own),
                )
            if np.shape(array) != own[path].shape:
                raise PluginError(
                    f"the weights that are offered for {path} have the shape {np.shape(array)}",
                    f"{own[path].shape} is expected",
                )
        self.offered = {path: np.array(array, own[path].dtype) for path, array in weights.items()}

    def weights(self) -> dict[str, Array]:
        """A copy of every array of the network by its path."""
        arrays = {**self.network.params(), **self.network.state()}
        return {path: array.copy(order="K") for path, array in arrays.items()}

    def better(self, key: str) -> Literal["higher", "lower"]:
        """Whether more of this key of the history is better."""
        plain = key.removeprefix("val_")
        return next((m.better for m in self.plan.metrics if m.key == plain), "lower")

    # The loop.

    @property
    def samples(self) -> int:
        """The samples of one epoch."""
        return len(self._train)

    @property
    def last_epoch(self) -> int:
        """The epoch, over the life of the network, with which this training is complete."""
        return self.first_epoch + self.plan.epochs

    def _clock(self, position: int) -> Clock:
        """The clock at a batch of the open epoch: it counts this training's steps of the optimizer."""
        epoch, together = self.epoch - self.first_epoch, self.plan.accumulate
        steps = -(-self.batches // together)
        return Clock(epoch * steps + position // together, epoch, steps, steps * self.plan.epochs)

    def run(self) -> Generator[Moment, None, None]:
        """Go on to the end, yielding after each step, each chunk of validation and each epoch.

        Whoever iterates may stop at any yield; everything is then as if the next step had not begun.
        Raises DivergenceError where the loss or a gradient is not finite: that step is not applied.
        Whoever iterates enters `Computing`: entered here, it would leak at a yield.
        """
        keep_freed()
        for callback in self.callbacks:
            callback.before(self)
        while not self.ended and self.epoch < self.last_epoch:
            while self.position < self.batches and not self._stop:
                self._step()
                yield "step"
            yield from self._close_epoch()
            yield "epoch"
        self.ended = self.ended or "epochs"
        for callback in self.callbacks:
            callback.after(self)
        self.settle()

    def settle(self) -> None:
        """Write the weights that were offered last, if any, into the network."""
        arrays = {**self.network.params(), **self.network.state()}
        for path, array in self.offered.items():
            arrays[path][...] = array

    def _step(self) -> None:
        rows = self._rows()
        x, target = self._inputs(rows), self._targets(rows)
        weight = None if self._weights is None else self._weights(rows)
        if self.done == 0:
            self.objective.rehearse(x, target, self._new_tape(), Inspector(len(x)))
        tape, applied = self._tape, self.applied
        tape.begin(self.step)
        with self._calm:
            result = self.objective.step(x, target, weight, tape)
            if not (math.isfinite(result.loss) and self._learn(result)):
                raise self._diverged(x, target, weight)
        if result.weight:
            tape.commit()
        self.tally.add(result, target, weight)
        self.last_loss = result.loss / result.weight if result.weight else math.nan
        self.step += 1
        self.done += 1
        self.position += 1
        if self.applied > applied:
            for callback in self._each_step:
                callback.after_step(self, self.last_loss)

    def _learn(self, result: Step) -> bool:
        """Make a step, once as many batches as make one are gathered; an epoch's last may be fewer.

        A batch of weight 0 is none. False, and nothing moves, where a gradient is not finite.
        """
        gradients, weight = result.gradients, result.weight
        if self.plan.accumulate > 1:
            if weight and not self.gathered.add(gradients, weight):
                return False
            position = self.position + 1
            if position % self.plan.accumulate and position < self.batches:
                return True
            weight = self.gathered.weight
            gradients = self.gathered.take()
        if not weight:
            return True
        constant = self._constant_rate
        rate = self.rate() if constant is None else constant * self.factor
        if not self.updater.apply(gradients, rate, self.applied + 1):
            return False
        self.applied += 1
        return True

    def rate(self) -> float:
        """The learning rate of the next step."""
        return self.plan.optimizer.rate(self._clock(self.position)) * self.factor

    def _rows(self) -> Array | slice:
        """The open batch's samples; their order is addressed by seed and epoch."""
        start = self.position * self.plan.batch_size
        rows = slice(start, start + self.plan.batch_size)
        if not self.plan.shuffle:
            return rows
        if self._order is None:
            order = stream(self.network.seed, Purpose.ORDER, step=self.epoch)
            self._order = order.permutation(len(self._train))
        return self._order[rows]

    def _new_tape(self, watch: Watch | None = None) -> Tape:
        seed = self.network.seed
        return Tape(training=True, keeps=True, seed=seed, step=self.step, watch=watch)

    def _close_epoch(self) -> Generator[Moment, None, None]:
        record: dict[str, Any] = {"epoch": self.epoch + 1, "step": self.step}
        record.update(self.tally.record())
        if self._penalties:
            record["penalty"] = self.updater.penalty()
        if self._validation is not None and self._validation_casts is not None:
            values = yield from evaluating(
                self.objective,
                self._validation,
                self._validation_casts,
                self.plan.metrics,
                self._chunk,
            )
            record.update({f"val_{key}": value for key, value in values.items()})
        record["learning_rate"] = self.last_rate()
        self.look_at_arrays()
        if self.epoch == 0:
            self._look_at_health(record)
        self.epoch += 1
        self.position = 0
        self.tally = Tally(self.plan.metrics)
        self._order = None
        self.records.append(record)
        for callback in self.callbacks:
            callback.after_epoch(self, record)
        self.ended = self._stop

    def last_rate(self) -> float:
        """The learning rate of the open epoch's last batch."""
        return self.plan.optimizer.rate(self._clock(max(0, self.position - 1))) * self.factor

    def look_at_arrays(self) -> None:
        """Raise DivergenceError where an array of the network is not finite.

        A step looks at gradients alone: one that is finite may still carry a weight out of range.
        """
        for path, array in {**self.network.params(), **self.network.state()}.items():
            if not finite(array):
                raise DivergenceError(
                    f"epoch {self.epoch + 1}, batch {self.position} of {self.batches}: "
                    f"{path} is not finite after this step",
                    "try a smaller learning rate",
                )

    def _look_at_health(self, record: dict[str, Any]) -> None:
        inputs, cast = self._train.inputs, self._casts[0]
        rows = range(0, min(SAMPLES, len(self._train)), self._chunk)
        with self._calm:
            ailments = unhealthy(
                self.network, (cast(inputs[at : min(at + self._chunk, SAMPLES)]) for at in rows)
            )
        for ailment in ailments:
            warn(str(ailment))
        if ailments:
            record["dead"] = {ailment.path: ailment.share for ailment in ailments}

    def _diverged(self, x: Array, target: Array, weight: Array | None) -> DivergenceError:
        """The step again, with every layer watched: which one broke first, or did the loss?"""
        where = f"epoch {self.epoch + 1}, batch {self.position + 1} of {self.batches}"
        loss = self.objective.loss
        if what := self.objective.broken(x, target, self._new_tape()):
            return DivergenceError(
                f"{where}: the {what} of the loss {loss.type} ({owner(loss)}) is not finite",
                "try a smaller learning rate or another loss; the step was not applied",
            )
        sentinel = Sentinel()
        self.objective.step(x, target, weight, self._new_tape(sentinel))
        if sentinel.layer is None:
            return DivergenceError(
                f"{where}: the sum of the losses or the penalty is not finite",
                "try a smaller learning rate",
            )
        layer = sentinel.layer
        kind = f"{layer.spec.type} of {owner(layer.spec)}"
        return DivergenceError(
            f"{where}: the first layer that broke is {layer.path} ({kind}): {sentinel.what}",
            "try a smaller learning rate or smaller initial weights; the step was not applied",
        )

    # What a checkpoint holds beside the network's arrays and the optimizer's slots.

    def state(self) -> dict[str, Any]:
        """Where this training stands, in numbers, arrays and callbacks' state."""
        return {
            "step": self.step,
            "epoch": self.epoch,
            "first_epoch": self.first_epoch,
            "done": self.done,
            "position": self.position,
            "applied": self.applied,
            **self.tally.state(),
            "factor": self.factor,
            "gathered": self.gathered.state(),
            "stop": self._stop,
            "ended": self.ended,
            "offered": self.offered,
            "callbacks": [callback.state for callback in self.callbacks],
        }

    def take_state(self, state: Mapping[str, Any]) -> None:
        """Go on from a state that `state` gave."""
        self.step, self.epoch = state["step"], state["epoch"]
        self.first_epoch = state["first_epoch"]
        self.done, self.position = state["done"], state["position"]
        self.applied = state["applied"]
        self.tally.take_state(state)
        self.factor = state["factor"]
        self.gathered.take_state(state["gathered"])
        self._stop, self.ended = state["stop"], state["ended"]
        self.offered = dict(state["offered"])
        for callback, values in zip(self.callbacks, state["callbacks"], strict=True):
            callback.state.clear()
            callback.state.update(values)

    def _checked(self, part: Part, what: str) -> tuple[Cast, Cast]:
        if not len(part):
            raise DataError(f"{what} has no samples", "give at least one")
        casts = check_part(self.network, self.objective.output_shape, part, what)
        self.objective.check_targets(part.targets, f"the target of {what}")
        return casts


def _overrides(callback: Callback, method: str) -> bool:
    return getattr(type(callback), method) is not getattr(Callback, method)
