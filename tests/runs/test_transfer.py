"""Starting from saved weights."""

from __future__ import annotations

import json
import os
from typing import Any

from netspec import load


def test_what_fits_is_taken_and_frozen_layers_keep_every_bit(trial: Any) -> None:
    source = trial("adam").called("source")
    source.train()
    layers = [dict(layer) if isinstance(layer, dict) else layer for layer in source.spec["layers"]]
    layers[1]["trainable"] = False
    layers[2] = {"type": "batch_norm", "trainable": False}
    layers[4] = {"type": "dense", "units": 2, "activation": "softmax", "name": "answer"}
    here = trial("adam")
    here.spec["layers"] = layers
    run = here.train(start_from=source.out)
    theirs = {**load(source.out).params(), **load(source.out).state()}
    ours = {**run.network.params(), **run.network.state()}
    for path in ("dense_1.weight", "dense_1.bias", "batch_norm_1.weight", "normalization_1.mean"):
        assert ours[path].tobytes() == theirs[path].tobytes(), path
    assert (
        ours["batch_norm_1.running_mean"].tobytes() != theirs["batch_norm_1.running_mean"].tobytes()
    )
    taken = dict(run.taken)
    assert taken["dense_1.weight"] == "taken"
    assert taken["answer.weight"].startswith("drawn afresh")
    assert taken["dense_2.weight"] == "not used"
    provenance = json.loads((here.out / "model.json").read_text())["provenance"]
    assert provenance["from"] == source.digest()


def test_another_shape_is_drawn_afresh(trial: Any) -> None:
    source = trial("sgd").called("source")
    source.train()
    here = trial("sgd")
    here.spec["layers"] = [*here.spec["layers"]]
    here.spec["layers"][1] = {"type": "dense", "units": 5, "activation": "tanh"}
    taken = dict(here.train(start_from=source.out).taken)
    assert "shape (6, 4)" in taken["dense_1.weight"]
    assert taken["dense_2.bias"] == "taken"


def test_a_killed_transfer_goes_on_without_the_model_that_it_started_from(
    trial: Any, fork: Any
) -> None:
    source = trial("sgd", epochs=1).called("source")
    source.train()
    whole = trial("momentum").called("whole")
    whole.train(start_from=source.out)

    def life() -> None:
        def listener(training: Any, moment: str) -> None:
            if training.step == 12:
                os._exit(7)

        trial("momentum").train(start_from=source.out, listener=listener)

    assert fork(life).wait() == 7
    trial("momentum").train(resume=True)
    assert trial().digest() == whole.digest()
    assert (trial().out / "model.json").read_bytes() == (whole.out / "model.json").read_bytes()


def test_the_state_of_a_layer_is_taken_whole_or_not_at_all(trial: Any) -> None:
    """Or a normalization believed itself adapted, with a mean of 0 and a deviation of 1."""
    source = trial("sgd", epochs=1).called("source")
    source.spec["layers"][0] = {"type": "normalization", "per_feature": False}
    source.train()
    run = trial("sgd", epochs=1).train(start_from=source.out)
    taken = dict(run.taken)
    assert "shape ()" in taken["normalization_1.mean"]
    assert taken["normalization_1.adapted"].startswith("drawn afresh")
    assert taken["batch_norm_1.running_mean"] == "taken"
    deviation = run.network.state()["normalization_1.deviation"]
    assert deviation.shape == (4,)
    assert (deviation != 1).all()
