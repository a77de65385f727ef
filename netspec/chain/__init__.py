"""Layers in a row: the chain, and the layers that hold chains."""

from .composite import Composite
from .linked import Chain
from .links import Link

__all__ = ["Chain", "Composite", "Link"]
