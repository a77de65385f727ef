"""The proof kit held to account: it must notice when the backward of any builtin is changed.

Every mutant that changes a result, or writes into what it was handed, is given to the kit, which must
catch it and say why. All of them, with the table (a minute):

    pytest -m slow -s tests/testing/test_mutants.py

In the table, `raise` and `equal` are mutants that fail by themselves or change nothing; of those that
change something, `caught` are reported, `cause` with the right cause, and `alone` with no other.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from types import FunctionType
from typing import Any, Literal, get_args, get_origin

import numpy as np
import pytest
from mutants import Mutant, mutants

from netspec import Activation, Array, Component, LayerSpec, Loss, NetspecError, Registry, Tape
from netspec.testing import check_component, check_layer
from netspec.testing.bench import Bench
from netspec.testing.examples import read

# The functions that compute a gradient, by the names that they have in our classes.
BACKWARD = ("backward", "spread", "gradient", "slopes", "_slopes", "_slope_by_log")
# Squares, in which a transpose fits as well: the batch is as long as the last axis.
SQUARE = {
    "dense": {"units": 4},
    "class_average": {"classes": [0, 1, 2, 3]},
    "maxout": {"units": 2, "pieces": 2},
}

KINDS = ("layer", "activation", "loss")

VALUE = r"by the factor|with the sign turned|a factor or the sign of a term is wrong"
SUM = r"a sum (over the batch or another axis )?is missing"
AXIS = r"an axis or a transpose is wrong|it is transposed|along the wrong axis"
WRITE = r"writes into"
CAUSES = {
    "factor": VALUE,
    "sign": VALUE,
    "missing sum": SUM,
    "transpose": AXIS,
    "wrong axis": AXIS,
    "in-place write": WRITE,
}
"""What the kit says of each kind of slip. A factor and a sign of one term look alike from outside."""


@dataclass(frozen=True)
class Subject:
    """A component to be proved, and the batch that it is proved with."""

    spec: Component
    batch: int = 5

    def faults(self) -> list[str]:
        """What the kit says of it."""
        try:
            if isinstance(self.spec, LayerSpec):
                check_layer(self.spec, batch=self.batch)
            else:
                check_component(self.spec)
        except AssertionError as error:
            return str(error).splitlines()[1:]
        return []

    def results(self) -> list[Array | None]:
        """All gradients on random numbers in float64, then the arrays that were handed over."""
        rng = np.random.default_rng(11)
        if isinstance(self.spec, Loss):
            return list(_of_loss(self.spec, rng))
        assert isinstance(self.spec, LayerSpec)
        integers = None if "f" in self.spec.accepts else np.dtype(np.int64)
        shape = type(self.spec).example_shape
        return list(_of_layer(Bench(self.spec, shape, integers, self.batch), rng))


def _of_layer(bench: Bench, rng: np.random.Generator) -> Iterator[Array | None]:
    for training, wanted in ((False, True), (True, True), (True, False)):
        layer = bench.build()
        x = bench.x(layer, bench.batch)
        if x.dtype.kind == "f":
            x = rng.normal(size=x.shape, scale=1.5)
        tape = Tape(training=training, keeps=True, wants_input_gradient=wanted, seed=3, step=7)
        y = layer.forward(x, tape)
        grad = rng.normal(size=y.shape)
        delta, gradients = layer.backward(grad, tape)
        yield delta
        yield from (np.asarray(gradients[key]) for key in sorted(gradients))
        yield from (grad, x, y, *layer.params.values(), *layer.state.values())


def _of_loss(loss: Loss, rng: np.random.Generator) -> Iterator[Array]:
    cooked = bool(loss.absorbs) and not getattr(loss, "logits", False)
    probable = cooked or loss.takes == "probabilities"
    for shape in ((5, 3), (5, 2, 3)):
        output = rng.normal(size=shape)
        target = rng.dirichlet(np.ones(3), size=shape[:-1])
        if probable:
            output = rng.dirichlet(np.ones(3), size=shape[:-1])
        for given in (target, target.argmax(axis=-1)):
            yield loss.gradient(output, given)
            yield from (output.copy(), given.copy())


@dataclass(frozen=True)
class Place:
    """A function that computes a gradient, the class that it stands in, and what is proved of it."""

    owner: type
    function: FunctionType
    subjects: tuple[Subject, ...]

    @contextmanager
    def holding(self, function: FunctionType) -> Iterator[None]:
        """The class with another function in its place."""
        setattr(self.owner, self.function.__name__, function)
        try:
            yield
        finally:
            setattr(self.owner, self.function.__name__, self.function)


@cache
def places() -> tuple[Place, ...]:
    """Every function that computes a gradient in a builtin layer, activation or loss."""
    found: dict[FunctionType, Place] = {}
    for offer in Registry.installed().offers():
        if offer.origin.distribution == "netspec-nn" and offer.kind in KINDS:
            subjects = tuple(_subjects(offer.load()))
            for owner, function in _functions(subjects[0].spec):
                found.setdefault(function, Place(owner, function, subjects))
    return tuple(found.values())


def _functions(spec: Component) -> Iterator[tuple[type, FunctionType]]:
    running = type(spec)
    if isinstance(spec, LayerSpec) and not isinstance(spec, Activation):
        integers = None if "f" in spec.accepts else np.dtype(np.int64)
        running = type(Bench(spec, running.example_shape, integers).build())
    module = sys.modules[running.__module__]
    helpers = [each for each in vars(module).values() if inspect.isclass(each)]
    for owner in (*running.__mro__, *helpers):
        for name in BACKWARD:
            function = vars(owner).get(name)
            ours = owner.__module__.startswith("netspec.builtins")
            if ours and inspect.isfunction(function) and not inspect.isabstract(function):
                yield owner, function


def _subjects(cls: type[Component]) -> Iterator[Subject]:
    """Its examples; the first with every flag turned and every choice made; then a square."""
    registry = Registry.installed()
    documents = [dict(each) for each in cls.examples]
    for name, field in cls.model_fields.items():
        kind = field.annotation
        choices = get_args(kind) if get_origin(kind) is Literal else (True, False)
        if name not in ("type", "trainable") and (kind is bool or get_origin(kind) is Literal):
            documents += [{**cls.examples[0], name: choice} for choice in choices]
    for document in documents:
        with suppress(NetspecError):
            yield Subject(read(cls, document, registry))
    if issubclass(cls, LayerSpec):
        square = SQUARE.get(cls.type_name(), cls.examples[0])
        yield Subject(read(cls, square, registry), batch=max(cls.example_shape))


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant, and what the kit says of it that it does not say of the original."""

    kind: str
    where: str
    ends: Literal["raises", "equal", "caught", "survives"]
    said: str = ""

    @property
    def explained(self) -> bool:
        return bool(re.search(CAUSES[self.kind], self.said))

    @property
    def misled(self) -> bool:
        """Whether another cause is told, too."""
        others = set(CAUSES.values()) - {CAUSES[self.kind]}
        return any(re.search(other, self.said) for other in others)


