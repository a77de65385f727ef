"""Attention, positions and transformer blocks, with a task to learn, as a plugin of netspec."""

from netspec import hookimpl

__all__ = ["netspec_datasets", "netspec_layers", "netspec_metrics"]

NETSPEC_API = 1


@hookimpl
def netspec_layers() -> dict[str, str]:
    """One module a layer; each is imported when it is needed."""
    return {
        "multi_head_attention": "netspec_attention.multi_head_attention:MultiHeadAttention",
        "positional_encoding": "netspec_attention.positional_encoding:PositionalEncoding",
        "transformer_block": "netspec_attention.transformer_block:TransformerBlock",
    }


@hookimpl
def netspec_metrics() -> dict[str, str]:
    """A metric for a class at every position."""
    return {"token_accuracy": "netspec_attention.token_accuracy:TokenAccuracy"}


@hookimpl
def netspec_datasets() -> dict[str, str]:
    """A task that every position must look at another to solve."""
    return {"reversed_sequences": "netspec_attention.reversed_sequences:ReversedSequences"}
