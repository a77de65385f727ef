"""The MNIST database of handwritten digits, as a plugin of netspec."""

from netspec import Dataset, hookimpl

from .mnist import MNIST
from .pickled import MNISTPickle

__all__ = ["MNIST", "MNISTPickle", "netspec_datasets"]

NETSPEC_API = 1


@hookimpl
def netspec_datasets() -> list[type[Dataset]]:
    """The database itself, and the lecture's pickle of it."""
    return [MNIST, MNISTPickle]
