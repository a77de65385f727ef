"""`netspec validate`: check specs without training them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from netspec.cli.options import as_json, data_root, debug, parse_settings, settings
from netspec.cli.output import result, say
from netspec.cli.reporting import report
from netspec.errors import Fault, NetspecError, pointer

if TYPE_CHECKING:
    from netspec.model import ModelSpec
    from netspec.network import SequentialNetwork
    from netspec.reading import Setting

__all__ = ["command"]


@click.command("validate")
@click.argument("specs", metavar="SPEC...", nargs=-1, required=True)
@settings
@click.option(
    "--data", "with_data", is_flag=True, help="Open the data too, and check that they fit."
)
@data_root
@as_json
@debug
def command(
    specs: tuple[str, ...],
    settings: tuple[str, ...],
    with_data: bool,
    data_root: str | None,
    as_json: bool,
) -> None:
    """Check each SPEC: the document, the shapes, and that loss, metrics and callbacks fit.

    Nothing but the files is opened. The exit code is the highest of all.
    """
    chosen = parse_settings(settings)
    entries = []
    worst = 0
    for spec in specs:
        entry: dict[str, Any] = {"spec": spec, "ok": True}
        try:
            entry.update(_facts(spec, chosen, with_data, data_root))
        except NetspecError as error:
            worst = max(worst, error.exit_code)
            faults = [_entry(fault) for fault in error.faults]
            entry.update(ok=False, exit_code=error.exit_code, errors=faults)
            report(error)
        else:
            if not as_json:
                say(f"{spec}: OK, {_counted(entry, 'layer')}, {_counted(entry, 'parameter')}")
        entries.append(entry)
    if as_json:
        result({"specs": entries})
    raise click.exceptions.Exit(worst)


def _facts(
    source: str, settings: Sequence[Setting], with_data: bool, data_root: str | None
) -> dict[str, int]:
    from netspec.assemble import check
    from netspec.reading import read_spec

    spec = read_spec(source, settings=settings)
    network = check(spec)
    if with_data:
        _check_data(spec, _root(source, spec, data_root))
    return {"layers": len(network), "parameters": _count(network)}


def _root(source: str, spec: ModelSpec, data_root: str | None) -> Path:
    """Where a training finds its data."""
    from netspec.cli.datasets import root_of

    if data_root is None and spec.weights is None:
        return Path() if source == "-" else Path(source).parent
    return root_of(source, data_root, None)


def _check_data(spec: ModelSpec, root: Path) -> None:
    """Everything that a training looks at before its first step."""
    from netspec.assemble import build, plan_of
    from netspec.cli.datasets import choose
    from netspec.runs import divide
    from netspec.training import Training

    data = choose(spec, None).open(root)
    assert spec.training is not None
    network = build(spec)
    parts = divide(data, spec.training, spec.seed)
    Training(network.objective(), plan_of(spec.training), parts.train, parts.validation)


def _count(network: SequentialNetwork) -> int:
    return sum(array.size for array in network.params().values())


def _counted(entry: Mapping[str, Any], what: str) -> str:
    count = entry[f"{what}s"]
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _entry(fault: Fault) -> dict[str, Any]:
    place = fault.place._asdict() if fault.place else {"file": None, "line": None, "column": None}
    return {
        "what": fault.what,
        "right": fault.right,
        "pointer": None if fault.path is None else pointer(fault.path),
        "option": fault.origin or None,
        **{key: place[key] for key in ("file", "line", "column")},
    }
