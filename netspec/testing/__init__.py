"""What proves that a component keeps its promises: for the tests of plugins, and our own.

    from netspec.testing import check_layer

    def test_my_layer_keeps_its_promises() -> None:
        check_layer(MyLayer(units=3), (5,))

Each check raises AssertionError with every fault that it found, and gives the names of the promises
that hold. `offers_of` and `proof_of` are for whole plugins.
"""

from .callbacks import check_callback
from .components import check_activation, check_component
from .datasets import check_dataset
from .examples import example, examples
from .layers import check_layer
from .losses import check_loss
from .metrics import check_metric
from .numbers import check_initializer, check_regularizer, check_schedule
from .optimizers import check_optimizer
from .plugins import Proof, offers_of, proof_of

__all__ = [
    "Proof",
    "check_activation",
    "check_callback",
    "check_component",
    "check_dataset",
    "check_initializer",
    "check_layer",
    "check_loss",
    "check_metric",
    "check_optimizer",
    "check_regularizer",
    "check_schedule",
    "example",
    "examples",
    "offers_of",
    "proof_of",
]
