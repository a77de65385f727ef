"""The data of a saved model, and those that the command line names in their place."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from os.path import isdir
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netspec.errors import DataError, NetspecError, SpecError, printable, quote

if TYPE_CHECKING:
    from netspec.document import Document
    from netspec.kinds import Data, Dataset
    from netspec.model import ModelSpec
    from netspec.storage import Saved

__all__ = ["Chosen", "choose", "inputs_of", "root_of"]

_IN_SPEC = ("training", "data")


@dataclass(frozen=True)
class Chosen:
    """A dataset, what it learned when the model was trained, and whose word it is."""

    dataset: Dataset
    state: dict[str, Any] | None
    spec: ModelSpec
    written: Document | None = None

    def open(self, root: Path) -> Data:
        """The data. Raises DataError where they cannot be read, SpecError where they may not."""
        from netspec.casting import check_data

        try:
            data = self.dataset.open(root, self.state)
        except NetspecError as error:
            raise self._located(error) from None
        check_data(data)
        return data

    def _located(self, error: NetspecError) -> NetspecError:
        if self.written is None:
            return self.spec.locate(error)
        return self.written.locate(_relative(error))


def choose(spec: ModelSpec, written: str | None) -> Chosen:
    """The dataset that `--data` says, or the spec's own.

    What the model's dataset learned holds for another of its type too.
    """
    own = spec.training.data if spec.training is not None else None
    if written is not None:
        if Path(written).suffix and not _is_object(written):
            raise _file_as_data(written, own)
        dataset, document = _parse(written)
        state = spec.data_state if own is not None and own.type == dataset.type else None
        return Chosen(dataset, state, spec, document)
    if own is None:
        raise DataError("the model records no data", "say which with --data")
    return Chosen(own, spec.data_state, spec)


def inputs_of(saved: Saved, source: str, written: str | None) -> Any:
    """The samples of a file that a model is asked about, by the rules of its dataset or `--data`."""
    from netspec.inputs import read_inputs

    spec, network = saved.spec, saved.network
    dtype = network.input_dtype if network.input_dtype.kind == "f" else None
    if written is None and spec.training is None:
        x = read_inputs(source, dtype=dtype)
    else:
        rules = choose(spec, written)
        x = read_inputs(source, rules.dataset, rules.state, dtype=dtype)
    want = network.input_shape
    if tuple(x.shape)[1:] != want:
        numbers = f"{want[0]} numbers" if len(want) == 1 else f"the shape {want}"
        raise DataError(
            f"{quote(source)} has shape {tuple(x.shape)}, "
            f"the network takes (N, {', '.join(map(str, want))})",
            f"a file holds a list of samples, as in [[…], […]]; a sample has {numbers}",
        )
    return x


def root_of(model: str, data_root: str | None, written: str | None) -> Path:
    """Where the data's paths start: as said; here, for `--data`; else as the run recorded it, or
    in the model's folder."""
    from netspec.runs import recorded_root

    if data_root is not None:
        return Path(data_root)
    if written is not None:
        return Path()
    folder = Path(model) if isdir(model) else Path(model).parent
    return recorded_root(folder) or folder


def _file_as_data(written: str, own: Dataset | None) -> NetspecError:
    """What to say of a file in place of a dataset: by the rules of the model's own, if it has one
    of a path."""
    rules: dict[str, Any] = {"type": "csv", "path": written, "target": "…"}
    if own is not None and "path" in own.paths:
        kept = {key: value for key, value in own.document().items() if key not in own.paths}
        rules = {"type": own.type, "path": written, **kept}
    option = shlex.quote(json.dumps(rules, ensure_ascii=False))
    right = printable(f"say how it is read: --data {option}")
    return SpecError(f"{quote(written)} names a file, and no dataset", right)


def _parse(written: str) -> tuple[Dataset, Document]:
    """The dataset that the option says: a type, or a JSON object with one."""
    from pydantic import TypeAdapter, ValidationError

    from netspec.document import Document
    from netspec.kinds import Dataset
    from netspec.registry import Registry
    from netspec.sources import read_document
    from netspec.wording import refusal

    if _is_object(written):
        document = read_document(written.encode(errors="surrogateescape"), file="--data")
    else:
        document = Document(written)
    try:
        dataset: Dataset = TypeAdapter(Dataset).validate_python(
            document.value, context={"registry": Registry.installed()}
        )
    except ValidationError as error:
        raise _of_option(document.locate(refusal(error))) from None
    except SpecError as error:
        raise _of_option(document.locate(error)) from None
    return dataset, document


def _is_object(written: str) -> bool:
    return written.lstrip().startswith("{")


def _of_option(error: NetspecError) -> NetspecError:
    """The error, each fault without a place in the option's text with the option's name."""
    return type(error).of(
        fault if fault.place else fault._replace(origin="--data") for fault in error.faults
    )


def _relative(error: NetspecError) -> NetspecError:
    """The error with its paths as seen from the dataset."""
    return type(error).of(
        fault._replace(path=fault.path[len(_IN_SPEC) :])
        if fault.path is not None and fault.path[: len(_IN_SPEC)] == _IN_SPEC
        else fault
        for fault in error.faults
    )
