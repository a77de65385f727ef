"""LSTM: a state that gates let in, keep and let out."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from netspec import Array, Program, Site, product

from .recurrent import Recurrent, RecurrentLayer

__all__ = ["LSTM", "LSTMLayer"]


class LSTM(Recurrent):
    """c ← f c + i g, h = o tanh(c), where i, f, g and o are gates of x and the last h.

    (i, f, o) = σ(w_ih x + b_ih + w_hh h + b_hh), g = tanh(…) likewise; c and h are 0 before the first
    step. `(N, steps, features)` to `(N, units)`, the last h, or with `return_sequence` to
    `(N, steps, units)`. Parameters: `weight_ih` `(4 · units, features)`, `weight_hh`
    `(4 · units, units)`, `bias_ih` and `bias_hh` `(4 · units,)`, the gates in the order i, f, g, o.
    PyTorch's `LSTM(batch_first=True)` of one layer, its initial values U(±1/√units) too.

    Hochreiter and Schmidhuber, Long short-term memory, 1997; the gate f is Gers, Schmidhuber and
    Cummins, Learning to forget, 2000.
    """

    formula: ClassVar[str] = "c ← f c + i g, h = o tanh(c)"

    type: Literal["lstm"] = "lstm"

    def build(self, site: Site) -> LSTMLayer:
        return LSTMLayer(self, site)


class LSTMLayer(RecurrentLayer[LSTM]):
    """The running layer. σ(z) = ½ + ½ tanh(z / 2): with weights halved, one tanh is all four gates."""

    rows: ClassVar[int] = 4

    def run(self, seen: Array, h: Array) -> tuple[Array, ...]:
        units = self.spec.units
        steps, _, batch = seen.shape
        weights = self.weights()
        sigmoids = slice(0, 2 * units), slice(3 * units, None)
        for rows in sigmoids:
            weights[rows] *= 0.5
        gates = np.empty((steps, 4 * units, batch), seen.dtype)
        c = np.zeros((steps + 1, units, batch), seen.dtype)
        squashed = np.empty((steps, units, batch), seen.dtype)
        for t, now in enumerate(gates):
            product(weights, seen[t], now)
            np.tanh(now, out=now)
            for rows in sigmoids:
                sigmoid = now[rows]
                sigmoid *= 0.5
                sigmoid += 0.5
            i, f, g, o = now.reshape(4, units, batch)
            np.multiply(f, c[t], out=c[t + 1])
            c[t + 1] += i * g
            np.tanh(c[t + 1], out=squashed[t])
            np.multiply(o, squashed[t], out=h[t + 1])
        return gates, c, squashed

    def step_back(
        self, t: int, dh: Array, carry: Array | None, h: Array, kept: tuple[Array, ...]
    ) -> tuple[Array, Array, Array | None]:
        gates, c, squashed = kept
        units = self.spec.units
        i, f, g, o = gates[t].reshape(4, *dh.shape)
        delta = np.empty_like(gates[t])
        di, df, dg, do = delta.reshape(4, *dh.shape)
        np.multiply(dh, squashed[t], out=do)
        dc = np.square(squashed[t])
        np.subtract(1, dc, out=dc)
        dc *= o
        dc *= dh
        if carry is not None:
            dc += carry
        np.multiply(dc, g, out=di)
        np.multiply(dc, c[t], out=df)
        np.multiply(dc, i, out=dg)
        slopes = 1 - gates[t]
        slopes *= gates[t]
        np.subtract(1, np.square(g), out=slopes[2 * units : 3 * units])
        delta *= slopes
        dc *= f
        return delta, delta, dc

    def lower(self, program: Program) -> str:
        return self.lowered(program, "LSTM", [0, 3, 1, 2])
