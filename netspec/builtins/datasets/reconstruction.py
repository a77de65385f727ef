"""Reconstruction: the inputs of another dataset, which are their own targets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from netspec import Array, Data, Dataset, Part

__all__ = ["Reconstruction"]


class Reconstruction(Dataset):
    """The samples of `of`, each its own target: what an autoencoder learns from.

    Targets have the shape of the inputs, so the network must end in that shape. The other dataset's
    own targets and class names are left aside; its weights count. For a denoising autoencoder put
    `gaussian_noise` or `dropout` at the head.
    """

    formula: ClassVar[str] = "y = x"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"of": {"type": "npz", "path": "images.npz"}},
    )

    type: Literal["reconstruction"] = "reconstruction"
    of: Dataset = Field(description="the dataset whose inputs are both")

    def parts(self) -> tuple[str, ...]:
        return self.of.parts()

    def describe(self) -> str:
        return f"the inputs as their own targets: {self.of.describe()}"

    def open(self, root: Path, state: dict[str, Any] | None = None) -> Data:
        data = self.of.open(root, state)
        return replace(
            data,
            train=_itself(data.train),
            validation=data.validation and _itself(data.validation),
            test=data.test and _itself(data.test),
            classes=(),
        )

    def read_inputs(self, source: Path, state: dict[str, Any] | None) -> Array | None:
        return self.of.read_inputs(source, state)


def _itself(part: Part) -> Part:
    return replace(part, targets=part.inputs)
