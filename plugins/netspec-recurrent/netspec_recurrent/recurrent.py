"""What every recurrent layer shares: how steps lie in memory, the weights, and the way back.

Inside, everything lies as (steps, features, batch): what a step reads and writes lies together, and
is still in cache when the next line needs it. On the way back a step's part of every gradient is added
while its ∂L/∂z is there. Only the input's products are made for all steps at once.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Any, ClassVar, TypeVar

import numpy as np
from pydantic import Field

from netspec import (
    Array,
    FanInUniform,
    Gradients,
    Initializer,
    Layer,
    LayerSpec,
    Product,
    Program,
    Regularizer,
    Shape,
    Site,
    SpecError,
    Tape,
    blend,
    column_sums,
    product,
)

__all__ = ["Recurrent", "RecurrentLayer"]

Size = Annotated[int, Field(ge=1)]


class Recurrent(LayerSpec):
    """What a document says of a layer that reads a sequence step by step."""

    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"units": 3},
        {"units": 2, "return_sequence": True, "use_bias": False},
    )
    example_shape: ClassVar[Shape] = (5, 2)

    units: int = Field(gt=0, description="the number of values of the state, which come out")
    return_sequence: bool = Field(
        default=False, description="whether the state of every step comes out, or the last alone"
    )
    truncate: Size | None = Field(
        default=None,
        description="the steps of a stretch whose beginning lets no gradient through; none: "
        "gradients flow through the whole sequence",
    )
    use_bias: bool = Field(default=True, description="whether there are biases")
    weight_init: Initializer = Field(
        default=FanInUniform(), description="what the weights start from"
    )
    bias_init: Initializer = Field(default=FanInUniform(), description="what the biases start from")
    weight_regularizer: Regularizer | None = Field(
        default=None, description="the penalty of both weights"
    )


_S = TypeVar("_S", bound=Recurrent)


class RecurrentLayer(Layer[_S]):
    """A running recurrent layer: a subclass says its step, forward and backward.

    `rows` is how many rows of weights the gates of one unit have.
    """

    rows: ClassVar[int]

    def __init__(self, spec: _S, site: Site) -> None:
        super().__init__(spec, site)
        if len(site.input_shape) != 2:
            raise SpecError(
                f"{spec.type} takes sequences, (steps, features), not {site.input_shape}",
                'put a "reshape" before it' if site.input_shape else 'give "input_shape" two axes',
            )
        steps, features = site.input_shape
        if steps < 1:
            raise SpecError(f"{spec.type} has no step to read", "a sequence has at least one")
        units = spec.units
        self.output_shape = (steps, units) if spec.return_sequence else (units,)
        # PyTorch draws everything from U(±1/√units): the fan that counts is the state's.
        fans, wide = (units, units), self.rows * units
        self.params["weight_ih"] = site.draw(spec.weight_init, (wide, features), fans)
        self.params["weight_hh"] = site.draw(spec.weight_init, (wide, units), fans)
        if spec.use_bias:
            self.params["bias_ih"] = site.draw(spec.bias_init, (wide,), fans)
            self.params["bias_hh"] = site.draw(spec.bias_init, (wide,), fans)
        if spec.weight_regularizer:
            self.penalties |= dict.fromkeys(("weight_ih", "weight_hh"), spec.weight_regularizer)

    @abstractmethod
    def run(self, x: Array, h: Array) -> tuple[Array, ...]:
        """Fill h[1:] from x, `(steps, features, N)`, and h[0]; returns what `step_back` needs."""

    @abstractmethod
    def step_back(
        self, t: int, dh: Array, carry: Array | None, h: Array, kept: tuple[Array, ...]
    ) -> tuple[Array, Array, Array | None]:
        """∂L/∂z of step t, `(rows · units, N)`, of the input's products and of the state's.

        `dh` is ∂L/∂h of this step. What goes back to the step before by another way than the state's
        products is the third result, and that step's `carry`; None is nothing.
        """

    def forward(self, x: Array, tape: Tape) -> Array:
        batch, steps, features = x.shape
        # What a step multiplies lies together: its input, and under it the state before it.
        seen = np.empty((steps + 1, features + self.spec.units, batch), x.dtype)
        seen[:-1, :features] = x.transpose(1, 2, 0)
        h = seen[:, features:]
        h[0] = 0
        kept = self.run(seen[:-1, :features], h)
        tape.save(self, seen, h, kept)
        return h[1:].transpose(2, 0, 1) if self.spec.return_sequence else h[-1].T

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """∂w_ih = Σₜ Δₜ xₜᵀ, ∂w_hh = Σₜ Δₜ hₜ₋₁ᵀ, ∂xₜ = w_ihᵀ Δₜ, where Δₜ = ∂L/∂zₜ."""
        seen, h, kept = tape.load(self)
        params, features, last = self.params, self.input_shape[1], len(h) - 2
        dx = None
        if tape.wants_input_gradient:
            dx = np.empty((last + 1, features, len(grad)), grad.dtype)
        by_weight = np.zeros((self.rows * self.spec.units, seen.shape[1]), grad.dtype)
        by_bias = np.zeros((2, len(by_weight)), grad.dtype)
        dh = self._arriving(grad, last)
        carry: Array | None = None
        for t in range(last, -1, -1):
            assert dh is not None
            outer, inner, carry = self.step_back(t, dh, carry, h, kept)
            if inner is outer:
                blend(by_weight, Product(outer, seen[t].T))
                by_bias += column_sums(outer.T)
            else:
                blend(by_weight[:, :features], Product(outer, seen[t, :features].T))
                blend(by_weight[:, features:], Product(inner, h[t].T))
                by_bias[0] += column_sums(outer.T)
                by_bias[1] += column_sums(inner.T)
            if dx is not None:
                product(params["weight_ih"].T, outer, dx[t])
            if t:
                arriving = self._arriving(grad, t - 1)
                if self.flows(t):
                    dh = product(params["weight_hh"].T, inner)
                    if arriving is not None:
                        dh += arriving
                else:
                    dh, carry = np.zeros_like(h[0]) if arriving is None else arriving, None
        gradients: Gradients = {
            "weight_ih": np.ascontiguousarray(by_weight[:, :features]),
            "weight_hh": np.ascontiguousarray(by_weight[:, features:]),
        }
        if self.spec.use_bias:
            gradients["bias_ih"], gradients["bias_hh"] = by_bias
        return None if dx is None else dx.transpose(2, 0, 1), gradients

    def _arriving(self, grad: Array, t: int) -> Array | None:
        """∂L/∂h of a step as it comes from behind, `(units, N)`; None where nothing does."""
        if self.spec.return_sequence:
            return grad[:, t].T
        return grad.T if t == self.input_shape[0] - 1 else None

    def from_input(self, x: Array, weight: Array, bias: Array | None) -> Array:
        """weight x + bias for all steps, `(steps, rows · units, N)`."""
        z = product(weight, x)
        if bias is not None:
            z += bias[:, None]
        return z

    def bias(self) -> Array | None:
        """Both biases, where they only ever occur as a sum."""
        if not self.spec.use_bias:
            return None
        return self.params["bias_ih"] + self.params["bias_hh"]

    def flows(self, step: int) -> bool:
        """Whether the gradient passes from this step to the one before it."""
        return step > 0 and (self.spec.truncate is None or step % self.spec.truncate != 0)

    def lowered(self, program: Program, operator: str, order: list[int], **options: Any) -> str:
        """The operator of ONNX, which has the gates in another order, steps first, one direction."""
        params = {key: self._reordered(array, order) for key, array in self.params.items()}
        operands = [params["weight_ih"][None], params["weight_hh"][None]]
        if self.spec.use_bias:
            operands.append(np.concatenate([params["bias_ih"], params["bias_hh"]])[None])
        x = program.add("Transpose", program.x, perm=[1, 0, 2])
        y = program.add(operator, x, *operands, hidden_size=self.spec.units, **options)
        y = program.add("Squeeze", y, np.array([1]))
        if self.spec.return_sequence:
            return program.add("Transpose", y, perm=[1, 0, 2])
        last = program.add("Gather", y, np.array([self.input_shape[0] - 1]), axis=0)
        return program.add("Squeeze", last, np.array([0]))

    def _reordered(self, array: Array, order: list[int]) -> Array:
        gates = array.reshape(self.rows, self.spec.units, *array.shape[1:])
        return np.ascontiguousarray(gates[order]).reshape(array.shape)
