"""What PyTorch computes for the layers, in float64: `python tests/oracle/layers.py` writes it down.

The tests compare with `layers.json`, so that they need no PyTorch; where PyTorch is installed they
also compare the file with what it says today. Images are channels last here, as in netspec.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

FILE = Path(__file__).with_suffix(".json")

Module = Callable[[torch.Tensor], torch.Tensor]


def cases() -> dict[str, dict[str, Any]]:
    """Every case by its name: arrays as nested lists."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        torch.set_default_dtype(torch.float64)
        try:
            return {
                "dense": _dense(6, 5),
                "dense_positions": _dense(2, 3, 5),
                "flatten": _case(torch.nn.Flatten(), _x(3, 2, 4), {}),
                "batch_norm": _batch_norm(torch.nn.BatchNorm1d(4), 6, 4),
                "batch_norm_images": _batch_norm(torch.nn.BatchNorm2d(3), 2, 3, 4, 5),
                "batch_norm_evaluation": _batch_norm(torch.nn.BatchNorm1d(4).eval(), 6, 4),
                "embedding": _embedding(),
                "reshape": _case(lambda x: x.reshape(len(x), 4, 3), _x(2, 3, 2, 2), {}),
                "permute": _case(lambda x: x.permute(0, 3, 1, 2), _x(2, 3, 2, 4), {}),
                "rescale": _case(lambda x: 0.3 * x - 2, _x(4, 3), {}),
                "one_hot": _one_hot(),
                "prelu": _prelu(1, 5, 4),
                "prelu_per_feature": _prelu(3, 2, 4, 3),
                "maxout": _maxout(6, 5),
                "maxout_positions": _maxout(1, 2, 5),
                "layer_norm": _drawn(torch.nn.LayerNorm(5), _x(4, 5)),
                "layer_norm_positions": _drawn(torch.nn.LayerNorm(5, eps=0.1), _x(1, 3, 5)),
                "layer_norm_axes": _drawn(torch.nn.LayerNorm((3, 5)), _x(2, 2, 3, 5)),
                "layer_norm_no_bias": _drawn(torch.nn.LayerNorm(5, bias=False), _x(4, 5)),
                "layer_norm_plain": _drawn(
                    torch.nn.LayerNorm(5, elementwise_affine=False), _x(4, 5)
                ),
                "rms_norm": _drawn(torch.nn.RMSNorm(5), _x(4, 5)),
                "rms_norm_axes": _drawn(torch.nn.RMSNorm((3, 5), eps=0.1), _x(1, 3, 5)),
                "rms_norm_plain": _drawn(torch.nn.RMSNorm(5, elementwise_affine=False), _x(4, 5)),
                "group_norm": _group_norm(2, 3, 6),
                "group_norm_images": _group_norm(3, 2, 6, 4, 5),
                "group_norm_one": _group_norm(1, 1, 4, 3),
                "group_norm_each": _group_norm(4, 2, 4, 3, 2),
                "residual": _residual(),
                "residual_projection": _projection(),
                "sequential": _sequential(),
                "sequential_repeat": _repeat(),
            }
        finally:
            torch.set_default_dtype(torch.float32)


def _x(*shape: int) -> torch.Tensor:
    return torch.randn(*shape) * 2 + 1


def _case(
    module: Module,
    x: torch.Tensor,
    params: dict[str, torch.Tensor],
    state: dict[str, torch.Tensor] | None = None,
) -> dict[str, Any]:
    """One pass forward, and backward from a random delta."""
    before = {key: each.tolist() for key, each in (state or {}).items()}
    if x.is_floating_point():
        x.requires_grad_()
    y = module(x)
    grad = torch.randn_like(y)
    y.backward(grad)
    return {
        "x": x.tolist(),
        "grad": grad.tolist(),
        "params": {key: each.tolist() for key, each in params.items()},
        "state": before,
        "y": y.tolist(),
        "input_gradient": _list(x.grad),
        "gradients": {key: _list(each.grad) for key, each in params.items()},
        "new_state": {key: each.tolist() for key, each in (state or {}).items()},
    }


def _list(grad: torch.Tensor | None) -> Any:
    return None if grad is None else grad.tolist()


def _arrays(module: torch.nn.Module, prefix: str = "") -> dict[str, torch.Tensor]:
    return {prefix + key: each for key, each in module.named_parameters()}


