"""The transformer block: positions exchange, then each thinks for itself."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from netspec import (
    Activation,
    Array,
    Chain,
    Composite,
    Dense,
    Dropout,
    Gradients,
    LayerNorm,
    LayerSpec,
    Program,
    ReLU,
    Residual,
    Shape,
    Site,
    Tape,
)

from .multi_head_attention import MultiHeadAttention
from .sequences import check_heads, check_sequence

__all__ = ["TransformerBlock", "TransformerBlockLayer"]


class TransformerBlock(LayerSpec):
    """u = x + a(norm x), y = u + f(norm u): a is multi-head attention, f two dense layers.

    `(N, length, features)`, which it keeps. With `norm: "after"`, as it was first published,
    u = norm(x + a(x)), y = norm(u + f(u)). Dropout is on the shares of the attention, behind the
    activation, and behind a and f. PyTorch's `TransformerEncoderLayer(batch_first=True)`, for "before"
    with `norm_first=True`; with `causal` also the block of a decoder that stands alone.

    It is built of `residual`, `layer_norm`, `dense` and the others, so that arrays stand under
    `transformer_block_1.attention.multi_head_attention_1.in_proj_weight` and
    `transformer_block_1.feed_forward.dense_1.weight`; with "before" the norms stand inside too,
    `transformer_block_1.attention.layer_norm_1.weight`, with "after" beside them.

    Vaswani and others, Attention is all you need, 2017; with the norm before, Xiong and others,
    On layer normalization in the transformer architecture, 2020.
    """

    formula: ClassVar[str] = "u = x + a(norm x), y = u + f(norm u)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"heads": 2, "hidden_units": 6},
        {"heads": 1, "causal": True, "norm": "after", "hidden_activation": "gelu", "dropout": 0.0},
    )
    example_shape: ClassVar[Shape] = (3, 4)

    type: Literal["transformer_block"] = "transformer_block"
    heads: int = Field(gt=0, description="the heads of the attention")
    hidden_units: int | None = Field(
        default=None, gt=0, description="the units inside f; none: four times the features"
    )
    hidden_activation: Activation = Field(
        default=ReLU(), description="what stands between the dense layers of f"
    )
    norm: Literal["before", "after"] = Field(
        default="before", description="whether a norm stands before a and f, or behind each sum"
    )
    causal: bool = Field(default=False, description="whether no position sees a later one")
    dropout: float = Field(default=0.1, ge=0, lt=1, description="the rate of every dropout")

    def build(self, site: Site) -> TransformerBlockLayer:
        return TransformerBlockLayer(self, site)

    def parts(self, features: int) -> tuple[LayerSpec, ...]:
        """The layers that the block is made of."""
        attention = MultiHeadAttention(heads=self.heads, causal=self.causal, dropout=self.dropout)
        drop = (Dropout(rate=self.dropout),) if self.dropout else ()
        hidden = Dense(units=self.hidden_units or 4 * features)
        exchange: tuple[LayerSpec, ...] = (attention, *drop)
        think = (hidden, self.hidden_activation, *drop, Dense(units=features), *drop)
        before, behind = ((LayerNorm(),), ()) if self.norm == "before" else ((), (LayerNorm(),))
        return (
            Residual(name="attention", layers=(*before, *exchange)),
            *behind,
            Residual(name="feed_forward", layers=(*before, *think)),
            *behind,
        )


class TransformerBlockLayer(Composite[TransformerBlock]):
    """The running layer: a chain."""

    def __init__(self, spec: TransformerBlock, site: Site) -> None:
        super().__init__(spec, site)
        _, features = check_sequence(site, spec.type)
        check_heads(spec.heads, features)
        self.inner = Chain.inside(site, spec.parts(features))
        self.hold(self.inner)
        # The inner layers follow from the spec as it was written.
        self.spec = spec

    def forward(self, x: Array, tape: Tape) -> Array:
        return self.inner.forward(x, tape)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """Through the chain, tail to head."""
        return self.inner.pull(grad, tape)

    def lower(self, program: Program) -> str:
        return program.run(self.inner, program.x)
