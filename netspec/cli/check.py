"""`netspec check`: prove that a plugin keeps its promises."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

import click

from netspec.cli.options import as_json, debug
from netspec.cli.output import result, say
from netspec.errors import PluginError, printable

if TYPE_CHECKING:
    from netspec.testing import Proof

__all__ = ["command"]

_WIDTH = 100


@click.command("check")
@click.argument("plugin", metavar="PLUGIN")
@as_json
@debug
def command(plugin: str, as_json: bool) -> None:
    """Prove every component that PLUGIN offers: gradients, shapes, saving, and what else it promises.

    PLUGIN is an installed distribution, an importable module, or a Python file. Ends with 6 where a
    promise is broken. A layer's speed is told beside a dense layer's of the same size, and not
    judged.
    """
    from netspec.testing import offers_of, proof_of

    proofs = []
    for offer in offers_of(plugin):
        proof = proof_of(offer)
        proofs.append(proof)
        if not as_json:
            _say(proof)
    broken = [proof for proof in proofs if proof.faults]
    if as_json:
        result({"plugin": plugin, "ok": not broken, "components": [_entry(p) for p in proofs]})
    else:
        components = "component" if len(proofs) == 1 else "components"
        say(f"{plugin}: {len(proofs)} {components}, {len(broken) or 'none'} broken")
    raise click.exceptions.Exit(PluginError.exit_code if broken else 0)


def _say(proof: Proof) -> None:
    say(f"{proof.kind} {proof.type}: {'BROKEN' if proof.faults else 'OK'}")
    for word, texts in (("holds", [", ".join(proof.held)]), ("fails", proof.faults)):
        for text in filter(None, texts):
            start, behind = f"  {word}  ", " " * 9
            say(fill(printable(text), _WIDTH, initial_indent=start, subsequent_indent=behind))
    if proof.speed is not None:
        say(f"  takes  {proof.speed:.2g} times as long as a dense layer of the same size")


def _entry(proof: Proof) -> dict[str, Any]:
    return {
        "kind": proof.kind,
        "type": proof.type,
        "ok": not proof.faults,
        "holds": list(proof.held),
        "fails": list(proof.faults),
        "times_dense": proof.speed,
    }
