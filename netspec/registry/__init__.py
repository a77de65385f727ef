"""The registry: which components this installation has, and whose they are."""

from .blame import blamed
from .finding import OWN, hooks_of, normal, offered
from .offers import Found, Offer, Origin
from .registry import Registry

__all__ = [
    "OWN",
    "Found",
    "Offer",
    "Origin",
    "Registry",
    "blamed",
    "hooks_of",
    "normal",
    "offered",
]
