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
    from .site import Site as Site
    from .spec import Component as Component
    from .spec import Many as Many
    from .spec import Name as Name
    from .tape import Tape as Tape

_ROOMS = {
    "arrays": "Array Gradient Gradients Product Rows Shape blend product",
    "chain": "Chain Composite",
    "errors": "DataError DivergenceError LimitError ModelError NetspecError NetspecWarning "
    "PluginError RunLocked SaveError SpecError",
    "hookspecs": "hookimpl",
    "kinds": "Callback CallbackSpec Clock Data Dataset Initializer Loss Metric Optimizer "
    "OptimizerSpec Part Rate Regularizer Schedule TrainingView",
    "layer": "Activation ActivationLayer Layer LayerSpec Passes",
    "limits": "Limits",
    "site": "Site",
    "spec": "Component Many Name",
    "tape": "Tape",
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names.split()}

__all__ = ["__version__", *sorted(_ROOM_OF)]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    room = _ROOM_OF.get(name)
    if room is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{room}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
