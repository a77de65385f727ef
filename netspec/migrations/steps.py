"""From any format that there was to the one that there is, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from netspec.errors import SpecError

__all__ = ["STEPS", "Step", "migrated"]

Step = Callable[[dict[str, Any]], dict[str, Any]]
"""What a document of one format says, in the next; the key "netspec" is not its business."""

STEPS: Mapping[int, Step] = {}
"""The step that leads on from each format; format 1 is the first, so there is none yet."""


def migrated(
    document: Mapping[str, Any], target: int, steps: Mapping[int, Step] = STEPS
) -> Mapping[str, Any]:
    """The document in the target's format; one that has it, or says no format, as it is.

    Raises SpecError, with both numbers, for a format that is newer, and for one from which no step
    leads on.
    """
    version = document.get("netspec")
    if not isinstance(version, int) or isinstance(version, bool) or version == target:
        return document
    what = f"the document has format {version}, this netspec reads format {target}"
    if version > target:
        raise SpecError(what, "upgrade netspec", path=("netspec",))
    if any(each not in steps for each in range(version, target)):
        raise SpecError(what, f'write "netspec": {target}', path=("netspec",))
    for each in range(version, target):
        document = {**steps[each](deepcopy(dict(document))), "netspec": each + 1}
    return document
