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