def _dense(*shape: int) -> dict[str, Any]:
    linear = torch.nn.Linear(shape[-1], 3)
    return _case(linear, _x(*shape), _arrays(linear))


def _batch_norm(norm: torch.nn.Module, *shape: int) -> dict[str, Any]:
    """`shape` is PyTorch's, channels second; the case has them last."""
    state = {key: each for key, each in norm.named_buffers() if each.is_floating_point()}
    with torch.no_grad():
        for each in (*norm.parameters(), *state.values()):
            each.copy_(torch.rand_like(each) + 0.5)
    x = torch.movedim(_x(*shape), 1, -1).contiguous()
    return _case(
        lambda x: torch.movedim(norm(torch.movedim(x, -1, 1)), 1, -1).contiguous(),
        x,
        _arrays(norm),
        state,
    )


def _embedding() -> dict[str, Any]:
    embedding = torch.nn.Embedding(7, 3)
    return _case(embedding, torch.randint(0, 7, (4, 5)), _arrays(embedding))


def _one_hot() -> dict[str, Any]:
    x = torch.randint(0, 4, (5, 2))
    y = torch.nn.functional.one_hot(x, 4).double()
    empty: dict[str, Any] = {key: {} for key in ("params", "state", "gradients", "new_state")}
    grad = torch.randn_like(y)
    return {
        "x": x.tolist(),
        "grad": grad.tolist(),
        "y": y.tolist(),
        "input_gradient": None,
        **empty,
    }


def _drawn(module: torch.nn.Module, x: torch.Tensor) -> dict[str, Any]:
    """A case of a module whose parameters are no longer the first ones."""
    with torch.no_grad():
        for each in module.parameters():
            each.copy_(torch.randn_like(each))
    return _case(module, x, _arrays(module))


def _prelu(parameters: int, *shape: int) -> dict[str, Any]:
    """Features last, where PyTorch has them in axis 1."""
    prelu = torch.nn.PReLU(parameters)
    with torch.no_grad():
        prelu.weight.copy_(torch.randn_like(prelu.weight))
    return _case(
        lambda x: torch.movedim(prelu(torch.movedim(x, -1, 1)), 1, -1),
        _x(*shape),
        _arrays(prelu),
    )


def _maxout(*shape: int) -> dict[str, Any]:
    linear = torch.nn.Linear(shape[-1], 6)
    return _case(lambda x: linear(x).unflatten(-1, (3, 2)).amax(-1), _x(*shape), _arrays(linear))


def _group_norm(groups: int, *shape: int) -> dict[str, Any]:
    """`shape` is PyTorch's, channels second; the case has them last."""
    norm = torch.nn.GroupNorm(groups, shape[1])
    with torch.no_grad():
        for each in norm.parameters():
            each.copy_(torch.randn_like(each))
    x = torch.movedim(_x(*shape), 1, -1).contiguous()
    return _case(
        lambda x: torch.movedim(norm(torch.movedim(x, -1, 1)), 1, -1).contiguous(),
        x,
        _arrays(norm),
    )


def _residual() -> dict[str, Any]:
    one, two = torch.nn.Linear(4, 6), torch.nn.Linear(6, 4)
    params = {**_arrays(one, "dense_1."), **_arrays(two, "dense_2.")}
    return _case(lambda x: two(one(x)) + x, _x(5, 4), params)


def _projection() -> dict[str, Any]:
    one, beside = torch.nn.Linear(4, 3), torch.nn.Linear(4, 3)
    params = {**_arrays(one, "dense_1."), **_arrays(beside, "projection.dense_1.")}
    return _case(lambda x: one(x) + beside(x), _x(5, 4), params)


def _sequential() -> dict[str, Any]:
    one, two = torch.nn.Linear(4, 6), torch.nn.Linear(6, 2)
    params = {**_arrays(one, "dense_1."), **_arrays(two, "dense_2.")}
    return _case(lambda x: two(one(x)), _x(5, 4), params)


def _repeat() -> dict[str, Any]:
    blocks = [torch.nn.Linear(4, 4) for _ in range(3)]
    params = {}
    for n, block in enumerate(blocks, start=1):
        params |= _arrays(block, f"block_{n}.dense_1.")
    return _case(torch.nn.Sequential(*blocks), _x(5, 4), params)


if __name__ == "__main__":
    FILE.write_text(json.dumps(cases(), indent=None) + "\n", encoding="utf-8")
