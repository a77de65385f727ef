"""The chain: layers linked head to tail by `previous` and `next`.

Order lives in the links alone. All surgery goes through one joint, `_splice`, which builds dry and
checks shapes, dtypes and names before it changes a single link, so that a refused operation leaves
the chain as it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from heapq import heappop, heappush
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np

from .arrays import Array, Gradients, Shape
from .errors import NetspecError, PluginError, SpecError, nearest, quote
from .layer import Layer, LayerSpec, S
from .site import Ledger, Mode, Site
from .spec import check_name
from .tape import Seen, Tape

__all__ = ["Chain", "Composite", "given_names"]

_NUMBERED = re.compile(r"(.+)_([1-9][0-9]{0,17})")

Link = LayerSpec | Layer
T = TypeVar("T", bound=LayerSpec)


class Chain:
    """Layers in a row: `iter()` follows `next`, `reversed()` follows `previous`."""

    def __init__(
        self,
        input_shape: Shape,
        *,
        field: str = "layers",
        input_dtype: Any = None,
        dtype: Any = np.float32,
        seed: int = 0,
        path: str = "",
        mode: Mode = "full",
        ledger: Ledger | None = None,
    ) -> None:
        self.head: Layer | None = None
        self.tail: Layer | None = None
        self.field = field
        self.input_shape = tuple(input_shape)
        self.input_dtype: np.dtype[Any] = np.dtype(dtype if input_dtype is None else input_dtype)
        self.dtype: np.dtype[Any] = np.dtype(dtype)
        self.seed = seed
        self.path = path
        self.sealed = False
        self._mode: Mode = mode
        self._ledger = ledger or Ledger()
        self._index: dict[str, Layer] = {}
        self._numbers: dict[str, list[int]] = {}

    @classmethod
    def inside(
        cls, site: Site, specs: Iterable[LayerSpec], field: str = "layers", part: str = ""
    ) -> Chain:
        """The chain of a composite at this site; it is sealed: surgery replaces the composite.

        `field` is the spec's field that holds the layers; `part` names this chain in the paths,
        where the composite holds several.
        """
        chain = Chain(
            site.input_shape,
            field=field,
            input_dtype=site.input_dtype,
            dtype=site.dtype,
            seed=site.seed,
            path=".".join(name for name in (site.path, part) if name),
            mode=site.mode,
            ledger=site.ledger,
        )
        try:
            chain.extend(specs)
        except NetspecError as error:
            raise error.under(field) from None
        chain.sealed = True
        return chain

    def start(self, mode: Mode, ledger: Ledger) -> None:
        """Say where the arrays of the layers that will be added come from, and who counts them."""
        self._mode, self._ledger = mode, ledger

    # The links.

    def __iter__(self) -> Iterator[Layer]:
        layer = self.head
        while layer is not None:
            yield layer
            layer = layer.next

    def __reversed__(self) -> Iterator[Layer]:
        layer = self.tail
        while layer is not None:
            yield layer
            layer = layer.previous

    def __len__(self) -> int:
        return len(self._index)

    def __bool__(self) -> bool:
        return True

    def __contains__(self, layer: object) -> bool:
        return isinstance(layer, Layer) and layer.chain is self

    def __getitem__(self, name: str) -> Layer:
        found = self._index.get(name)
        if found is None:
            raise SpecError(f"no layer is named {quote(name)}", nearest(name, self._index))
        return found

    @property
    def output_shape(self) -> Shape:
        """What comes out, without the batch axis."""
        return self.tail.output_shape if self.tail else self.input_shape

    @property
    def output_dtype(self) -> np.dtype[Any]:
        """The dtype of what comes out."""
        return self.tail.output_dtype if self.tail else self.input_dtype

    def walk(self) -> Iterator[Layer]:
        """Every layer, head to tail, each before the layers inside it."""
        for layer in self:
            yield from layer.walk()

    def params(self) -> dict[str, Array]:
        """Every parameter by its path."""
        return {f"{layer.name}.{key}": a for layer in self for key, a in layer.params.items()}

    def state(self) -> dict[str, Array]:
        """Every array of state by its path."""
        return {f"{layer.name}.{key}": a for layer in self for key, a in layer.state.items()}

    def trainable(self) -> dict[str, Array]:
        """The parameters that training changes, by their paths."""
        return {
            f"{layer.name}.{key}": layer.params[key]
            for layer in self
            for key in layer.trainable_keys()
        }

    # Running.

    def forward(self, x: Array, tape: Tape, before: Layer | None = None) -> Array:
        """The output of the last layer, following `next`; with `before`, of the one before it."""
        watch = tape.watch
        layer = self.head
        while layer is not before and layer is not None:
            y = layer.forward(x, tape)
            if watch is not None:
                watch(Seen(layer, True, x, y))
            x = y
            layer = layer.next
        return x

    def pull(
        self, grad: Array, tape: Tape, before: Layer | None = None
    ) -> tuple[Array | None, Gradients]:
        """Follow `previous` with ∂L/∂output: ∂L/∂input and every trainable parameter's gradient.

        It stops where nobody before wants a gradient any more; then the first part is None.
        """
        wanted = tape.wants_input_gradient
        last = None if wanted else self._first_trainable()
        gradients: Gradients = {}
        delta: Array | None = grad
        layer = self.tail if before is None else before.previous
        while layer is not None and (wanted or last is not None):
            tape.wants_input_gradient = wanted or layer is not last
            assert delta is not None
            arriving = delta
            delta, own = layer.backward(arriving, tape)
            if tape.watch is not None:
                tape.watch(Seen(layer, False, delta, arriving, own))
            if own:
                name = layer.name
                for key in layer.trainable_keys():
                    gradients[f"{name}.{key}"] = own[key]
            if layer is last:
                break
            if delta is None and tape.wants_input_gradient:
                raise PluginError(
                    f"{layer.path}: backward gave no gradient of its input",
                    "it may be None only where tape.wants_input_gradient is False",
                )
            layer = layer.previous
        tape.wants_input_gradient = wanted
        return (delta if wanted else None), gradients

    def _first_trainable(self) -> Layer | None:
        for layer in self:
            if layer.params and next(layer.trainable_keys(), None) is not None:
                return layer
        return None

    # Surgery.

    def add(self, new: Link, name: str = "") -> Layer:
        """Put `new` behind the tail; the layer that stands there then is returned."""
        return self._splice(self.tail, None, [new], name)

    def extend(self, specs: Iterable[LayerSpec]) -> None:
        """Put layers behind the tail, all or none."""
        self._splice(self.tail, None, list(specs))

    def insert_before(self, layer: Layer, new: Link, name: str = "") -> Layer:
        """Put `new` between `layer` and what stands before it."""
        self._own(layer)
        return self._splice(layer.previous, layer, [new], name)

    def insert_after(self, layer: Layer, new: Link, name: str = "") -> Layer:
        """Put `new` between `layer` and what follows it."""
        self._own(layer)
        return self._splice(layer, layer.next, [new], name)

    def replace(self, layer: Layer, new: Link, name: str = "") -> Layer:
        """Put `new` where `layer` stands, which is free afterwards."""
        self._own(layer)
        return self._splice(layer.previous, layer.next, [new], name)

    def remove(self, layer: Layer) -> Layer:
        """Take `layer` out; it is free afterwards, and returned."""
        self._own(layer)
        self._splice(layer.previous, layer.next, [])
        return layer

    def cut(self, layer: Layer) -> Chain:
        """Keep the chain up to and with `layer`; what followed becomes a chain of its own."""
        self._own(layer)
        self._open()
        rest = Chain(
            layer.output_shape, input_dtype=layer.output_dtype, dtype=self.dtype, seed=self.seed
        )
        first, last = layer.next, self.tail
        layer.next = None
        self.tail = layer
        if first is not None:
            first.previous = None
            rest.head, rest.tail = first, last
            for moved in rest:
                self._leave(moved)
                rest._enter(moved, moved.name)
        self.changed()
        return rest

    def changed(self) -> None:
        """Called after every surgery: whatever was derived from the order is stale."""

    def _splice(
        self, left: Layer | None, right: Layer | None, links: list[Link], name: str = ""
    ) -> Layer:
        """The one joint: what stands between `left` and `right` makes room for `links`.

        Everything is checked first. The new running layers are made last, and only then is joined.
        """
        self._open()
        between = list(_between(left or self, right))
        origins, specs = _expand(links)
        check_name(name)
        if name and specs and isinstance(specs[0], LayerSpec):
            specs[0] = _named(specs[0], name)
        chosen = self._name(specs, [each.name for each in between], name)
        shape, dtype = (left.output_shape, left.output_dtype) if left else self._input()
        made = self._check(specs, chosen, origins, shape, dtype, right)
        # A dry chain has what it needs: building again would double with every level of nesting.
        for at, link in enumerate(specs):
            if self._mode != "dry" and isinstance(link, LayerSpec):
                site = self._site(chosen[at], shape, dtype, self._mode, self._ledger)
                made[at] = _named(link, chosen[at]).build(site)
            shape, dtype = made[at].output_shape, made[at].output_dtype
        for old in between:
            self._leave(old)
            old.previous = old.next = None
        for layer, new_name in zip(made, chosen, strict=True):
            self._enter(layer, new_name)
            if layer.spec.name != new_name:
                layer.spec = _named(layer.spec, new_name)
        self._link([left, *made, right])
        self.changed()
        joined = made[0] if made else left or right or (between[0] if between else None)
        if joined is None:
            raise SpecError("nothing to add", "give a layer")
        return joined

    def _check(
        self,
        links: list[Link],
        chosen: list[str],
        origins: list[int],
        shape: Shape,
        dtype: np.dtype[Any],
        right: Layer | None,
    ) -> list[Layer]:
        """Build dry, or raise SpecError or LimitError where the links or the joints do not fit."""
        ledger = self._ledger if self._mode == "dry" else replace(self._ledger)
        ledger.pass_on(shape)
        made: list[Layer] = []
        for link, name, origin in zip(links, chosen, origins, strict=True):
            if isinstance(link, Layer):
                if link.chain is not None:
                    raise SpecError(
                        f"the layer {link.name} stands in a chain already",
                        "a layer stands in one chain only: remove it there first",
                    )
                if (link.input_shape, link.input_dtype) != (shape, dtype):
                    raise SpecError(
                        f"{name} takes {link.input_shape} {link.input_dtype}, "
                        f"but {shape} {dtype} comes in",
                        "a running layer keeps its shapes",
                    )
                layer = link
            else:
                try:
                    layer = link.build(self._site(name, shape, dtype, "dry", ledger))
                    ledger.pass_on(layer.output_shape)
                except NetspecError as error:
                    raise error.under(origin) from None
            made.append(layer)
            shape, dtype = layer.output_shape, layer.output_dtype
        if right is not None and (right.input_shape, right.input_dtype) != (shape, dtype):
            raise SpecError(
                f"{shape} {dtype} would reach {right.name}, "
                f"which takes {right.input_shape} {right.input_dtype}",
                "surgery keeps the shapes at the joint",
            )
        return made

    def _name(self, links: list[Link], leaving: list[str], name: str) -> list[str]:
        """A name for each new link; names that are written are reserved before any is given."""
        gone = set(leaving)
        written = [
            name if name and at == 0 else link.name
            for at, link in enumerate(links)
        ]
        seen: set[str] = set()
        for each in written:
            if each and ((each in self._index and each not in gone) or each in seen):
                raise SpecError(
                    f"two layers are named {quote(each)}", "give one of them another name"
                )
            seen.add(each)
        return given_names(
            [(_type(link), each) for link, each in zip(links, written, strict=True)],
            lambda kind: self._largest(kind, gone),
        )

    def _largest(self, kind: str, gone: set[str]) -> int:
        """The largest n of the names `<kind>_<n>` here, those that leave apart; 0 where none is."""
        heap = self._numbers.get(kind, [])
        back = set()
        found = 0
        while heap:
            name = f"{kind}_{-heap[0]}"
            if name in self._index and name not in gone:
                found = -heap[0]
                break
            number = heappop(heap)
            if name in self._index:
                back.add(number)
        for number in back:
            heappush(heap, number)
        return found

    def _enter(self, layer: Layer, name: str) -> None:
        layer.chain = self
        _move(layer, f"{self.path}.{name}" if self.path else name)
        self._index[name] = layer
        numbered = _NUMBERED.fullmatch(name)
        if numbered:
            heappush(self._numbers.setdefault(numbered[1], []), -int(numbered[2]))

    def _leave(self, layer: Layer) -> None:
        layer.chain = None
        del self._index[layer.name]

    def _link(self, row: list[Layer | None]) -> None:
        """Join each to the next; None stands for the end of the chain."""
        for left, right in pairwise(row):
            if left is None:
                self.head = right
            else:
                left.next = right
            if right is None:
                self.tail = left
            else:
                right.previous = left

    def _site(
        self, name: str, shape: Shape, dtype: np.dtype[Any], mode: Mode, ledger: Ledger
    ) -> Site:
        path = f"{self.path}.{name}" if self.path else name
        return Site(shape, path, dtype, self.dtype, self.seed, mode, ledger)

    def _input(self) -> tuple[Shape, np.dtype[Any]]:
        return self.input_shape, self.input_dtype

    def _own(self, layer: Layer) -> None:
        if layer.chain is not self:
            raise SpecError(
                f"the layer {layer.name} does not stand in this chain",
                "surgery takes a layer of the chain that it changes",
            )

    def _open(self) -> None:
        if self.sealed:
            raise SpecError(
                f"the chain inside {self.path} is sealed", "replace the whole composite instead"
            )

    # Copies and pickles hold the layers in a list, without recursion, and join them again.

    def __getstate__(self) -> dict[str, Any]:
        kept = {k: v for k, v in self.__dict__.items() if k not in {"head", "tail", "_index"}}
        return {**kept, "layers": list(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        layers: list[Layer] = state.pop("layers")
        self.__dict__.update(state, head=None, tail=None, _index={})
        for layer in layers:
            layer.chain = self
            self._index[layer.name] = layer
        self._link([None, *layers, None])


class Composite(Layer[S]):
    """A layer made of chains: its arrays are theirs, under their dotted names."""

    def hold(self, *chains: Chain) -> None:
        """Take the chains in: their arrays, and into the spec their layers as they were named."""
        self._chains = {chain.path[len(self.path) :].strip("."): chain for chain in chains}
        named = {chain.field: tuple(layer.spec for layer in chain) for chain in chains}
        self.spec = self.spec.model_copy(update=named)
        self.least_batch = max(layer.least_batch for chain in chains for layer in chain)
        for part, chain in self._chains.items():
            prefix = f"{part}." if part else ""
            self.params.update({prefix + key: a for key, a in chain.params().items()})
            self.state.update({prefix + key: a for key, a in chain.state().items()})

    def chains(self) -> Mapping[str, Chain]:
        return self._chains

    def trainable_keys(self) -> Iterator[str]:
        if self.spec.trainable:
            for part, chain in self._chains.items():
                prefix = f"{part}." if part else ""
                yield from (prefix + key for key in chain.trainable())


def given_names(
    links: Iterable[tuple[str, str]], largest: Callable[[str], int]
) -> list[str]:
    """The name of each link of (type, written name): where none is written, `<type>_<n>`.

    n is one more than the largest of that type, whether it stands in the chain or is written.
    """
    links = list(links)
    written: dict[str, int] = {}
    for _, name in links:
        numbered = _NUMBERED.fullmatch(name)
        if numbered:
            written[numbered[1]] = max(written.get(numbered[1], 0), int(numbered[2]))
    counters: dict[str, int] = {}
    names = []
    for kind, name in links:
        if not name:
            if kind not in counters:
                counters[kind] = max(largest(kind), written.get(kind, 0))
            counters[kind] += 1
            name = f"{kind}_{counters[kind]}"
        names.append(name)
    return names


def _type(link: Link) -> str:
    return link.type if isinstance(link, LayerSpec) else link.spec.type


def _expand(links: list[Link]) -> tuple[list[int], list[Link]]:
    """Every link that the links stand for, and the index of the one that it comes from."""
    origins: list[int] = []
    expanded: list[Link] = []
    for at, link in enumerate(links):
        parts: tuple[Link, ...] = link.links() if isinstance(link, LayerSpec) else (link,)
        origins += [at] * len(parts)
        expanded += parts
    return origins, expanded


def _named(spec: T, name: str) -> T:
    return spec if spec.name == name else spec.model_copy(update={"name": name})


def _between(left: Layer | Chain, right: Layer | None) -> Iterator[Layer]:
    layer = left.head if isinstance(left, Chain) else left.next
    while layer is not None and layer is not right:
        yield layer
        layer = layer.next


def _move(layer: Layer, path: str) -> None:
    """Give the layer its path, and the layers inside it theirs."""
    if layer.path == path:
        return
    before = len(layer.path)
    for each in layer.walk():
        for chain in each.chains().values():
            chain.path = path + chain.path[before:]
        each.path = path + each.path[before:]
