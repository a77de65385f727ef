"""netspec turns a JSON document into a neural network.

Every public name is here and loads its module when it is first asked for, so that `import netspec`
loads neither numpy nor a plugin.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .arrays import Array as Array
    from .arrays import Gradient as Gradient
    from .arrays import Gradients as Gradients
    from .arrays import Product as Product
    from .arrays import Rows as Rows
    from .arrays import Shape as Shape
    from .arrays import aligned as aligned
    from .arrays import blend as blend
    from .arrays import column_sums as column_sums
    from .arrays import lying_like as lying_like
    from .arrays import product as product
    from .arrays import sum_over as sum_over
    from .assemble import build as build
    from .builtins.activations.celu import CELU as CELU
    from .builtins.activations.elu import ELU as ELU
    from .builtins.activations.exponential import Exponential as Exponential
    from .builtins.activations.gelu import GELU as GELU
    from .builtins.activations.hard_sigmoid import HardSigmoid as HardSigmoid
    from .builtins.activations.hard_swish import HardSwish as HardSwish
    from .builtins.activations.hard_tanh import HardTanh as HardTanh
    from .builtins.activations.identity import Identity as Identity
    from .builtins.activations.leaky_relu import LeakyReLU as LeakyReLU
    from .builtins.activations.log_sigmoid import LogSigmoid as LogSigmoid
    from .builtins.activations.log_softmax import LogSoftmax as LogSoftmax
    from .builtins.activations.mish import Mish as Mish
    from .builtins.activations.relu import ReLU as ReLU
    from .builtins.activations.relu6 import ReLU6 as ReLU6
    from .builtins.activations.selu import SELU as SELU
    from .builtins.activations.sigmoid import Sigmoid as Sigmoid
    from .builtins.activations.silu import SiLU as SiLU
    from .builtins.activations.softmax import Softmax as Softmax
    from .builtins.activations.softplus import Softplus as Softplus
    from .builtins.activations.softsign import Softsign as Softsign
    from .builtins.activations.step import Step as Step
    from .builtins.activations.tanh import Tanh as Tanh
    from .builtins.callbacks.averaging import Averaging as Averaging
    from .builtins.callbacks.csv_log import CSVLog as CSVLog
    from .builtins.callbacks.early_stopping import EarlyStopping as EarlyStopping
    from .builtins.callbacks.rate_log import RateLog as RateLog
    from .builtins.callbacks.reduce_on_plateau import ReduceOnPlateau as ReduceOnPlateau
    from .builtins.callbacks.time_limit import TimeLimit as TimeLimit
    from .builtins.datasets.arrays import Arrays as Arrays
    from .builtins.datasets.csv import CSV as CSV
    from .builtins.datasets.files import shown_name as shown_name
    from .builtins.datasets.idx import IDX as IDX
    from .builtins.datasets.idx import read_idx as read_idx
    from .builtins.datasets.labels import known_classes as known_classes
    from .builtins.datasets.labels import one_hot as one_hot
    from .builtins.datasets.npz import NPZ as NPZ
    from .builtins.datasets.reconstruction import Reconstruction as Reconstruction
    from .builtins.datasets.scaled import Scaled as Scaled
    from .builtins.initializers.constant import Constant as Constant
    from .builtins.initializers.fan_in_uniform import FanInUniform as FanInUniform
    from .builtins.initializers.glorot import Glorot as Glorot
    from .builtins.initializers.he import He as He
    from .builtins.initializers.identity import IdentityMatrix as IdentityMatrix
    from .builtins.initializers.lecun import LeCun as LeCun
    from .builtins.initializers.normal import Normal as Normal
    from .builtins.initializers.ones import Ones as Ones
    from .builtins.initializers.orthogonal import Orthogonal as Orthogonal
    from .builtins.initializers.sparse import Sparse as Sparse
    from .builtins.initializers.truncated_normal import TruncatedNormal as TruncatedNormal
    from .builtins.initializers.uniform import Uniform as Uniform
    from .builtins.initializers.zeros import Zeros as Zeros
    from .builtins.layers.batch_norm import BatchNorm as BatchNorm
    from .builtins.layers.class_average import ClassAverage as ClassAverage
    from .builtins.layers.dense import Dense as Dense
    from .builtins.layers.dense import DenseLayer as DenseLayer
    from .builtins.layers.dropout import Dropout as Dropout
    from .builtins.layers.embedding import Embedding as Embedding
    from .builtins.layers.flatten import Flatten as Flatten
    from .builtins.layers.gaussian_noise import GaussianNoise as GaussianNoise
    from .builtins.layers.group_norm import GroupNorm as GroupNorm
    from .builtins.layers.layer_norm import LayerNorm as LayerNorm
    from .builtins.layers.maxout import Maxout as Maxout
    from .builtins.layers.normalization import Normalization as Normalization
    from .builtins.layers.one_hot import OneHot as OneHot
    from .builtins.layers.permute import Permute as Permute
    from .builtins.layers.prelu import PReLU as PReLU
    from .builtins.layers.random_rotation import RandomRotation as RandomRotation
    from .builtins.layers.random_shift import RandomShift as RandomShift
    from .builtins.layers.rescale import Rescale as Rescale
    from .builtins.layers.reshape import Reshape as Reshape
    from .builtins.layers.residual import Residual as Residual
    from .builtins.layers.rms_norm import RMSNorm as RMSNorm
    from .builtins.layers.sequential import Sequential as Sequential
    from .builtins.losses.binary_cross_entropy import BinaryCrossEntropy as BinaryCrossEntropy
    from .builtins.losses.cosine import CosineDistance as CosineDistance
    from .builtins.losses.cross_entropy import CrossEntropy as CrossEntropy
    from .builtins.losses.focal import Focal as Focal
    from .builtins.losses.hinge import Hinge as Hinge
    from .builtins.losses.huber import Huber as Huber
    from .builtins.losses.kl_divergence import KLDivergence as KLDivergence
    from .builtins.losses.log_cosh import LogCosh as LogCosh
    from .builtins.losses.mae import MAE as MAE
    from .builtins.losses.mse import MSE as MSE
    from .builtins.losses.poisson import Poisson as Poisson
    from .builtins.losses.quantile import Quantile as Quantile
    from .builtins.losses.squared_hinge import SquaredHinge as SquaredHinge
    from .builtins.metrics.accuracy import Accuracy as Accuracy
    from .builtins.metrics.average import AverageMetric as AverageMetric
    from .builtins.metrics.average_precision import AveragePrecision as AveragePrecision
    from .builtins.metrics.binary_accuracy import BinaryAccuracy as BinaryAccuracy
    from .builtins.metrics.confusion_matrix import ConfusionMatrix as ConfusionMatrix
    from .builtins.metrics.f1 import F1 as F1
    from .builtins.metrics.log_loss import LogLoss as LogLoss
    from .builtins.metrics.mae import MeanAbsoluteError as MeanAbsoluteError
    from .builtins.metrics.precision import Precision as Precision
    from .builtins.metrics.r2 import R2 as R2
    from .builtins.metrics.recall import Recall as Recall
    from .builtins.metrics.rmse import RMSE as RMSE
    from .builtins.metrics.roc_auc import ROCAUC as ROCAUC
    from .builtins.metrics.top_k import TopK as TopK
    from .builtins.optimizers.adadelta import Adadelta as Adadelta
    from .builtins.optimizers.adagrad import Adagrad as Adagrad
    from .builtins.optimizers.adam import Adam as Adam
    from .builtins.optimizers.adamax import Adamax as Adamax
    from .builtins.optimizers.adamw import AdamW as AdamW
    from .builtins.optimizers.lamb import LAMB as LAMB
    from .builtins.optimizers.lion import Lion as Lion
    from .builtins.optimizers.nadam import NAdam as NAdam
    from .builtins.optimizers.radam import RAdam as RAdam
    from .builtins.optimizers.rmsprop import RMSprop as RMSprop
    from .builtins.optimizers.sgd import SGD as SGD
    from .builtins.regularizers.l1 import L1 as L1
    from .builtins.regularizers.l1_l2 import L1L2 as L1L2
    from .builtins.regularizers.l2 import L2 as L2
    from .builtins.schedules.constant import ConstantSchedule as ConstantSchedule
    from .builtins.schedules.cosine import CosineSchedule as CosineSchedule
    from .builtins.schedules.exponential import ExponentialSchedule as ExponentialSchedule
    from .builtins.schedules.multi_step import MultiStepSchedule as MultiStepSchedule
    from .builtins.schedules.one_cycle import OneCycleSchedule as OneCycleSchedule
    from .builtins.schedules.polynomial import PolynomialSchedule as PolynomialSchedule
    from .builtins.schedules.step import StepSchedule as StepSchedule
    from .builtins.schedules.warmup import WarmupSchedule as WarmupSchedule
    from .chain import Chain as Chain
    from .chain import Composite as Composite
    from .errors import DataError as DataError
    from .errors import DivergenceError as DivergenceError
    from .errors import LimitError as LimitError
    from .errors import ModelError as ModelError
    from .errors import NetspecError as NetspecError
    from .errors import NetspecWarning as NetspecWarning
    from .errors import PluginError as PluginError
    from .errors import RunLocked as RunLocked
    from .errors import SaveError as SaveError
    from .errors import SpecError as SpecError
    from .errors import nearest as nearest
    from .errors import quote as quote
    from .hookspecs import hookimpl as hookimpl
    from .kinds import Callback as Callback
    from .kinds import CallbackSpec as CallbackSpec
    from .kinds import Clock as Clock
    from .kinds import Data as Data
    from .kinds import Dataset as Dataset
    from .kinds import Initializer as Initializer
    from .kinds import Loss as Loss
    from .kinds import Metric as Metric
    from .kinds import Optimizer as Optimizer
    from .kinds import OptimizerSpec as OptimizerSpec
    from .kinds import Part as Part
    from .kinds import Rate as Rate
    from .kinds import Regularizer as Regularizer
    from .kinds import Schedule as Schedule
    from .kinds import TrainingView as TrainingView
    from .layer import Activation as Activation
    from .layer import ActivationLayer as ActivationLayer
    from .layer import Layer as Layer
    from .layer import LayerSpec as LayerSpec
    from .layer import Passes as Passes
    from .limits import Limits as Limits
    from .lowering import Program as Program
    from .model import ModelSpec as ModelSpec
    from .network import SequentialNetwork as SequentialNetwork
    from .reading import read_spec as read_spec
    from .registry import Registry as Registry
    from .runs import Interrupted as Interrupted
    from .runs import Run as Run
    from .runs import train as train
    from .site import Site as Site
    from .spec import Component as Component
    from .spec import Many as Many
    from .spec import Name as Name
    from .storage import load as load
    from .storage import save as save
    from .tape import Tape as Tape

_ROOMS = {
    "arrays": "Array Gradient Gradients Product Rows Shape aligned blend column_sums lying_like product"
    " sum_over",
    "assemble": "build",
    "builtins.activations.celu": "CELU",
    "builtins.activations.elu": "ELU",
    "builtins.activations.exponential": "Exponential",
    "builtins.activations.gelu": "GELU",
    "builtins.activations.hard_sigmoid": "HardSigmoid",
    "builtins.activations.hard_swish": "HardSwish",
    "builtins.activations.hard_tanh": "HardTanh",
    "builtins.activations.identity": "Identity",
    "builtins.activations.leaky_relu": "LeakyReLU",
    "builtins.activations.log_sigmoid": "LogSigmoid",
    "builtins.activations.log_softmax": "LogSoftmax",
    "builtins.activations.mish": "Mish",
    "builtins.activations.relu": "ReLU",
    "builtins.activations.relu6": "ReLU6",
    "builtins.activations.selu": "SELU",
    "builtins.activations.sigmoid": "Sigmoid",
    "builtins.activations.silu": "SiLU",
    "builtins.activations.softmax": "Softmax",
    "builtins.activations.softplus": "Softplus",
    "builtins.activations.softsign": "Softsign",
    "builtins.activations.step": "Step",
    "builtins.activations.tanh": "Tanh",
    "builtins.callbacks.averaging": "Averaging",
    "builtins.callbacks.csv_log": "CSVLog",
    "builtins.callbacks.early_stopping": "EarlyStopping",
    "builtins.callbacks.rate_log": "RateLog",
    "builtins.callbacks.reduce_on_plateau": "ReduceOnPlateau",
    "builtins.callbacks.time_limit": "TimeLimit",
    "builtins.datasets.arrays": "Arrays",
    "builtins.datasets.csv": "CSV",
    "builtins.datasets.files": "shown_name",
    "builtins.datasets.idx": "IDX read_idx",
    "builtins.datasets.labels": "known_classes one_hot",
    "builtins.datasets.npz": "NPZ",
    "builtins.datasets.reconstruction": "Reconstruction",
    "builtins.datasets.scaled": "Scaled",
    "builtins.initializers.constant": "Constant",
    "builtins.initializers.fan_in_uniform": "FanInUniform",
    "builtins.initializers.glorot": "Glorot",
    "builtins.initializers.he": "He",
    "builtins.initializers.identity": "IdentityMatrix",
    "builtins.initializers.lecun": "LeCun",
    "builtins.initializers.normal": "Normal",
    "builtins.initializers.ones": "Ones",
    "builtins.initializers.orthogonal": "Orthogonal",
    "builtins.initializers.sparse": "Sparse",
    "builtins.initializers.truncated_normal": "TruncatedNormal",
    "builtins.initializers.uniform": "Uniform",
    "builtins.initializers.zeros": "Zeros",
    "builtins.layers.batch_norm": "BatchNorm",
    "builtins.layers.class_average": "ClassAverage",
    "builtins.layers.dense": "Dense DenseLayer",
    "builtins.layers.dropout": "Dropout",
    "builtins.layers.embedding": "Embedding",
    "builtins.layers.flatten": "Flatten",
    "builtins.layers.gaussian_noise": "GaussianNoise",
    "builtins.layers.group_norm": "GroupNorm",
    "builtins.layers.layer_norm": "LayerNorm",
    "builtins.layers.maxout": "Maxout",
    "builtins.layers.normalization": "Normalization",
    "builtins.layers.one_hot": "OneHot",
    "builtins.layers.permute": "Permute",
    "builtins.layers.prelu": "PReLU",
    "builtins.layers.random_rotation": "RandomRotation",
    "builtins.layers.random_shift": "RandomShift",
    "builtins.layers.rescale": "Rescale",
    "builtins.layers.reshape": "Reshape",
    "builtins.layers.residual": "Residual",
    "builtins.layers.rms_norm": "RMSNorm",
    "builtins.layers.sequential": "Sequential",
    "builtins.losses.binary_cross_entropy": "BinaryCrossEntropy",
    "builtins.losses.cosine": "CosineDistance",
    "builtins.losses.cross_entropy": "CrossEntropy",
    "builtins.losses.focal": "Focal",
    "builtins.losses.hinge": "Hinge",
    "builtins.losses.huber": "Huber",
    "builtins.losses.kl_divergence": "KLDivergence",
    "builtins.losses.log_cosh": "LogCosh",
    "builtins.losses.mae": "MAE",
    "builtins.losses.mse": "MSE",
    "builtins.losses.poisson": "Poisson",
    "builtins.losses.quantile": "Quantile",
    "builtins.losses.squared_hinge": "SquaredHinge",
    "builtins.metrics.accuracy": "Accuracy",
    "builtins.metrics.average": "AverageMetric",
    "builtins.metrics.average_precision": "AveragePrecision",
    "builtins.metrics.binary_accuracy": "BinaryAccuracy",
    "builtins.metrics.confusion_matrix": "ConfusionMatrix",
    "builtins.metrics.f1": "F1",
    "builtins.metrics.log_loss": "LogLoss",
    "builtins.metrics.mae": "MeanAbsoluteError",
    "builtins.metrics.precision": "Precision",
    "builtins.metrics.r2": "R2",
    "builtins.metrics.recall": "Recall",
    "builtins.metrics.rmse": "RMSE",
    "builtins.metrics.roc_auc": "ROCAUC",
    "builtins.metrics.top_k": "TopK",
    "builtins.optimizers.adadelta": "Adadelta",
    "builtins.optimizers.adagrad": "Adagrad",
    "builtins.optimizers.adam": "Adam",
    "builtins.optimizers.adamax": "Adamax",
    "builtins.optimizers.adamw": "AdamW",
    "builtins.optimizers.lamb": "LAMB",
    "builtins.optimizers.lion": "Lion",
    "builtins.optimizers.nadam": "NAdam",
    "builtins.optimizers.radam": "RAdam",
    "builtins.optimizers.rmsprop": "RMSprop",
    "builtins.optimizers.sgd": "SGD",
    "builtins.regularizers.l1": "L1",
    "builtins.regularizers.l1_l2": "L1L2",
    "builtins.regularizers.l2": "L2",
    "builtins.schedules.constant": "ConstantSchedule",
    "builtins.schedules.cosine": "CosineSchedule",
    "builtins.schedules.exponential": "ExponentialSchedule",
    "builtins.schedules.multi_step": "MultiStepSchedule",
    "builtins.schedules.one_cycle": "OneCycleSchedule",
    "builtins.schedules.polynomial": "PolynomialSchedule",
    "builtins.schedules.step": "StepSchedule",
    "builtins.schedules.warmup": "WarmupSchedule",
    "chain": "Chain Composite",
    "errors": "DataError DivergenceError LimitError ModelError NetspecError NetspecWarning "
    "PluginError RunLocked SaveError SpecError nearest quote",
    "hookspecs": "hookimpl",
    "kinds": "Callback CallbackSpec Clock Data Dataset Initializer Loss Metric Optimizer "
    "OptimizerSpec Part Rate Regularizer Schedule TrainingView",
    "layer": "Activation ActivationLayer Layer LayerSpec Passes",
    "limits": "Limits",
    "lowering": "Program",
    "model": "ModelSpec",
    "network": "SequentialNetwork",
    "reading": "read_spec",
    "registry": "Registry",
    "runs": "Interrupted Run train",
    "site": "Site",
    "spec": "Component Many Name",
    "storage": "load save",
    "tape": "Tape",
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names.split()}

__all__ = ["__version__", *sorted(_ROOM_OF)]


def __getattr__(name: str) -> Any:
    room = _ROOM_OF.get(name)
    if room is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{room}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
