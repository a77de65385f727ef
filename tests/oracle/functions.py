"""What PyTorch computes for what is differentiated: activations, losses and sampling.

All in float64. `python tests/oracle/functions.py` writes it down. The tests compare with
`functions.json`, so that they do not need it; where it is installed, they also compare the file
with what it says today.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

FILE = Path(__file__).with_suffix(".json")

Tensor = torch.Tensor
Function = Callable[..., Tensor]

ACTIVATIONS: dict[str, tuple[dict[str, Any], Function]] = {
    "celu": ({"alpha": 1.5}, lambda x: functional.celu(x, 1.5)),
    "elu": ({"alpha": 0.7}, lambda x: functional.elu(x, 0.7)),
    "gelu": ({}, functional.gelu),
    "gelu tanh": ({"approximate": True}, lambda x: functional.gelu(x, approximate="tanh")),
    "hard_sigmoid": ({}, lambda x: functional.relu6(x + 3) / 6),
    "hard_swish": ({}, functional.hardswish),
    "hard_tanh": ({}, functional.hardtanh),
    "leaky_relu": ({"slope": 0.1}, lambda x: functional.leaky_relu(x, 0.1)),
    "log_sigmoid": ({}, functional.logsigmoid),
    "log_softmax": ({}, lambda x: functional.log_softmax(x, -1)),
    "exponential": ({}, torch.exp),
    "identity": ({}, lambda x: x * 1),
    "mish": ({}, functional.mish),
    "relu": ({}, torch.relu),
    "relu6": ({}, functional.relu6),
    "selu": ({}, functional.selu),
    "sigmoid": ({}, torch.sigmoid),
    "silu": ({}, functional.silu),
    "softmax": ({}, lambda x: torch.softmax(x, -1)),
    "softplus": ({}, lambda x: functional.softplus(x, threshold=1e9)),
    "softsign": ({}, functional.softsign),
    "tanh": ({}, torch.tanh),
}


def cases() -> dict[str, dict[str, Any]]:
    """Every case by kind and name: arrays as nested lists."""
    with torch.random.fork_rng():
        torch.manual_seed(2)
        torch.set_default_dtype(torch.float64)
        try:
            return {
                "activation": {
                    name: _activation(name, *case) for name, case in ACTIVATIONS.items()
                },
                "loss": {**_elementwise(), **_classes()},
                "sampling": _samplings(),
            }
        finally:
            torch.set_default_dtype(torch.float32)


def _activation(name: str, options: dict[str, Any], function: Function) -> dict[str, Any]:
    x = torch.cat([2 * torch.randn(4, 5), torch.tensor([[-30.0, -8.0, 0.7, 9.0, 20.0]])])
    grad = torch.randn_like(x)
    y, slope = _pulled(function, x, grad)
    given = {"type": name.split()[0], **options}
    return {"given": given, "x": _list(x), "grad": _list(grad), "y": y, "gradient": slope}


def _loss(given: dict[str, Any], function: Function, x: Tensor, y: Tensor) -> dict[str, Any]:
    values, slope = _pulled(lambda x: function(x, y), x, torch.ones(len(x)))
    case = {"output": _list(x), "target": _list(y), "value": values, "gradient": slope}
    return {"given": given, **case}


def _elementwise() -> dict[str, dict[str, Any]]:
    x, y = 2 * torch.randn(6, 4), 2 * torch.randn(6, 4)
    share = torch.rand(6, 4)
    sign = torch.where(torch.randn(6, 4) > 0, 1.0, -1.0)
    p, q = torch.softmax(x, -1), torch.softmax(y, -1)

    def mean(function: Function, **options: Any) -> Function:
        return lambda x, y: function(x, y, reduction="none", **options).mean(1)

    def loss(type_: str, function: Function, x: Tensor, y: Tensor, **options: Any) -> Any:
        return _loss({"type": type_, **options}, function, x, y)

    return {
        "mse": loss("mse", mean(functional.mse_loss), x, y),
        "mse sum": loss("mse", lambda x, y: ((x - y) ** 2).sum(1), x, y, reduction="sum"),
        "mse half_sum": loss(
            "mse", lambda x, y: ((x - y) ** 2).sum(1) / 2, x, y, reduction="half_sum"
        ),
        "mae": loss("mae", mean(functional.l1_loss), x, y),
        "huber": loss("huber", mean(functional.huber_loss, delta=1.3), x, y, delta=1.3),
        "log_cosh": loss("log_cosh", lambda x, y: (x - y).cosh().log().mean(1), x, y),
        "quantile": loss(
            "quantile",
            lambda x, y: torch.maximum(0.8 * (y - x), 0.2 * (x - y)).mean(1),
            x,
            y,
            quantile=0.8,
        ),
        "hinge": loss("hinge", lambda x, y: torch.relu(1 - x * y).mean(1), x, sign),
        "squared_hinge": loss(
            "squared_hinge", lambda x, y: (torch.relu(1 - x * y) ** 2).mean(1), x, sign
        ),
        "poisson": loss("poisson", mean(functional.poisson_nll_loss), x, share, log_input=True),
        "poisson rate": loss(
            "poisson",
            mean(functional.poisson_nll_loss, log_input=False),
            share + 0.1,
            4 * share,
            log_input=False,
        ),
        "cosine": loss("cosine", lambda x, y: 1 - functional.cosine_similarity(x, y), x, y),
        "kl_divergence": loss(
            "kl_divergence",
            lambda p, q: functional.kl_div(p.log(), q, reduction="none").sum(1),
            p,
            q,
        ),
        "binary_cross_entropy": loss(
            "binary_cross_entropy", mean(functional.binary_cross_entropy), torch.sigmoid(x), share
        ),
        "binary_cross_entropy logits": loss(
            "binary_cross_entropy",
            mean(functional.binary_cross_entropy_with_logits),
            x,
            share,
            logits=True,
        ),
    }


def _classes() -> dict[str, dict[str, Any]]:
    z, labels = 3 * torch.randn(7, 4), torch.randint(0, 4, (7,))
    soft = torch.softmax(torch.randn(7, 4), -1)
    positions, tags = torch.randn(5, 3, 4), torch.randint(0, 4, (5, 3))

    def entropy(smoothing: float = 0.0) -> Function:
        return lambda z, y: functional.cross_entropy(
            z, y, reduction="none", label_smoothing=smoothing
        )

    def of_probabilities(p: Tensor, y: Tensor) -> Tensor:
        return functional.nll_loss(p.log(), y, reduction="none")

    def over_positions(z: Tensor, y: Tensor) -> Tensor:
        return entropy()(z.movedim(-1, 1), y).mean(1)

    def focal(z: Tensor, y: Tensor) -> Tensor:
        return focal_of_probabilities(torch.softmax(z, -1), y)

    def focal_of_probabilities(p: Tensor, y: Tensor) -> Tensor:
        chosen = p.gather(1, y[:, None])[:, 0]
        return -((1 - chosen) ** 2) * chosen.log()

    given = {"type": "cross_entropy", "logits": True}
    smooth = {**given, "label_smoothing": 0.1}
    return {
        "cross_entropy": _loss(given, entropy(), z, labels),
        "cross_entropy soft": _loss(given, entropy(), z, soft),
        "cross_entropy smooth": _loss(smooth, entropy(0.1), z, labels),
        "cross_entropy soft smooth": _loss(smooth, entropy(0.1), z, soft),
        "cross_entropy positions": _loss(given, over_positions, positions, tags),
        "cross_entropy probabilities": _loss(
            {"type": "cross_entropy"}, of_probabilities, torch.softmax(z, -1), labels
        ),
        "focal": _loss({"type": "focal", "logits": True, "gamma": 2.0}, focal, z, labels),
        "focal probabilities": _loss(
            {"type": "focal", "gamma": 2.0},
            focal_of_probabilities,
            torch.softmax(z, -1),
            labels,
        ),
        "cosine positions": _loss(
            {"type": "cosine", "reduction": "sum"},
            lambda x, y: (1 - functional.cosine_similarity(x, y, dim=-1)).sum(1),
            positions,
            torch.randn(5, 3, 4),
        ),
        "cross_entropy weighted": _weighted(positions, tags),
    }


def _weighted(z: Tensor, tags: Tensor) -> dict[str, Any]:
    """Here value and gradient are of the whole batch: Σwl / Σw over all positions."""
    weights = [0.5, 2.0, 1.0, 0.25]

    def whole(z: Tensor) -> Tensor:
        return functional.cross_entropy(z.movedim(-1, 1), tags, torch.tensor(weights))

    value, slope = _pulled(whole, z, torch.tensor(1.0))
    given = {"type": "cross_entropy", "logits": True, "class_weights": weights}
    case = {"output": _list(z), "target": _list(tags), "value": value, "gradient": slope}
    return {"given": given, **case}


def _samplings() -> dict[str, dict[str, Any]]:
    """Pictures seen at places between their pixels and outside; channels last."""

    def case(channels: int, height: int, width: int) -> dict[str, Any]:
        x = torch.randn(2, channels, height, width)
        rows = torch.rand(2, height, width) * (height + 2) - 1.5
        columns = torch.rand(2, height, width) * (width + 2) - 1.5
        rows[0, 0], columns[0, 0] = rows[0, 0].round(), columns[0, 0].round()
        places = torch.stack([2 * columns / (width - 1) - 1, 2 * rows / (height - 1) - 1], -1)
        grad = torch.randn_like(x)
        y, slope = _pulled(
            lambda x: functional.grid_sample(x, places, padding_mode="zeros", align_corners=True),
            x,
            grad,
        )
        last = {"x": x, "grad": grad, "y": torch.tensor(y), "gradient": torch.tensor(slope)}
        return {
            "rows": _list(rows),
            "columns": _list(columns),
            **{key: _list(torch.movedim(each, 1, -1)) for key, each in last.items()},
        }

    return {"grey": case(1, 4, 5), "colours": case(3, 5, 3)}


def _pulled(function: Function, x: Tensor, grad: Tensor) -> tuple[Any, Any]:
    x = x.clone().requires_grad_()
    y = function(x)
    y.backward(grad)
    assert x.grad is not None
    return _list(y), _list(x.grad)


def _list(values: Tensor) -> Any:
    return values.detach().tolist()


if __name__ == "__main__":
    FILE.write_text(json.dumps(cases(), indent=None) + "\n", encoding="utf-8")
