"""netspec's own components: a plugin that happens to lie in the wheel.

Each stands in a module of its own, named by its type, and is imported when a document needs it.
"""

from __future__ import annotations

from netspec import hookimpl

__all__ = [
    "netspec_activations",
    "netspec_callbacks",
    "netspec_datasets",
    "netspec_initializers",
    "netspec_layers",
    "netspec_losses",
    "netspec_metrics",
    "netspec_optimizers",
    "netspec_schedules",
]


def _in(room: str, **classes: str) -> dict[str, str]:
    """Where the class of each type is: in the room's module of the same name."""
    return {name: f"{__name__}.{room}.{name}:{cls}" for name, cls in classes.items()}


@hookimpl
def netspec_layers() -> dict[str, str]:
    """Layers with parameters, state, layers or dice of their own."""
    return _in(
        "layers",
        batch_norm="BatchNorm",
        dense="Dense",
        dropout="Dropout",
        embedding="Embedding",
        flatten="Flatten",
        normalization="Normalization",
        residual="Residual",
        sequential="Sequential",
    )


@hookimpl
def netspec_activations() -> dict[str, str]:
    """Activations."""
    return _in(
        "activations",
        identity="Identity",
        relu="ReLU",
        sigmoid="Sigmoid",
        softmax="Softmax",
        step="Step",
        tanh="Tanh",
    )


@hookimpl
def netspec_losses() -> dict[str, str]:
    """Losses."""
    return _in(
        "losses",
        binary_cross_entropy="BinaryCrossEntropy",
        cross_entropy="CrossEntropy",
        mae="MAE",
        mse="MSE",
    )


@hookimpl
def netspec_initializers() -> dict[str, str]:
    """Initializers."""
    return _in(
        "initializers",
        constant="Constant",
        fan_in_uniform="FanInUniform",
        glorot="Glorot",
        he="He",
        normal="Normal",
        ones="Ones",
        uniform="Uniform",
        zeros="Zeros",
    )


@hookimpl
def netspec_optimizers() -> dict[str, str]:
    """Optimizers."""
    return _in("optimizers", adam="Adam", adamw="AdamW", sgd="SGD")


@hookimpl
def netspec_schedules() -> dict[str, str]:
    """Schedules of the learning rate."""
    return _in(
        "schedules",
        constant="ConstantSchedule",
        cosine="CosineSchedule",
        warmup="WarmupSchedule",
    )


@hookimpl
def netspec_metrics() -> dict[str, str]:
    """Metrics."""
    return _in(
        "metrics",
        accuracy="Accuracy",
        binary_accuracy="BinaryAccuracy",
        mae="MeanAbsoluteError",
    )


@hookimpl
def netspec_datasets() -> dict[str, str]:
    """Datasets."""
    return _in("datasets", arrays="Arrays", csv="CSV", idx="IDX", npz="NPZ")


@hookimpl
def netspec_callbacks() -> dict[str, str]:
    """Callbacks."""
    return _in(
        "callbacks",
        early_stopping="EarlyStopping",
        reduce_on_plateau="ReduceOnPlateau",
        time_limit="TimeLimit",
    )
