"""What this project's own plugins offer, for the message where one of them is not installed."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["OFFERED", "owner"]

OFFERED: Mapping[str, Mapping[str, str]] = {
    "netspec-attention": {
        "dataset": "reversed_sequences",
        "layer": "multi_head_attention positional_encoding transformer_block",
        "metric": "token_accuracy",
    },
    "netspec-autograd": {"layer": "cross"},
    "netspec-conv": {
        "layer": "avg_pool1d avg_pool2d conv1d conv2d conv2d_transpose global_avg_pool1d "
        "global_avg_pool2d global_max_pool1d global_max_pool2d max_pool1d max_pool2d upsample2d "
        "zero_pad2d"
    },
    "netspec-images": {"dataset": "images"},
    "netspec-kan": {"layer": "kan"},
    "netspec-mnist": {"dataset": "mnist mnist_pickle"},
    "netspec-recurrent": {"dataset": "text", "layer": "bidirectional gru lstm rnn"},
    "netspec-tensorboard": {"callback": "tensorboard"},
}
"""The types of each distribution, by kind."""


def owner(kind: str, name: str) -> str:
    """The distribution that offers this type; empty where it is none of this project's."""
    return next(
        (each for each, kinds in OFFERED.items() if name in kinds.get(kind, "").split()), ""
    )
