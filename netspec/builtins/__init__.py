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
    "netspec_regularizers",
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
        class_average="ClassAverage",
        dense="Dense",
        dropout="Dropout",
        embedding="Embedding",
        flatten="Flatten",
        gaussian_noise="GaussianNoise",
        group_norm="GroupNorm",
        layer_norm="LayerNorm",
        maxout="Maxout",
        normalization="Normalization",
        one_hot="OneHot",
        permute="Permute",
        prelu="PReLU",
        random_rotation="RandomRotation",
        random_shift="RandomShift",
        rescale="Rescale",
        reshape="Reshape",
        residual="Residual",
        rms_norm="RMSNorm",
        sequential="Sequential",
    )


@hookimpl
def netspec_activations() -> dict[str, str]:
    """Activations."""
    return _in(
        "activations",
        celu="CELU",
        elu="ELU",
        exponential="Exponential",
        gelu="GELU",
        hard_sigmoid="HardSigmoid",
        hard_swish="HardSwish",
        hard_tanh="HardTanh",
        identity="Identity",
        leaky_relu="LeakyReLU",
        log_sigmoid="LogSigmoid",
        log_softmax="LogSoftmax",
        mish="Mish",
        relu="ReLU",
        relu6="ReLU6",
        selu="SELU",
        sigmoid="Sigmoid",
        silu="SiLU",
        softmax="Softmax",
        softplus="Softplus",
        softsign="Softsign",
        step="Step",
        tanh="Tanh",
    )


@hookimpl
def netspec_losses() -> dict[str, str]:
    """Losses."""
    return _in(
        "losses",
        binary_cross_entropy="BinaryCrossEntropy",
        cosine="CosineDistance",
        cross_entropy="CrossEntropy",
        focal="Focal",
        hinge="Hinge",
        huber="Huber",
        kl_divergence="KLDivergence",
        log_cosh="LogCosh",
        mae="MAE",
        mse="MSE",
        poisson="Poisson",
        quantile="Quantile",
        squared_hinge="SquaredHinge",
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
        identity="IdentityMatrix",
        lecun="LeCun",
        normal="Normal",
        ones="Ones",
        orthogonal="Orthogonal",
        sparse="Sparse",
        truncated_normal="TruncatedNormal",
        uniform="Uniform",
        zeros="Zeros",
    )


@hookimpl
def netspec_regularizers() -> dict[str, str]:
    """Regularizers."""
    return _in("regularizers", l1="L1", l1_l2="L1L2", l2="L2")


@hookimpl
def netspec_optimizers() -> dict[str, str]:
    """Optimizers."""
    return _in(
        "optimizers",
        adadelta="Adadelta",
        adagrad="Adagrad",
        adam="Adam",
        adamax="Adamax",
        adamw="AdamW",
        lamb="LAMB",
        lion="Lion",
        nadam="NAdam",
        radam="RAdam",
        rmsprop="RMSprop",
        sgd="SGD",
    )


@hookimpl
def netspec_schedules() -> dict[str, str]:
    """Schedules of the learning rate."""
    return _in(
        "schedules",
        constant="ConstantSchedule",
        cosine="CosineSchedule",
        exponential="ExponentialSchedule",
        multi_step="MultiStepSchedule",
        one_cycle="OneCycleSchedule",
        polynomial="PolynomialSchedule",
        step="StepSchedule",
        warmup="WarmupSchedule",
    )


@hookimpl
def netspec_metrics() -> dict[str, str]:
    """Metrics."""
    return _in(
        "metrics",
        accuracy="Accuracy",
        average_precision="AveragePrecision",
        binary_accuracy="BinaryAccuracy",
        confusion_matrix="ConfusionMatrix",
        f1="F1",
        log_loss="LogLoss",
        mae="MeanAbsoluteError",
        precision="Precision",
        r2="R2",
        recall="Recall",
        rmse="RMSE",
        roc_auc="ROCAUC",
        top_k="TopK",
    )


@hookimpl
def netspec_datasets() -> dict[str, str]:
    """Datasets."""
    return _in(
        "datasets",
        arrays="Arrays",
        csv="CSV",
        idx="IDX",
        npz="NPZ",
        reconstruction="Reconstruction",
    )


@hookimpl
def netspec_callbacks() -> dict[str, str]:
    """Callbacks."""
    return _in(
        "callbacks",
        averaging="Averaging",
        csv_log="CSVLog",
        early_stopping="EarlyStopping",
        rate_log="RateLog",
        reduce_on_plateau="ReduceOnPlateau",
        time_limit="TimeLimit",
    )
