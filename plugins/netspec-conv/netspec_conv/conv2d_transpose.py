"""Transposed convolution: every input spreads through a window of the output."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from netspec import (
    Activation,
    Array,
    FanInUniform,
    Gradients,
    Initializer,
    Layer,
    LayerSpec,
    Program,
    Regularizer,
    Shape,
    Site,
    SpecError,
    Tape,
)

from .axis import Axis
from .convolving import bias_sums, check_groups, draw
from .fields import Counts, Size, Sizes, image, pair
from .lowering import channels_first, channels_last
from .sliding import Sliding, inward, outward

__all__ = ["Conv2dTranspose", "Conv2dTransposeLayer"]


class Conv2dTranspose(LayerSpec):
    """y[s u + d i − p, s v + d j − p, o] = b[o] + Σ w[c, o, i, j] x[u, v, c]: `(N, H, W, C)`.

    The transpose of `conv2d` with the same strides s, dilation d and padding p: its forward is that
    one's backward. Each axis gets (size − 1) s − 2 p + d (kernel − 1) + `output_padding` + 1
    outputs; `output_padding` chooses among the sizes that a convolution takes to one. Parameters:
    `weight` `(C, channels / groups, kernel height, kernel width)` and `bias` `(channels,)`.
    PyTorch's `ConvTranspose2d`, its initial values too, with images channels last. `activation`
    stands for a layer of its own, behind this.

    Zeiler and others, Deconvolutional networks, 2010.
    """

    formula: ClassVar[str] = (
        "y[s u + d i − p, s v + d j − p, o] = b[o] + Σ w[c, o, i, j] x[u, v, c]"
    )
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"channels": 3, "kernel": 2, "strides": 2},
        {"channels": 2, "kernel": 3, "strides": 2, "padding": 1, "output_padding": 1, "groups": 2},
    )
    example_shape: ClassVar[Shape] = (3, 2, 4)

    type: Literal["conv2d_transpose"] = "conv2d_transpose"
    channels: int = Field(gt=0, description="the number of channels that come out")
    kernel: Sizes = Field(description="the window: one size, or [height, width]")
    strides: Sizes = Field(
        default=1, description="from one input's window to the next: one, or [down, right]"
    )
    padding: Counts = Field(
        default=0, description="what is cut off on either side: one, or [vertical, horizontal]"
    )
    output_padding: Counts = Field(
        default=0, description="what is added below and on the right: one, or [down, right]"
    )
    dilation: Sizes = Field(
        default=1, description="from one tap of the window to the next: one, or [down, right]"
    )
    groups: Size = Field(default=1, description="the parts that the channels are split into")
    activation: Activation | None = Field(
        default=None, description="a layer of its own, behind this"
    )
    use_bias: bool = Field(default=True, description="whether there is a bias")
    weight_init: Initializer = Field(
        default=FanInUniform(), description="what the weights start from"
    )
    bias_init: Initializer = Field(default=FanInUniform(), description="what the biases start from")
    weight_regularizer: Regularizer | None = Field(default=None, description="the weights' penalty")
    bias_regularizer: Regularizer | None = Field(default=None, description="the biases' penalty")

    @model_validator(mode="after")
    def _less_than_a_step(self) -> Self:
        steps = zip(pair(self.output_padding), pair(self.strides), pair(self.dilation), strict=True)
        if any(added >= max(stride, dilation) for added, stride, dilation in steps):
            raise SpecError(
                f"output_padding is {self.output_padding}",
                "it must be smaller than the strides or the dilation",
                path=("output_padding",),
            )
        return self

    def build(self, site: Site) -> Conv2dTransposeLayer:
        return Conv2dTransposeLayer(self, site)


class Conv2dTransposeLayer(Layer[Conv2dTranspose]):
    """The running layer: a convolution from its output to its input, read backwards."""

    def __init__(self, spec: Conv2dTranspose, site: Site) -> None:
        super().__init__(spec, site)
        height, width, channels = image(site, spec.type)
        check_groups(spec.type, spec.groups, channels, spec.channels)
        rows, columns = self._axis(height, 0), self._axis(width, 1)
        self.sliding = Sliding(rows, columns, spec.groups)
        site.ledger.spread_out(self.sliding.between(spec.channels))
        self.output_shape = (rows.size, columns.size, spec.channels)
        draw(self, spec, site, (channels, spec.channels // spec.groups, *pair(spec.kernel)))

    def _axis(self, inputs: int, n: int) -> Axis:
        """The axis of the convolution whose outputs are our inputs."""
        spec = self.spec
        kernel, stride, dilation = (
            pair(spec.kernel)[n],
            pair(spec.strides)[n],
            pair(spec.dilation)[n],
        )
        padding, added = pair(spec.padding)[n], pair(spec.output_padding)[n]
        size = (inputs - 1) * stride - 2 * padding + dilation * (kernel - 1) + added + 1
        if size < 1:
            raise SpecError(
                f"{spec.type} makes {size} of {self.input_shape}'s axis {n}, which has {inputs}",
                "use less padding or a larger kernel",
                path=("padding",),
            )
        return Axis(size, kernel, stride, dilation, padding, padding - added)

    def forward(self, x: Array, tape: Tape) -> Array:
        tape.save(self, x)
        y = self.sliding.spread(inward(x), self.params["weight"])
        if "bias" in self.params:
            y += self.params["bias"][:, None, None]
        return outward(y)

    def backward(self, grad: Array, tape: Tape) -> tuple[Array | None, Gradients]:
        """With Δ and x exchanged, the gradients of `conv2d`: ∂x = w ⋆ Δ, ∂w[c, o, i, j] = Σ x Δ."""
        (x,) = tape.load(self)
        delta = inward(grad)
        bands = self.sliding.bands(delta)
        gradients: Gradients = {"weight": self.sliding.by_kernel(bands, inward(x))}
        if "bias" in self.params:
            gradients["bias"] = bias_sums(delta)
        if not tape.wants_input_gradient:
            return None, gradients
        return outward(self.sliding.correlate(bands, self.params["weight"])), gradients

    def lower(self, program: Program) -> str:
        rows, columns = self.sliding.rows, self.sliding.columns
        after = (rows.after, columns.after)
        y = program.add(
            "ConvTranspose",
            channels_first(program, program.x),
            *self.params.values(),
            strides=[rows.stride, columns.stride],
            dilations=[rows.dilation, columns.dilation],
            pads=[rows.before, columns.before, *(max(0, cut) for cut in after)],
            output_padding=[max(0, -cut) for cut in after],
            group=self.spec.groups,
        )
        return channels_last(program, y)
