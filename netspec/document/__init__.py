"""A JSON text, read strictly, and where in it each value stands; and a value as a text.

The standard library's `json` decides what a text says; its hooks see what it would let pass
(RFC 8259 leaves duplicate keys and large numbers open, and Python adds NaN and Infinity). Only
where something is refused does a scan of the text find lines and columns.
"""

from netspec.document.layout import WIDTH, layout
from netspec.document.places import Document
from netspec.document.strict import MAX_BYTES, MAX_DEPTH, parse

__all__ = ["MAX_BYTES", "MAX_DEPTH", "WIDTH", "Document", "layout", "parse"]
