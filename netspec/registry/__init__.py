"""The registry: which components this installation has, and whose they are."""

from .finding import API, GROUP, OWN
from .offers import Failure, Found, Offer, Origin
from .registry import Registry

__all__ = ["API", "GROUP", "OWN", "Failure", "Found", "Offer", "Origin", "Registry"]
