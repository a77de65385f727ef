"""Layers and activations of which only `forward` is written: autograd derives the gradients."""

from .activation import ForwardOnlyActivation
from .layer import ForwardOnly, ForwardOnlyLayer

__all__ = ["ForwardOnly", "ForwardOnlyActivation", "ForwardOnlyLayer"]

NETSPEC_API = 1
