"""What every recurrent layer shares: how steps lie in memory, the weights, and the way back.

Inside, everything lies as (steps, features, batch): what a step reads and writes lies together, and
is still in cache when the next line needs it. A step's input, two rows of ones for the biases, and
the state before it are one matrix, as are all weights and biases: one product is the whole sum, and
on the way back one product is a step's part of every gradient.
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

    @property
    def middle(self) -> int:
        """Of what a step has seen, and of all weights: where the input's part ends, the state's begins."""
        return self.input_shape[1] + 1

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
    def run(self, seen: Array, h: Array) -> tuple[Array, ...]:
        """Fill h[1:] step by step from what each has seen; returns what `step_back` needs.

        `seen` is `(steps, features + 2 + units, N)`: the input, ones, and the state before the step,
        which is `h`, `(steps + 1, units, N)`, but for its last step.
        """

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
        seen = np.empty((steps + 1, features + 2 + self.spec.units, batch), x.dtype)
        seen[:-1, :features] = x.transpose(1, 2, 0)
        seen[:, features : features + 2] = 1
        h = seen[:, features + 2 :]
        h[0] = 0
        kept = self.run(seen[:-1], h)
        tape.save(self, seen, h, kept)
        return h[1:].transpose(2, 0, 1) if self.spec.return_sequence else h[-1].T

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """∂w_ih = Σₜ Δₜ xₜᵀ, ∂w_hh = Σₜ Δₜ hₜ₋₁ᵀ, ∂xₜ = w_ihᵀ Δₜ, where Δₜ = ∂L/∂zₜ."""
        seen, h, kept = tape.load(self)
        params, last = self.params, len(h) - 2
        features, middle = self.input_shape[1], self.middle
        dx = None
        if tape.wants_input_gradient:
            dx = np.empty((last + 1, features, len(grad)), grad.dtype)
        total = np.zeros((self.rows * self.spec.units, seen.shape[1]), grad.dtype)
        dh = self._arriving(grad, last)
        carry: Array | None = None
        for t in range(last, -1, -1):
            assert dh is not None
            outer, inner, carry = self.step_back(t, dh, carry, h, kept)
            if inner is outer:
                blend(total, Product(outer, seen[t].T))
            else:
                blend(total[:, :middle], Product(outer, seen[t, :middle].T))
                blend(total[:, middle:], Product(inner, seen[t, middle:].T))
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
        parts = {
            "weight_ih": total[:, :features],
            "bias_ih": total[:, features],
            "bias_hh": total[:, middle],
            "weight_hh": total[:, middle + 1 :],
        }
        gradients: Gradients = {key: np.ascontiguousarray(parts[key]) for key in params}
        return None if dx is None else dx.transpose(2, 0, 1), gradients

    def _arriving(self, grad: Array, t: int) -> Array | None:
        """∂L/∂h of a step as it comes from behind, `(units, N)`; None where nothing does."""
        if self.spec.return_sequence:
            return grad[:, t].T
        return grad.T if t == self.input_shape[0] - 1 else None

    def weights(self) -> Array:
        """[w_ih b_ih b_hh w_hh], `(rows · units, features + 2 + units)`: a new array."""
        none = np.zeros(self.rows * self.spec.units, self.params["weight_ih"].dtype)
        biases = (self.params.get(key, none)[:, None] for key in ("bias_ih", "bias_hh"))
        return np.concatenate([self.params["weight_ih"], *biases, self.params["weight_hh"]], axis=1)

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
