"""Where pictures are drawn: the Axes that the caller gives, or new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["axes", "colours"]


def axes(ax: Axes | None, width: float = 5.0, height: float = 3.5) -> Axes:
    """`ax`, or the Axes of a new figure of this size in inches. ImportError without matplotlib."""
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ModuleNotFoundError as error:
        raise ImportError(
            "netspec.plot draws with matplotlib: pip install 'netspec-nn[plot]'"
        ) from error
    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def colours(count: int) -> list[str]:
    """As many colours as there are things to tell apart, the first ten of them different."""
    return [f"C{at % 10}" for at in range(count)]
