"""What PyTorch computes for the layers, in float64: `python tests/oracle.py` writes `oracle.json`.

Images and sequences are channels last here, as in netspec. What goes in follows a formula, so that
the file holds only what comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from netspec.testing import Answer, filled, write_answers

FILE = Path(__file__).with_suffix(".json")

Document = dict[str, Any]
Case = tuple[Document, tuple[int, ...]]


def written() -> list[Case]:
    """What the file holds: each option once, odd shapes, height ≠ width ≠ channels."""
    conv = {"type": "conv2d", "channels": 4}
    transpose = {"type": "conv2d_transpose", "channels": 4}
    one = {"type": "conv1d", "channels": 4}
    return [
        ({**conv, "kernel": 3}, (3, 5, 4, 2)),
        ({**conv, "kernel": [2, 3], "strides": [2, 1], "padding": [1, 2]}, (1, 5, 4, 3)),
        ({**conv, "kernel": 3, "padding": "same", "dilation": [1, 2]}, (2, 5, 6, 2)),
        ({**conv, "kernel": 2, "strides": 3, "groups": 2, "use_bias": False}, (3, 7, 5, 2)),
        ({**conv, "kernel": 3, "groups": 2, "dilation": 2, "padding": 2}, (1, 5, 4, 2)),
        ({**conv, "kernel": 1}, (3, 3, 2, 5)),
        ({**conv, "kernel": 2}, (0, 3, 4, 2)),
        ({**transpose, "kernel": 3}, (3, 2, 3, 2)),
        ({**transpose, "kernel": [2, 3], "strides": [3, 2], "padding": 1}, (1, 3, 2, 3)),
        (
            {**transpose, "kernel": 3, "strides": 2, "output_padding": 1, "groups": 2},
            (1, 2, 3, 4),
        ),
        ({**transpose, "kernel": 2, "dilation": 3, "output_padding": [2, 0]}, (3, 2, 3, 1)),
        (
            {**transpose, "kernel": 3, "strides": 2, "padding": 1, "output_padding": [1, 0]},
            (2, 3, 2, 2),
        ),
        ({**one, "kernel": 3}, (3, 6, 2)),
        ({**one, "kernel": 2, "strides": 2, "padding": 1, "dilation": 3}, (1, 7, 3)),
        ({**one, "kernel": 4, "padding": "same", "groups": 2}, (5, 6, 2)),
        ({"type": "max_pool2d"}, (3, 5, 4, 2)),
        ({"type": "max_pool2d", "kernel": [3, 2], "strides": 1, "padding": 1}, (1, 5, 4, 3)),
        ({"type": "max_pool2d", "kernel": 2, "dilation": [2, 3]}, (3, 7, 8, 2)),
        ({"type": "avg_pool2d"}, (3, 5, 4, 2)),
        ({"type": "avg_pool2d", "kernel": [3, 2], "strides": [1, 2], "padding": 1}, (1, 5, 4, 3)),
        ({"type": "max_pool1d"}, (3, 7, 2)),
        ({"type": "max_pool1d", "kernel": 3, "strides": 2, "padding": 1}, (1, 7, 3)),
        ({"type": "avg_pool1d"}, (3, 7, 2)),
        ({"type": "avg_pool1d", "kernel": 3, "strides": 2, "padding": 1}, (1, 7, 3)),
        ({"type": "global_avg_pool2d"}, (3, 5, 4, 2)),
        ({"type": "global_max_pool2d"}, (3, 5, 4, 2)),
        ({"type": "global_avg_pool1d"}, (3, 5, 2)),
        ({"type": "global_max_pool1d"}, (3, 5, 2)),
        ({"type": "upsample2d", "scale": [2, 3]}, (3, 3, 2, 2)),
        ({"type": "upsample2d", "scale": [3, 2], "mode": "bilinear"}, (3, 3, 4, 2)),
        ({"type": "zero_pad2d", "top": 1, "right": 2, "bottom": 3}, (3, 2, 3, 2)),
    ]


def grid() -> Iterator[Case]:
    """Many more, where PyTorch is there to answer."""
    for kernel, stride, padding, dilation, groups, batch in product(
        (1, 2, [3, 2], 5), (1, [2, 3]), (0, [2, 1], 3), (1, [2, 1]), (1, 3), (0, 1, 3)
    ):
        options = {"channels": 6, "kernel": kernel, "strides": stride, "groups": groups}
        options |= {"dilation": dilation, "padding": padding}
        yield {"type": "conv2d", **options}, (batch, 11, 9, 3)
        yield {"type": "conv2d_transpose", **options}, (batch, 8, 9, 3)
    for kernel, dilation, groups in product((1, 2, 3, 4), (1, 2), (1, 2, 4)):
        options = {"channels": 4, "kernel": kernel, "dilation": dilation, "groups": groups}
        yield {"type": "conv2d", "padding": "same", **options}, (3, 7, 5, 4)
        yield {"type": "conv1d", "padding": "same", **options}, (3, 9, 4)
        for stride, padding in product((1, 2, 5), (0, 1, 4)):
            yield {"type": "conv1d", **options, "strides": stride, "padding": padding}, (2, 10, 4)
    for kernel, stride, padding, batch in product(
        (2, 3, [4, 2]), (None, 1, [3, 2]), (0, 1), (0, 1, 3)
    ):
        options = {"kernel": kernel, "strides": stride, "padding": padding}
        yield {"type": "avg_pool2d", **options}, (batch, 9, 8, 3)
        for dilation in (1, [1, 2]):
            yield {"type": "max_pool2d", **options, "dilation": dilation}, (batch, 9, 8, 3)
    for kernel, stride, padding in product((2, 3, 5), (None, 1, 4), (0, 1)):
        options = {"kernel": kernel, "strides": stride, "padding": padding}
        yield {"type": "avg_pool1d", **options}, (3, 11, 2)
        yield {"type": "max_pool1d", **options}, (3, 11, 2)
    for scale, mode, batch in product((1, 2, [3, 4]), ("nearest", "bilinear"), (0, 1, 3)):
        yield {"type": "upsample2d", "scale": scale, "mode": mode}, (batch, 1, 4, 2)


def answer(document: Document, shape: tuple[int, ...]) -> Answer:
    """One pass forward, and backward from δ: what comes out, as arrays."""
    x = torch.tensor(filled(*shape), requires_grad=True)
    params, function = module(document, shape)
    tensors = {
        key: torch.tensor(filled(*each, seed=3.0), requires_grad=True)
        for key, each in params.items()
    }
    y = torch.movedim(function(torch.movedim(x, -1, 1), **tensors), 1, -1)
    if document["type"].startswith("global"):
        y = y.reshape(shape[0], shape[-1])
    y.backward(torch.tensor(filled(*y.shape, seed=2.0)))
    gradients = {f"∂{key}": each.grad for key, each in {"x": x, **tensors}.items()}
    arrays = {key: each.detach().numpy() for key, each in {"y": y, **gradients}.items()}
    return Answer(document, shape, arrays)


def module(
    document: Document, shape: tuple[int, ...]
) -> tuple[dict[str, tuple[int, ...]], Callable[..., torch.Tensor]]:
    """The shapes of the parameters, and PyTorch's function of x and them."""
    options = dict(document)
    kind = options.pop("type")
    inputs, rank = shape[-1], len(shape) - 2
    if kind == "zero_pad2d":
        sides = [options.get(side, 0) for side in ("left", "right", "top", "bottom")]
        return {}, lambda x: functional.pad(x, sides)
    if kind == "upsample2d":
        scale = options.pop("scale")
        scales = scale if isinstance(scale, list) else [scale, scale]
        up = nn.Upsample(scale_factor=tuple(map(float, scales)), **options)
        # PyTorch refuses a batch of 0 in some modes; there is nothing to compute.
        high, wide = (size * by for size, by in zip(shape[1:3], scales, strict=True))
        return {}, up if shape[0] else lambda x: x.sum() + torch.zeros(0, inputs, high, wide)
    if "pool" in kind:
        names = {"kernel": "kernel_size", "strides": "stride"}
        pools = {
            "max_pool1d": functional.max_pool1d,
            "max_pool2d": functional.max_pool2d,
            "avg_pool1d": functional.avg_pool1d,
            "avg_pool2d": functional.avg_pool2d,
            "global_avg_pool1d": nn.AdaptiveAvgPool1d(1),
            "global_avg_pool2d": nn.AdaptiveAvgPool2d(1),
            "global_max_pool1d": nn.AdaptiveMaxPool1d(1),
            "global_max_pool2d": nn.AdaptiveMaxPool2d(1),
        }
        given = {names.get(key, key): value for key, value in options.items()}
        if not kind.startswith("global"):
            given.setdefault("kernel_size", 2)
        return {}, lambda x: pools[kind](x, **given)
    channels, kernel, groups = (options.get(key, 1) for key in ("channels", "kernel", "groups"))
    window = tuple(kernel) if isinstance(kernel, list) else (kernel,) * rank
    params: dict[str, tuple[int, ...]] = {"weight": (channels, inputs // groups, *window)}
    functions = {
        "conv1d": functional.conv1d,
        "conv2d": functional.conv2d,
        "conv2d_transpose": functional.conv_transpose2d,
    }
    if kind == "conv2d_transpose":
        params["weight"] = (inputs, channels // groups, *window)
    if options.get("use_bias", True):
        params["bias"] = (channels,)
    given = {
        "stride" if key == "strides" else key: value
        for key, value in options.items()
        if key not in {"channels", "kernel", "use_bias"}
    }
    return params, lambda x, **tensors: functions[kind](x, **tensors, **given)


if __name__ == "__main__":
    write_answers(FILE, (answer(*case) for case in written()))
