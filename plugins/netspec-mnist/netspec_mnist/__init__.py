"""The MNIST database of handwritten digits, as a plugin of netspec."""

from netspec import hookimpl

__all__ = ["netspec_datasets"]

NETSPEC_API = 1


@hookimpl
def netspec_datasets() -> dict[str, str]:
    """The database itself, and the lecture's pickle of it; each is imported when it is needed."""
    return {
        "mnist": "netspec_mnist.mnist:MNIST",
        "mnist_pickle": "netspec_mnist.pickled:MNISTPickle",
    }
