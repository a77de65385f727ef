"""The registry: which components this installation has, and whose they are."""

from .finding import GROUP, OWN, TYPES, hooks_of, normal, offered
from .offers import API, Failure, Found, Offer, Origin
from .registry import Registry

__all__ = [
    "API",
    "GROUP",
    "OWN",
    "TYPES",
    "Failure",
    "Found",
    "Offer",
    "Origin",
    "Registry",
    "hooks_of",
    "normal",
    "offered",
]
