"""One digit against all others: is this an eight?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netspec import Data, Part, SpecError

__all__ = ["refuse_one_hot", "yes_or_no"]


def refuse_one_hot(digit: int | None, one_hot: bool) -> None:
    """Raise SpecError where a yes or no is to be ten values."""
    if digit is not None and one_hot:
        raise SpecError(
            f'"digit": {digit} asks for a yes or no, which is one value',
            'leave out "one_hot", and end the network with one unit',
            path=("one_hot",),
        )


def yes_or_no(data: Data, digit: int) -> Data:
    """The same pictures; the label is 1 where one shows the digit, else 0."""

    def asked(part: Part | None) -> Part | None:
        if part is None:
            return None
        return replace(part, targets=(np.asarray(part.targets) == digit).astype(np.int64))

    classes = (f"not {digit}", str(digit))
    train = asked(data.train)
    assert train is not None
    return replace(
        data,
        train=train,
        validation=asked(data.validation),
        test=asked(data.test),
        classes=classes,
        state={"classes": list(classes)},
    )
