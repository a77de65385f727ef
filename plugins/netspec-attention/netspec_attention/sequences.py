"""What the layers of this plugin ask of what comes in."""

from __future__ import annotations

from netspec import Shape, Site, SpecError

__all__ = ["check_heads", "check_sequence"]


def check_sequence(site: Site, layer: str) -> Shape:
    """The sample's shape `(length, features)`. Raises SpecError where it is no sequence."""
    if len(site.input_shape) != 2:
        raise SpecError(
            f"{layer} takes sequences, (length, features), not {site.input_shape}",
            'put an "embedding" or a "reshape" before it'
            if site.input_shape
            else 'give "input_shape" two axes',
        )
    if 0 in site.input_shape:
        raise SpecError(
            f"{layer} has nothing to look at: {site.input_shape} comes in",
            "a sequence has at least one position and one feature",
        )
    return site.input_shape


def check_heads(heads: int, features: int) -> None:
    """Raise SpecError unless every head gets the same number of features."""
    if features % heads == 0:
        return
    fitting = [n for n in range(1, min(features, 2 * heads) + 1) if features % n == 0]
    nearest = min(fitting, key=lambda n: (abs(n - heads), n))
    below = features - features % heads
    sizes = f"{below} or {below + heads}" if below else f"{heads}"
    raise SpecError(
        f"{features} features cannot be shared among {heads} heads",
        f'give "heads" a divisor of {features}, as {nearest} is, or come in with {sizes} features',
        path=("heads",),
    )
