"""Pictures of data, weights, training and mistakes; each function returns the Axes that it drew on.

They need matplotlib: `pip install "netspec-nn[plot]"`. It is imported when the first picture is
drawn.
"""

from netspec.plot.curves import activation, history
from netspec.plot.decisions import confusion_matrix, decision_boundary, worst_mistakes
from netspec.plot.pictures import averages, images, weights
from netspec.plot.surface import Trace, loss_surface

__all__ = [
    "Trace",
    "activation",
    "averages",
    "confusion_matrix",
    "decision_boundary",
    "history",
    "images",
    "loss_surface",
    "weights",
    "worst_mistakes",
]
