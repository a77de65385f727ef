"""What PyTorch computes for how weights move: optimizers, schedules and clipping.

All in float64. `python tests/oracle/descent.py` writes it down. The tests compare with
`descent.json`, so that they do not need it; where it is installed, they also compare the file
with what it says today.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.optim import lr_scheduler

FILE = Path(__file__).with_suffix(".json")
STEPS, PERIODS, RATE = 50, 25, 0.3

Tensor = torch.Tensor

OPTIMIZERS: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "adadelta": ("adadelta", torch.optim.Adadelta, {}),
    "adadelta options": (
        "adadelta",
        torch.optim.Adadelta,
        {"decay": 0.7, "eps": 1e-3, "weight_decay": 0.1},
    ),
    "radam": ("radam", torch.optim.RAdam, {}),
    "radam options": ("radam", torch.optim.RAdam, {"betas": [0.8, 0.95], "weight_decay": 0.1}),
    "sgd": ("sgd", torch.optim.SGD, {}),
    "sgd decay": ("sgd", torch.optim.SGD, {"weight_decay": 0.3}),
    "sgd momentum": ("sgd", torch.optim.SGD, {"momentum": 0.9}),
    "sgd dampening": (
        "sgd",
        torch.optim.SGD,
        {"momentum": 0.8, "dampening": 0.3, "weight_decay": 0.1},
    ),
    "sgd nesterov": (
        "sgd",
        torch.optim.SGD,
        {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
    ),
    "adam": ("adam", torch.optim.Adam, {}),
    "adam options": (
        "adam",
        torch.optim.Adam,
        {"betas": [0.8, 0.95], "eps": 1e-3, "weight_decay": 0.1},
    ),
    "adam amsgrad": ("adam", torch.optim.Adam, {"amsgrad": True}),
    "adamw": ("adamw", torch.optim.AdamW, {}),
    "adamw options": (
        "adamw",
        torch.optim.AdamW,
        {"betas": [0.8, 0.95], "weight_decay": 0.2, "amsgrad": True},
    ),
    "adagrad": ("adagrad", torch.optim.Adagrad, {}),
    "adagrad options": (
        "adagrad",
        torch.optim.Adagrad,
        {"rate_decay": 0.1, "weight_decay": 0.1, "initial_square": 0.5},
    ),
    "rmsprop": ("rmsprop", torch.optim.RMSprop, {}),
    "rmsprop options": (
        "rmsprop",
        torch.optim.RMSprop,
        {"decay": 0.9, "momentum": 0.8, "centered": True, "weight_decay": 0.1},
    ),
    "adamax": ("adamax", torch.optim.Adamax, {}),
    "adamax options": ("adamax", torch.optim.Adamax, {"betas": [0.8, 0.9], "weight_decay": 0.1}),
    "nadam": ("nadam", torch.optim.NAdam, {}),
    "nadam options": (
        "nadam",
        torch.optim.NAdam,
        {"betas": [0.8, 0.9], "weight_decay": 0.1, "momentum_decay": 0.01},
    ),
}

# What netspec calls by a plainer name.
PLAIN = {
    "learning_rate": "lr",
    "rate_decay": "lr_decay",
    "initial_square": "initial_accumulator_value",
    "decay": "alpha",
}


def cases() -> dict[str, dict[str, Any]]:
    """Every case by kind and name: arrays as nested lists."""
    with torch.random.fork_rng():
        torch.manual_seed(2)
        torch.set_default_dtype(torch.float64)
        try:
            return {
                "optimizer": {name: _descent(*case) for name, case in OPTIMIZERS.items()},
                "schedule": _schedules(),
                "clipping": _clippings(),
            }
        finally:
            torch.set_default_dtype(torch.float32)


def _descent(type_: str, kind: Any, options: dict[str, Any]) -> dict[str, Any]:
    given = {"type": type_, "learning_rate": 0.05, **options}
    start = torch.randn(2, 3)
    size = 10.0 ** torch.randint(-3, 3, (STEPS, 1, 1))
    gradients = torch.randn(STEPS, 2, 3) * size
    w = start.clone().requires_grad_()
    plain = PLAIN | ({"decay": "rho"} if type_ == "adadelta" else {})
    optimizer = kind([w], lr=0.05, **{plain.get(key, key): value for key, value in options.items()})
    path = []
    for gradient in gradients:
        w.grad = gradient.clone()
        optimizer.step()
        path.append(_list(w))
    return {"given": given, "start": _list(start), "gradients": _list(gradients), "path": path}


def _schedules() -> dict[str, dict[str, Any]]:
    start = {"initial": RATE}

    def case(type_: str, kind: Callable[..., Any], **options: Any) -> dict[str, Any]:
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=RATE)
        schedule, rates = kind(optimizer), []
        for _ in range(PERIODS):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
        return {"given": {"type": type_, **options}, "rates": rates}

    def cosine(optimizer: Any) -> Any:
        return lr_scheduler.CosineAnnealingLR(optimizer, T_max=10, eta_min=0.01)

    def warm(optimizer: Any) -> Any:
        rising = lr_scheduler.LinearLR(optimizer, start_factor=1 / 6, total_iters=5)
        return lr_scheduler.SequentialLR(optimizer, [rising, cosine(optimizer)], milestones=[5])

    falling = {"type": "cosine", "minimum": 0.01, "period": 10, **start}
    return {
        "cosine": case("cosine", cosine, minimum=0.01, period=10, **start),
        "cosine restarts": case(
            "cosine",
            lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 7, eta_min=0.01),
            minimum=0.01,
            period=7,
            restarts=True,
            **start,
        ),
        "cosine growing restarts": case(
            "cosine",
            lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 3, T_mult=2),
            period=3,
            restarts=True,
            growth=2,
            **start,
        ),
        "warmup": case("warmup", warm, steps=5, then=falling, per="epoch"),
        "step": case(
            "step", lambda o: lr_scheduler.StepLR(o, 7, 0.3), every=7, factor=0.3, **start
        ),
        "multi_step": case(
            "multi_step",
            lambda o: lr_scheduler.MultiStepLR(o, [3, 11, 11], 0.5),
            at=[3, 11, 11],
            factor=0.5,
            **start,
        ),
        "exponential": case(
            "exponential", lambda o: lr_scheduler.ExponentialLR(o, 0.9), factor=0.9, **start
        ),
        "polynomial": case(
            "polynomial",
            lambda o: lr_scheduler.PolynomialLR(o, 20, 2.0),
            period=20,
            power=2.0,
            **start,
        ),
        "one_cycle": case(
            "one_cycle",
            lambda o: lr_scheduler.OneCycleLR(o, RATE, total_steps=PERIODS + 1),
            highest=RATE,
            period=PERIODS + 1,
        ),
    }


def _clippings() -> dict[str, dict[str, Any]]:
    """The gradients of three parameters, before and after."""
    gradients = [torch.randn(3, 4), 0.1 * torch.randn(5), torch.randn(2, 2, 2)]

    def case(clip: Callable[[list[Tensor]], Any], **given: float) -> dict[str, Any]:
        parameters = [torch.zeros_like(each, requires_grad=True) for each in gradients]
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient.clone()
        clip(parameters)
        after = [_list(each.grad) for each in parameters if each.grad is not None]
        return {"given": given, "before": [_list(each) for each in gradients], "after": after}

    def each_by_itself(parameters: list[Tensor]) -> None:
        for parameter in parameters:
            torch.nn.utils.clip_grad_norm_([parameter], 1.5)

    return {
        "value": case(lambda p: torch.nn.utils.clip_grad_value_(p, 0.4), value=0.4),
        "norm": case(each_by_itself, norm=1.5),
        "global_norm": case(lambda p: torch.nn.utils.clip_grad_norm_(p, 0.9), global_norm=0.9),
        "wide": case(lambda p: torch.nn.utils.clip_grad_norm_(p, 1e3), global_norm=1e3),
    }


def _list(values: Tensor) -> Any:
    return values.detach().tolist()


if __name__ == "__main__":
    FILE.write_text(json.dumps(cases(), indent=None) + "\n", encoding="utf-8")
