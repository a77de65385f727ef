"""Layers that read a sequence step by step, and texts to read, as a plugin of netspec."""

from netspec import hookimpl

__all__ = ["netspec_datasets", "netspec_layers"]

NETSPEC_API = 1


@hookimpl
def netspec_layers() -> dict[str, str]:
    """One module a layer; each is imported when it is needed."""
    return {
        "rnn": "netspec_recurrent.rnn:RNN",
        "gru": "netspec_recurrent.gru:GRU",
        "lstm": "netspec_recurrent.lstm:LSTM",
        "bidirectional": "netspec_recurrent.bidirectional:Bidirectional",
    }


@hookimpl
def netspec_datasets() -> dict[str, str]:
    """A text, to say what comes next."""
    return {"text": "netspec_recurrent.text:Text"}
