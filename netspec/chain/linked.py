"""The chain: layers linked head to tail by `previous` and `next`.

Order lives in the links alone. All surgery goes through one joint, `_splice`, which builds dry and
checks shapes, dtypes and names before it changes a single link: what is refused changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import replace
from itertools import pairwise
from typing import Any, Self

import numpy as np

from netspec.arrays import Array, Gradients, Shape
from netspec.errors import NetspecError, PluginError, SpecError
from netspec.kinds import Regularizer
from netspec.layer import Layer, LayerSpec
from netspec.site import Ledger, Mode, Site
from netspec.spec import check_name
from netspec.tape import Seen, Tape

from .links import Link, between, built, expand, misfit, move, named, type_of
from .names import Names

__all__ = ["Chain"]


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
        self._names = Names()
        self._keys: dict[Layer, list[tuple[str, str]]] | None = None

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
        return len(self._names)

    def __bool__(self) -> bool:
        return True

    def __contains__(self, layer: object) -> bool:
        return isinstance(layer, Layer) and layer.chain is self

    def __getitem__(self, name: str) -> Layer:
        return self._names[name]

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

    def penalties(self) -> dict[str, Regularizer]:
        """The penalties of the parameters that training changes, by their paths."""
        return {
            f"{layer.name}.{key}": layer.penalties[key]
            for layer in self
            for key in layer.trainable_keys()
            if key in layer.penalties
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
        wanted, watch = tape.wants_input_gradient, tape.watch
        keys = self._keys = self._trainable_keys() if self._keys is None else self._keys
        last = None if wanted else next(iter(keys), None)
        gradients: Gradients = {}
        if not wanted and last is None:
            return None, gradients
        delta: Any = grad
        layer = self.tail if before is None else before.previous
        while layer is not None:
            tape.wants_input_gradient = layer is not last
            arriving = delta
            delta, own = layer.backward(arriving, tape)
            if watch is not None:
                watch(Seen(layer, False, delta, arriving, own))
            if own:
                for key, path in keys.get(layer, ()):
                    gradients[path] = own[key]
            if layer is last:
                break
            if delta is None:
                if wanted and layer.input_dtype.kind != "f":
                    break  # An integer has none.
                raise PluginError(
                    f"{layer.path}: backward gave no gradient of its input",
                    "it may be None only where tape.wants_input_gradient is False",
                )
            layer = layer.previous
        tape.wants_input_gradient = wanted
        return (delta if wanted else None), gradients

    def _trainable_keys(self) -> dict[Layer, list[tuple[str, str]]]:
        """For each layer that training changes, head to tail: its keys, and their paths here."""
        keys = {
            layer: [(key, f"{layer.name}.{key}") for key in layer.trainable_keys()]
            for layer in self
        }
        return {layer: pairs for layer, pairs in keys.items() if pairs}

    # Surgery.

    def add(self, new: Link, name: str = "") -> Layer:
        """Put `new` behind the tail; the layer that stands there then is returned."""
        return self._splice(self.tail, None, [new], name)

    def extend(self, new: Iterable[Link]) -> None:
        """Put layers behind the tail, all or none."""
        self._splice(self.tail, None, list(new))

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
        moved: list[Link] = list(between(layer.next, None))
        self._splice(layer, None, [])
        rest = Chain(
            layer.output_shape, input_dtype=layer.output_dtype, dtype=self.dtype, seed=self.seed
        )
        if moved:
            rest._splice(None, None, moved)
        return rest

    def changed(self) -> None:
        """Called after every surgery: whatever was derived from the order is stale."""
        self._keys = None

    def _splice(
        self, left: Layer | None, right: Layer | None, links: list[Link], name: str = ""
    ) -> Layer:
        """The one joint: what stands between `left` and `right` makes room for `links`.

        Everything is checked first. The new running layers are made last, and only then is joined.
        """
        if self.sealed:
            raise SpecError(
                f"the chain inside {self.path} is sealed", "replace the whole composite instead"
            )
        leaving = list(between(left.next if left else self.head, right))
        origins, specs = expand(links)
        written = [link.name for link in specs]
        if name and specs:
            written[0] = check_name(name)
        kinds = [type_of(link) for link in specs]
        gone = {each.name for each in leaving}
        chosen = self._names.choose(list(zip(kinds, written, strict=True)), gone, origins)
        shape, dtype = self.input_shape, self.input_dtype
        if left:
            shape, dtype = left.output_shape, left.output_dtype
        made = self._check(specs, chosen, origins, shape, dtype, left, right)
        # A dry chain has what it needs: building again would double with every level of nesting.
        for at, link in enumerate(specs):
            if self._mode != "dry" and isinstance(link, LayerSpec):
                site = self._site(chosen[at], shape, dtype, self._mode, self._ledger)
                made[at] = named(link, chosen[at]).build(site)
            shape, dtype = made[at].output_shape, made[at].output_dtype
        for old in leaving:
            self._leave(old)
            old.previous = old.next = None
        for layer, new_name in zip(made, chosen, strict=True):
            self._enter(layer, new_name)
            if layer.spec.name != new_name:
                layer.spec = named(layer.spec, new_name)
        self._link([left, *made, right])
        self.changed()
        joined = made[0] if made else left or right or (leaving[0] if leaving else None)
        if joined is None:
            raise SpecError("there are no layers", "give at least one")
        return joined

    def _check(
        self,
        links: list[Link],
        chosen: list[str],
        origins: list[int],
        shape: Shape,
        dtype: np.dtype[Any],
        left: Layer | None,
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
                    layer = built(link, self._site(name, shape, dtype, "dry", ledger))
                    ledger.pass_on(layer.output_shape)
                except NetspecError as error:
                    giver = chosen[len(made) - 1] if made else left.name if left else ""
                    raise misfit(error, self.path, name, shape, giver).under(origin) from None
            made.append(layer)
            shape, dtype = layer.output_shape, layer.output_dtype
        if right is not None and (right.input_shape, right.input_dtype) != (shape, dtype):
            raise SpecError(
                f"{shape} {dtype} would reach {right.name}, "
                f"which takes {right.input_shape} {right.input_dtype}",
                "surgery keeps the shapes at the joint",
            )
        return made

    def _enter(self, layer: Layer, name: str) -> None:
        layer.chain = self
        move(layer, f"{self.path}.{name}" if self.path else name)
        self._names.enter(name, layer)

    def _leave(self, layer: Layer) -> None:
        layer.chain = None
        self._names.leave(layer.name)

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
        ledger.stand(path)
        return Site(shape, path, dtype, self.dtype, self.seed, mode, ledger)

    def _own(self, layer: Layer) -> None:
        if layer.chain is not self:
            raise SpecError(
                f"the layer {layer.name} does not stand in this chain",
                "surgery takes a layer of the chain that it changes",
            )

    # Copies and pickles have layers of their own: in a list, without recursion, joined again.

    def __copy__(self) -> Self:
        return deepcopy(self)

    def __getstate__(self) -> dict[str, Any]:
        apart = {"head", "tail", "_names", "_keys"}
        return {"layers": list(self), **{k: v for k, v in self.__dict__.items() if k not in apart}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        layers: list[Layer] = state.pop("layers")
        self.__dict__.update(state, head=None, tail=None, _names=Names.of(layers), _keys=None)
        for layer in layers:
            layer.chain = self
        self._link([None, *layers, None])
