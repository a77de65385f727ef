"""Multi-head attention: every position takes from the others what it finds by their content."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import (
    Array,
    FanInUniform,
    Glorot,
    Gradients,
    Initializer,
    Layer,
    LayerSpec,
    Product,
    Program,
    Regularizer,
    Shape,
    Site,
    Tape,
    Zeros,
    column_sums,
    product,
)

from .sequences import check_heads, check_sequence
from .softmax import causal_mask, softmax_in_place

__all__ = ["MultiHeadAttention", "MultiHeadAttentionLayer"]


# Scores that stay in the second-level cache.
_CACHED = 2**16


class MultiHeadAttention(LayerSpec):
    """y = (P₁ v₁, …, P_h v_h) w_outᵀ + b_out, where P = softmax(q kᵀ / √d) over the positions.

    `(N, length, features)`, which it keeps: self-attention. q, k and v of all heads are one product,
    x w_inᵀ + b_in; each head has d = features / `heads` of them. P, `(length, length)`, says how much
    each position takes from each; `causal` leaves it nothing of later ones. `dropout` drops entries of
    P in training. Nothing tells positions apart but their content: see `positional_encoding`.

    Parameters: `in_proj_weight` `(3 · features, features)`, in the order q, k, v, and `in_proj_bias`
    `(3 · features,)`; `out_proj_weight` `(features, features)` and `out_proj_bias` `(features,)`.
    PyTorch's `MultiheadAttention(batch_first=True)` of x with itself, its initial values too.

    Vaswani and others, Attention is all you need, 2017.
    """

    formula: ClassVar[str] = "y = (softmax(qₕ kₕᵀ / √d) vₕ)ₕ w_outᵀ + b_out"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"heads": 2},
        {"heads": 1, "causal": True, "use_bias": False},
        {"heads": 2, "dropout": 0.25},
    )
    example_shape: ClassVar[Shape] = (5, 4)

    type: Literal["multi_head_attention"] = "multi_head_attention"
    heads: int = Field(gt=0, description="how many times it looks, each with its share of features")
    causal: bool = Field(default=False, description="whether no position sees a later one")
    dropout: float = Field(
        default=0.0, ge=0, lt=1, description="the probability of an entry of P to be dropped"
    )
    use_bias: bool = Field(default=True, description="whether there are biases")
    in_proj_init: Initializer = Field(
        default=Glorot(), description="what the weights of q, k and v start from"
    )
    out_proj_init: Initializer = Field(
        default=FanInUniform(), description="what the weight of the output starts from"
    )
    bias_init: Initializer = Field(default=Zeros(), description="what the biases start from")
    weight_regularizer: Regularizer | None = Field(
        default=None, description="the penalty of both weights"
    )

    def build(self, site: Site) -> MultiHeadAttentionLayer:
        return MultiHeadAttentionLayer(self, site)


class MultiHeadAttentionLayer(Layer[MultiHeadAttention]):
    """The running layer. Heads are views; samples go in blocks whose scores stay in cache."""

    def __init__(self, spec: MultiHeadAttention, site: Site) -> None:
        super().__init__(spec, site)
        length, features = check_sequence(site, spec.type)
        check_heads(spec.heads, features)
        site.ledger.spread_out((spec.heads, length, length))
        for name, rows, init in (
            ("in_proj", 3 * features, spec.in_proj_init),
            ("out_proj", features, spec.out_proj_init),
        ):
            fans = (features, rows)
            self.params[f"{name}_weight"] = site.draw(init, (rows, features), fans, order="F")
            if spec.use_bias:
                self.params[f"{name}_bias"] = site.draw(spec.bias_init, (rows,), fans)
            if spec.weight_regularizer:
                self.penalties[f"{name}_weight"] = spec.weight_regularizer

    def forward(self, x: Array, tape: Tape) -> Array:
        qkv = self._projected(x, "in_proj")
        q, k, v = self._split(qkv)
        q *= self._scale
        context = np.empty(x.shape, x.dtype)
        taken = self._by_head(context)
        drops = self._drops(x, tape)
        shares = np.empty((*q.shape[:3], q.shape[2]), x.dtype) if tape.keeps else None
        mask = causal_mask(q.shape[2], x.dtype) if self.spec.causal else None
        for block in self._blocks(len(x)):
            p = np.matmul(
                q[block], k[block].swapaxes(2, 3), out=None if shares is None else shares[block]
            )
            softmax_in_place(p, mask)
            kept = p if drops is None else p * drops[block]
            np.matmul(kept, v[block], out=taken[block])
        tape.save(self, x, qkv, shares, drops, context)
        return self._projected(context, "out_proj")

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """∂v = Pᵀ Δ, ∂s = P (Δ vᵀ − Σ Δ y), ∂q = ∂s k / √d, ∂k = ∂sᵀ q / √d, with Δ = ∂L/∂(P v) of a head.

        Σ is over the head's features: Σⱼ Pᵢⱼ (Δ vᵀ)ᵢⱼ is row i of Δ times row i of P v.
        """
        x, qkv, shares, drops, context = tape.load(self)
        delta = product(grad, self.params["out_proj_weight"])
        sums = _sums_by_head(delta * context, self.spec.heads)
        d_qkv = np.empty_like(qkv)
        (q, k, v), (dq, dk, dv) = self._split(qkv), self._split(d_qkv)
        arriving = self._by_head(delta)
        for block in self._blocks(len(x)):
            p = shares[block]
            kept = p if drops is None else p * drops[block]
            np.matmul(kept.swapaxes(2, 3), arriving[block], out=dv[block])
            ds = np.matmul(arriving[block], v[block].swapaxes(2, 3))
            if drops is not None:
                ds *= drops[block]
            ds -= sums[block]
            ds *= p
            np.matmul(ds, k[block], out=dq[block])
            np.matmul(ds.swapaxes(2, 3), q[block], out=dk[block])
        dq *= self._scale
        gradients = self._gradients("in_proj", d_qkv, x)
        gradients |= self._gradients("out_proj", grad, context)
        if not tape.wants_input_gradient:
            return None, gradients
        return product(d_qkv, self.params["in_proj_weight"]), gradients

    def lower(self, program: Program) -> str:
        length, features = self.input_shape
        head = (length, self.spec.heads, features // self.spec.heads)
        parts = []
        for at, axes in enumerate(([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3])):
            rows = slice(at * features, (at + 1) * features)
            part = program.reshape(self._lowered(program, program.x, "in_proj", rows), head)
            parts.append(program.add("Transpose", part, perm=axes))
        q, k, v = parts
        scores = program.add("Mul", program.add("MatMul", q, k), self._scale)
        if self.spec.causal:
            scores = program.add("Add", scores, causal_mask(length, program.dtype))
        taken = program.add("MatMul", program.add("Softmax", scores, axis=-1), v)
        context = program.reshape(
            program.add("Transpose", taken, perm=[0, 2, 1, 3]), self.input_shape
        )
        return self._lowered(program, context, "out_proj", slice(None))

    def _lowered(self, program: Program, x: str, name: str, rows: slice) -> str:
        y = program.add("MatMul", x, self.params[f"{name}_weight"][rows].T)
        return program.add("Add", y, self.params[f"{name}_bias"][rows]) if self.spec.use_bias else y

    @property
    def _scale(self) -> float:
        return 1 / sqrt(self.input_shape[1] // self.spec.heads)

    def _projected(self, x: Array, name: str) -> Array:
        y = product(x, self.params[f"{name}_weight"].T)
        if self.spec.use_bias:
            y += self.params[f"{name}_bias"]
        return y

    def _gradients(self, name: str, grad: Array, x: Array) -> Gradients:
        """∂w = Δᵀ x and ∂b = Σ Δ of one projection."""
        rows = grad.reshape(-1, grad.shape[-1])
        gradients: Gradients = {f"{name}_weight": Product(rows.T, x.reshape(-1, x.shape[-1]))}
        if self.spec.use_bias:
            gradients[f"{name}_bias"] = column_sums(rows)
        return gradients

    def _split(self, qkv: Array) -> Iterator[Array]:
        """q, k and v, each by head: views."""
        features = self.input_shape[1]
        for start in range(0, 3 * features, features):
            yield self._by_head(qkv[..., start : start + features])

    def _by_head(self, a: Array) -> Array:
        """`(N, length, features)` as `(N, heads, length, d)`: a view."""
        length, features = self.input_shape
        heads = self.spec.heads
        return a.reshape(len(a), length, heads, features // heads).transpose(0, 2, 1, 3)

    def _blocks(self, samples: int) -> Iterator[slice]:
        """Runs of samples whose scores fit into the second-level cache: at least one sample."""
        size = max(1, _CACHED // (self.spec.heads * self.input_shape[0] ** 2))
        for start in range(0, samples, size):
            yield slice(start, start + size)

    def _drops(self, x: Array, tape: Tape) -> Array | None:
        """0 where an entry of P is dropped, 1 / (1 − dropout) where it stays; None where all do."""
        rate = self.spec.dropout
        if not tape.training or rate == 0:
            return None
        length = self.input_shape[0]
        shape = (len(x), self.spec.heads, length, length)
        stays = tape.rng(self).random(shape, np.float32) >= rate
        return np.multiply(stays, 1 / (1 - rate), dtype=x.dtype)


def _sums_by_head(a: Array, heads: int) -> Array:
    """The sum over each head's features, `(N, heads, length, 1)`, as a product with ones."""
    n, length, features = a.shape
    per_head = product(
        a.reshape(n * length * heads, features // heads), np.ones((features // heads, 1), a.dtype)
    )
    return per_head.reshape(n, length, heads, 1).transpose(0, 2, 1, 3)
