"""`netspec verify`: ask a model again what it was asked when it was saved."""

from __future__ import annotations

import click

from netspec.cli.options import as_json, debug
from netspec.cli.output import result, say
from netspec.errors import ModelError

__all__ = ["command"]


@click.command("verify")
@click.argument("model")
@as_json
@debug
def command(model: str, as_json: bool) -> None:
    """Compare what MODEL answers now with what it answered when it was saved.

    With the same numpy, BLAS kernel and threads the bits must be the same; otherwise the numbers,
    within a tolerance (rtol 1e-4, for float64 1e-10). Exit code 4 where they are not.
    """
    from netspec.probe import INPUT, SAMPLES
    from netspec.storage import open_model
    from netspec.verify import verify

    saved = open_model(model)
    agreement = verify(saved)
    asked = len(saved.probe[INPUT])
    if as_json:
        result({**vars(agreement), "holds": agreement.holds, "samples": asked})
    else:
        left_out = f" ({SAMPLES - asked} left out: not finite)" if asked < SAMPLES else ""
        say(f"{model}: {agreement}{left_out}")
    if not agreement.holds:
        why = "the bits key is the recorded one, so the bits must be the same"
        raise ModelError(
            f"the model does not answer as it did: {agreement}",
            why if agreement.exact else "look for another version of a plugin",
        )
