"""What scikit-learn says of metrics: with ties, weights, and classes that no sample has.

`python tests/oracle/metrics.py` writes it down. The tests compare with `metrics.json`, so that they
do not need it; where it is installed, they also compare the file with what it says today.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from sklearn import metrics

FILE = Path(__file__).with_suffix(".json")
AVERAGES: tuple[Any, ...] = ("macro", "micro", "weighted")
RATES: dict[str, Any] = {
    "precision": metrics.precision_score,
    "recall": metrics.recall_score,
    "f1": metrics.f1_score,
}

Cases = dict[str, dict[str, Any]]


def cases() -> Cases:
    """Every case by name: arrays as nested lists."""
    rng = np.random.default_rng(2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _classes(rng) | _numbers(rng) | _rankings(rng) | _ties(rng) | _yes_or_no(rng)


def _case(given: Any, value: Any, output: Any, target: Any, weight: Any) -> dict[str, Any]:
    arrays = {"output": output, "target": target, "weight": weight}
    return {
        "given": given,
        "value": np.asarray(value).tolist(),
        **{key: np.asarray(array).tolist() for key, array in arrays.items()},
    }


def _classes(rng: np.random.Generator) -> Cases:
    p, labels = rng.dirichlet(np.ones(4), 40), rng.integers(0, 3, 40)
    weight = rng.integers(0, 4, 40)
    weights: dict[str, Any] = {"sample_weight": weight}
    guess, four = p.argmax(axis=1), range(4)
    found = _rates_and_matrix(labels, guess, weights, four)
    ranked = metrics.top_k_accuracy_score(labels, p, k=2, labels=four, **weights)
    found["top_k"] = ({"type": "top_k", "k": 2}, ranked)
    surprise = metrics.log_loss(labels, p, labels=four, **weights)
    found["log_loss"] = ({"type": "log_loss"}, surprise)
    return {name: _case(*each, p, labels, weight) for name, each in found.items()}


def _rates_and_matrix(true: Any, guess: Any, weights: dict[str, Any], classes: Any) -> Any:
    found: dict[str, tuple[dict[str, Any], Any]] = {
        f"{type_} {average}": (
            {"type": type_, "average": average},
            score(true, guess, average=average, zero_division=0, **weights),
        )
        for type_, score in RATES.items()
        for average in AVERAGES
    }
    matrix = metrics.confusion_matrix(true, guess, labels=classes, **weights)
    found["confusion_matrix"] = ({"type": "confusion_matrix"}, matrix.ravel())
    found["accuracy"] = ({"type": "accuracy"}, metrics.accuracy_score(true, guess, **weights))
    return found


def _numbers(rng: np.random.Generator) -> Cases:
    """The second case has targets that never change: met exactly, and not."""
    x, y = rng.normal(size=(2, 40, 3))
    weight = rng.integers(0, 4, 40)
    still_x, still_y = x.copy(), y.copy()
    still_y[:, 0] = 0.5
    still_x[:, 1] = still_y[:, 1] = 2.0
    weights: dict[str, Any] = {"sample_weight": weight}
    distance = metrics.mean_absolute_error(y, x, **weights)
    square = metrics.mean_squared_error(y, x, **weights)
    r2, still = (metrics.r2_score(b, a, **weights) for a, b in ((x, y), (still_x, still_y)))
    return {
        "mae": _case({"type": "mae"}, distance, x, y, weight),
        "rmse": _case({"type": "rmse"}, square**0.5, x, y, weight),
        "r2": _case({"type": "r2"}, r2, x, y, weight),
        "r2 of constants": _case({"type": "r2"}, still, still_x, still_y, weight),
    }


def _rankings(rng: np.random.Generator) -> Cases:
    """Outputs with many ties, weights of 0, and a class that no sample has."""
    output = np.round(8 * rng.dirichlet(np.ones(4), 60)) / 8
    labels, weight = rng.integers(0, 3, 60), rng.integers(0, 4, 60)
    whole, several = np.eye(4, dtype=int)[labels], rng.integers(0, 2, (60, 4))
    found: Cases = {}

    def add(name: str, given: Any, value: Any, output: Any, target: Any) -> None:
        found[name] = _case(given, value, output, target, weight)

    for type_, score in (
        ("roc_auc", metrics.roc_auc_score),
        ("average_precision", metrics.average_precision_score),
    ):
        yes = several[:, 0]
        one = score(yes, output[:, 0], sample_weight=weight)
        add(f"{type_} of one", {"type": type_}, one, output[:, :1], yes[:, None])
        second = score(labels == 1, output[:, 1], sample_weight=weight)
        add(f"{type_} binary", {"type": type_, "average": "binary"}, second, output, labels)
        for average in AVERAGES:
            given = {"type": type_, "average": average}
            options: dict[str, Any] = {"average": average, "sample_weight": weight}
            labelled = score(several, output, **options)
            add(f"{type_} labels {average}", given, labelled, output, several)
            defined = 4 if type_ == "average_precision" or average == "micro" else 3
            value = score(whole[:, :defined], output[:, :defined], **options)
            add(f"{type_} classes {average}", given, value, output, labels)
    return found


def _ties(rng: np.random.Generator) -> Cases:
    """Two largest outputs, weights of 0, and classes that are never true or never said.

    A class that only samples of weight 0 have is none: scikit-learn is not shown them.
    """
    output = np.round(4 * rng.dirichlet(np.ones(5), 50)) / 4
    output[:, 3:] = 0.0
    labels, weight = rng.integers(1, 3, 50), rng.integers(0, 3, 50)
    shown = weight > 0
    weights = {"sample_weight": weight[shown]}
    guess = output.argmax(axis=1)
    found = _rates_and_matrix(labels[shown], guess[shown], weights, range(5))
    return {f"{name} ties": _case(*each, output, labels, weight) for name, each in found.items()}


def _yes_or_no(rng: np.random.Generator) -> Cases:
    """One probability a sample, and several labels a sample."""
    output, weight = rng.random((30, 1)), rng.integers(0, 3, 30)
    true, said = rng.integers(0, 2, 30), output[:, 0] > 0.3
    labels, several = rng.integers(0, 2, (30, 3)), rng.random((30, 3))
    weights: dict[str, Any] = {"sample_weight": weight}
    found: dict[str, tuple[dict[str, Any], Any]] = {
        f"{type_} binary": (
            {"type": type_, "average": "binary", "threshold": 0.3},
            score(true, said, **weights),
        )
        for type_, score in RATES.items()
    }
    right = metrics.accuracy_score(true, said, **weights)
    found["accuracy of one"] = ({"type": "accuracy", "threshold": 0.3}, right)
    surprise = metrics.log_loss(true, output[:, 0], **weights)
    found["log_loss of one"] = ({"type": "log_loss"}, surprise)
    wrong = metrics.hamming_loss(labels, several > 0.5, **weights)
    of_one = {name: _case(*each, output, true[:, None], weight) for name, each in found.items()}
    each_label = _case({"type": "binary_accuracy"}, 1 - wrong, several, labels, weight)
    return of_one | {"binary_accuracy": each_label}


if __name__ == "__main__":
    FILE.write_text(json.dumps(cases(), indent=None) + "\n", encoding="utf-8")
