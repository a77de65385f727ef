"""GRU: a state of which one gate says what is replaced."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Array, Program, Site, product

from .recurrent import Recurrent, RecurrentLayer

__all__ = ["GRU", "GRULayer"]


class GRU(Recurrent):
    """h ← (1 − z) n + z h, where z and r = σ(w_ih x + b_ih + w_hh h + b_hh), n = tanh(… + r (…)).

    n = tanh(w_ih x + b_ih + r (w_hh h + b_hh)); h is 0 before the first step.
    `(N, steps, features)` to `(N, units)`, the last h, or with `return_sequence` to
    `(N, steps, units)`. Parameters: `weight_ih` `(3 · units, features)`, `weight_hh`
    `(3 · units, units)`, `bias_ih` and `bias_hh` `(3 · units,)`, in the order r, z, n. PyTorch's
    `GRU(batch_first=True)` of one layer, its initial values U(±1/√units) too.

    Cho and others, Learning phrase representations using RNN encoder–decoder, 2014, with r applied
    behind the weights.
    """

    formula: ClassVar[str] = "h ← (1 − z) n + z h"

    type: Literal["gru"] = "gru"

    def build(self, site: Site) -> GRULayer:
        return GRULayer(self, site)


class GRULayer(RecurrentLayer[GRU]):
    """The running layer. σ(z) = ½ + ½ tanh(z / 2)."""

    rows: ClassVar[int] = 3

    def run(self, seen: Array, h: Array) -> tuple[Array, ...]:
        units, middle = self.spec.units, self.middle
        steps, _, batch = seen.shape
        weights = self.weights()
        of_sigmoids, of_input, of_state = (
            weights[: 2 * units],
            weights[2 * units :, :middle],
            weights[2 * units :, middle:],
        )
        of_sigmoids *= 0.5
        gates = np.empty((steps, 3 * units, batch), seen.dtype)
        inner = np.empty((steps, units, batch), seen.dtype)
        for t, z in enumerate(gates):
            sigmoids, n = z[: 2 * units], z[2 * units :]
            product(of_sigmoids, seen[t], sigmoids)
            product(of_input, seen[t, :middle], n)
            product(of_state, seen[t, middle:], inner[t])
            np.tanh(sigmoids, out=sigmoids)
            sigmoids *= 0.5
            sigmoids += 0.5
            n += z[:units] * inner[t]
            np.tanh(n, out=n)
            h[t + 1] = n + z[units : 2 * units] * (h[t] - n)
        return gates, inner

    def step_back(
        self, t: int, dh: Array, carry: Array | None, h: Array, kept: tuple[Array, ...]
    ) -> tuple[Array, Array, Array | None]:
        gates, inner = kept
        units = self.spec.units
        if carry is not None:
            dh = dh + carry
        r, z, n = gates[t].reshape(3, *dh.shape)
        outer = np.empty_like(gates[t])
        dr, dz, dn = outer.reshape(3, *dh.shape)
        np.multiply(dh * (1 - z), 1 - np.square(n), out=dn)
        np.multiply(dh * (h[t] - n), z * (1 - z), out=dz)
        np.multiply(dn * inner[t], r * (1 - r), out=dr)
        behind = outer.copy()
        behind[2 * units :] *= r
        return outer, behind, dh * z

    def lower(self, program: Program) -> str:
        return self.lowered(program, "GRU", [1, 0, 2], linear_before_reset=1)