def verdict(place: Place, mutant: Mutant) -> Verdict:
    """Look for a subject on which the mutant changes a result, and prove it there."""
    raised = False
    for subject in place.subjects:
        results, faults = _original(subject)
        with place.holding(mutant.function):
            try:
                changed = not _same(subject.results(), results)
            except Exception:
                raised = True
                continue
            if changed:
                said = "\n".join(each for each in subject.faults() if each not in faults)
                ends: Any = "caught" if said else "survives"
                return Verdict(mutant.kind, mutant.where, ends, said)
    return Verdict(mutant.kind, mutant.where, "raises" if raised else "equal")


@cache
def _original(subject: Subject) -> tuple[list[Array | None], list[str]]:
    return subject.results(), subject.faults()


def _same(got: list[Array | None], want: list[Array | None]) -> bool:
    return len(got) == len(want) and all(map(_alike, got, want))


def _alike(a: Array | None, b: Array | None) -> bool:
    if a is None or b is None:
        return a is b
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-9, atol=1e-12)


def table(verdicts: list[Verdict]) -> str:
    """How many of each kind there are, and what became of them; then those that were not caught."""
    heads = ("mutants", "raise", "equal", "change", "caught", "cause", "alone")
    lines = [f"{'':15}" + "".join(f"{head:>8}" for head in heads)]
    for kind in (*CAUSES, ""):
        of = [each for each in verdicts if kind in ("", each.kind)]
        ends = Counter(each.ends for each in of)
        change = ends["caught"] + ends["survives"]
        explained = [each for each in of if each.explained]
        alone = sum(not each.misled for each in explained)
        counts = (len(of), ends["raises"], ends["equal"], change, ends["caught"])
        row = (*counts, len(explained), alone)
        lines.append(f"{kind or 'all':15}" + "".join(f"{count:>8}" for count in row))
    for each in verdicts:
        if each.ends == "survives":
            lines.append(f"survives, {each.kind}: {each.where}")
        elif each.ends == "caught" and not each.explained:
            lines.append(f"another cause, {each.kind}: {each.where}")
    return "\n".join(lines)


@cache
def pairs() -> tuple[tuple[Place, Mutant], ...]:
    """Every mutant with the place that it is for."""
    return tuple((place, each) for place in places() for each in mutants(place.function))


def hold_to_account(chosen: Sequence[tuple[Place, Mutant]]) -> None:
    verdicts = [verdict(place, mutant) for place, mutant in chosen]
    told = table(verdicts)
    sys.stdout.write(f"\n{told}\n")
    changing = [each for each in verdicts if each.ends in ("caught", "survives")]
    assert len(changing) > len(verdicts) / 2, told
    assert sum(each.ends == "caught" for each in changing) >= 0.98 * len(changing), told
    assert sum(each.explained for each in changing) >= 0.8 * len(changing), told


def test_every_seventh_mutant_is_caught_and_explained() -> None:
    """At least 98 % of those that change a result are caught, at least 80 % with the right cause."""
    hold_to_account(pairs()[::7])


@pytest.mark.slow
def test_nearly_every_mutant_is_caught_and_explained() -> None:
    """At least 98 % of those that change a result are caught, at least 80 % with the right cause."""
    hold_to_account(pairs())


def test_every_backward_is_mutated_and_no_mutant_stays_behind() -> None:
    """Each layer, activation and loss has mutants: of its own gradient, or of one that it shares."""
    mutated = {place.function for place, _ in pairs()}
    offers = [each for each in Registry.installed().offers() if each.kind in KINDS]
    for offer in offers:
        if offer.origin.distribution == "netspec-nn":
            subject = next(_subjects(offer.load()))
            assert mutated & {function for _, function in _functions(subject.spec)}, offer.type
    for place in places():
        assert vars(place.owner)[place.function.__name__] is place.function
