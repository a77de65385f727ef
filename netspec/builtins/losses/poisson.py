"""Poisson: how surprised an expected count is by the count that came."""

from __future__ import annotations

from math import inf
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from netspec import Array

from .elementwise import ElementwiseLoss

__all__ = ["Poisson"]

_LEAST = 1e-8


class Poisson(ElementwiseLoss):
    """exp(z) − y z where the output z is the logarithm of the expected count, else ŷ − y log(ŷ + ε).

    The part log y!, which no output changes, is left out. PyTorch's `PoissonNLLLoss`, ε = 10⁻⁸.
    """

    formula: ClassVar[str] = "l = mean (exp(z) − y z)"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        *ElementwiseLoss.examples,
        {"log_input": False},
    )
    bounds: ClassVar[tuple[float, float] | None] = (0, inf)

    type: Literal["poisson"] = "poisson"
    log_input: bool = Field(default=True, description="whether outputs are logarithms of counts")

    def terms(self, output: Array, target: Array) -> Array:
        if self.log_input:
            return _exp(output) - target * output
        return output - target * np.log(output + _LEAST)

    def slopes(self, output: Array, target: Array) -> Array:
        if self.log_input:
            return _exp(output) - target
        return 1 - target / (output + _LEAST)


def _exp(output: Array) -> Array:
    """The expected counts; infinite, without a warning, where they leave the dtype."""
    with np.errstate(over="ignore"):
        return np.exp(output)
