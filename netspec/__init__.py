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
    from .arrays import blend as blend
    from .arrays import product as product
    from .assemble import build as build
    from .builtins.datasets import CSV as CSV
    from .builtins.datasets import IDX as IDX
    from .builtins.datasets import NPZ as NPZ
    from .builtins.datasets import Arrays as Arrays
    from .builtins.datasets import read_idx as read_idx
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
    "arrays": "Array Gradient Gradients Product Rows Shape blend product",
    "assemble": "build",
    "builtins.datasets": "Arrays CSV IDX NPZ read_idx",
    "chain": "Chain Composite",
    "errors": "DataError DivergenceError LimitError ModelError NetspecError NetspecWarning "
    "PluginError RunLocked SaveError SpecError nearest quote",
    "hookspecs": "hookimpl",
    "kinds": "Callback CallbackSpec Clock Data Dataset Initializer Loss Metric Optimizer "
    "OptimizerSpec Part Rate Regularizer Schedule TrainingView",
    "layer": "Activation ActivationLayer Layer LayerSpec Passes",
    "limits": "Limits",
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
