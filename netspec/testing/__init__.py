"""What proves that a component keeps its promises: for the tests of plugins, and our own.

    from netspec.testing import check_layer

    def test_my_layer_keeps_its_promises() -> None:
        check_layer(MyLayer(units=3), (5,))

Each check raises AssertionError with every fault that it found, and gives the names of the promises
that hold. `offers_of` and `proof_of` are for whole plugins; `check_answer` compares a layer with what
another library computes, `check_lowering` with ONNX's evaluator.
"""

from .answers import Answer, check_answer, filled, read_answers, write_answers
from .callbacks import check_callback
from .components import check_activation, check_component
from .datasets import check_dataset
from .examples import example, examples
from .layers import check_layer
from .losses import check_loss
from .lowering import check_lowering
from .metrics import check_metric
from .numbers import check_initializer, check_regularizer, check_schedule
from .optimizers import check_optimizer
from .plugins import Proof, offers_of, proof_of

__all__ = [
    "Answer",
    "Proof",
    "check_activation",
    "check_answer",
    "check_callback",
    "check_component",
    "check_dataset",
    "check_initializer",
    "check_layer",
    "check_loss",
    "check_lowering",
    "check_metric",
    "check_optimizer",
    "check_regularizer",
    "check_schedule",
    "example",
    "examples",
    "filled",
    "offers_of",
    "proof_of",
    "read_answers",
    "write_answers",
]
