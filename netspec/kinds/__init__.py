"""What a plugin can offer beside layers: one file a kind."""

from .callback import Callback, CallbackSpec, TrainingView
from .dataset import Data, Dataset, Part
from .initializer import Initializer
from .loss import Loss
from .metric import Metric
from .optimizer import Optimizer, OptimizerSpec, Rate
from .regularizer import Regularizer
from .schedule import Clock, Schedule

__all__ = [
    "Callback",
    "CallbackSpec",
    "Clock",
    "Data",
    "Dataset",
    "Initializer",
    "Loss",
    "Metric",
    "Optimizer",
    "OptimizerSpec",
    "Part",
    "Rate",
    "Regularizer",
    "Schedule",
    "TrainingView",
]
