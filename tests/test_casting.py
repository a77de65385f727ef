"""Data at the door: cast to what the spec says, or refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec import Data, DataError, Part, SequentialNetwork, SpecError, train
from netspec.casting import array_like, check_finite, input_cast, reader


def network(**options: Any) -> SequentialNetwork:
    made = SequentialNetwork((4,), "mse", seed=1, **options)
    made.add({"type": "dense", "units": 2})
    return made


def of_indices() -> SequentialNetwork:
    made = SequentialNetwork((4,), "cross_entropy", input_dtype="int32")
    made.add({"type": "embedding", "vocabulary": 5, "dimension": 2})
    made.add("flatten")
    made.add({"type": "dense", "units": 3, "activation": "softmax"})
    return made


X = np.random.default_rng(0).normal(size=(6, 4)).astype("f4")


class Lazy:
    """What reads its rows when it is asked for them."""

    def __init__(self, values: Any) -> None:
        self._values = values
        self.shape, self.dtype = values.shape, values.dtype

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, rows: Any) -> Any:
        return self._values[rows]


class Frame:
    """What a table of another library looks like: columns with an index, and `__array__`."""

    def __init__(self, values: Any) -> None:
        self._values = np.asarray(values)
        self.shape = self._values.shape
        self.dtypes = [self._values.dtype] * len(self.shape)

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, label: Any) -> Any:
        raise KeyError(label)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray(self._values, dtype=dtype)


# Prediction.


@pytest.mark.parametrize("rows", [0, 1, 6, 128, 129, 1023, 1024, 1025])
def test_any_number_of_samples_gives_as_many_outputs(rows: int) -> None:
    assert network().predict(np.resize(X, (rows, 4))).shape == (rows, 2)


@pytest.mark.parametrize("chunk", [1, 2, 5, 6, 100])
def test_chunks_change_no_shape_and_hardly_a_value(chunk: int) -> None:
    made = network()
    np.testing.assert_allclose(made.predict(X, chunk=chunk), made.predict(X), rtol=1e-6)


@pytest.mark.parametrize("chunk", [0, -1, 2.5])
def test_chunks_of_no_whole_number_of_samples_are_refused(chunk: Any) -> None:
    with pytest.raises(SpecError, match=f"chunk is {chunk}; give a whole number of at least 1"):
        network().predict(X, chunk=chunk)
    with pytest.raises(SpecError, match=f"chunk is {chunk}; give a whole number of at least 1"):
        network().evaluate(X, network().predict(X), chunk=chunk)


@pytest.mark.parametrize(
    ("shape", "right"),
    [
        ((4,), r"takes \(N, 4\).*x\[None\]"),
        ((2, 2), r"takes \(N, 4\)"),
        ((4, 1), r"takes \(N, 4\)"),
        ((6, 2, 2), '"flatten" makes a vector'),
        ((), "a single number"),
    ],
)
def test_another_shape_is_refused_saying_what_would_be_right(
    shape: tuple[int, ...], right: str
) -> None:
    with pytest.raises(DataError, match=right) as caught:
        network().predict(np.zeros(shape))
    assert caught.value.exit_code == 5


def test_vectors_where_pictures_belong_are_refused_naming_the_option() -> None:
    with pytest.raises(DataError, match='the dataset may have the option "flatten"'):
        SequentialNetwork((2, 2)).predict(X)


def test_a_batch_axis_in_the_input_shape_is_pointed_at() -> None:
    made = SequentialNetwork((600, 28, 28, 1), "mse")
    with pytest.raises(DataError, match="batch axis"):
        made.predict(np.zeros((600, 28, 28, 1)))
    with pytest.raises(DataError, match="batch axis"):
        made.predict(np.zeros((50, 28, 28, 1)))


@pytest.mark.parametrize("kind", ["f8", "f4", "f2", "i8", "i4", "u1", "u8", "?"])
def test_numbers_of_any_kind_are_taken_by_value(kind: str) -> None:
    x = (np.abs(X) * 3).astype(kind)
    made = network()
    wanted = made.predict(x.astype("f4")).tobytes()
    assert made.predict(x).tobytes() == wanted
    assert made.predict(x.tolist()).tobytes() == wanted
    assert made.predict(Frame(x)).tobytes() == wanted
    assert made.predict(np.asfortranarray(x)).tobytes() == wanted
    assert made.predict(np.repeat(x, 2, axis=0)[::2]).tobytes() == wanted


def test_bytes_of_pictures_do_not_wrap_around() -> None:
    made = SequentialNetwork((1,))
    made.add("identity")
    assert made.predict(np.array([[255], [128]], "u1")).ravel().tolist() == [255.0, 128.0]


@pytest.mark.parametrize(
    "values",
    [
        np.ma.masked_array(X, X > 0),
        X.astype(complex),
        X.astype("datetime64[s]"),
        X.astype(object),
        X.astype(str),
        [["1", "2", "3", "4"]],
        [[1, 2, 3, 4], [1, 2]],
        "text",
        None,
        {1: 2},
        object(),
    ],
)
def test_what_is_no_array_of_numbers_is_refused(values: Any) -> None:
    with pytest.raises(DataError, match="give numbers|give rows of equal length|fill its masked"):
        network().predict(values)


@pytest.mark.parametrize("kind", [object, str])
@pytest.mark.parametrize("wrap", [np.asarray, Frame, np.ndarray.tolist])
def test_a_word_among_numbers_is_named_with_its_place(kind: Any, wrap: Any) -> None:
    """As a table with a column of words gives it."""
    rows = X.astype(object)
    rows[0, 2] = "red"
    if kind is str:
        rows[...] = "red"
    place = "row 0, column 0" if kind is str else "row 0, column 2"
    with pytest.raises(DataError, match=f'"red" in {place}'):
        network().predict(wrap(rows.astype(kind)))


def test_a_word_among_targets_is_named_too() -> None:
    with pytest.raises(DataError, match='"dog" in row 1 '):
        network().fit(X, np.array([1, "dog", 0, 1, 1, 0], object), optimizer="sgd")


# Training.


def test_input_and_target_go_together_by_position() -> None:
    """As of a table whose rows were filtered: its labels are never asked."""
    y = np.ones((6, 2), "f4")
    one, other = network(), network()
    one.fit(Frame(X), Frame(y), optimizer="sgd")
    other.fit(X, y, optimizer="sgd")
    for path, array in one.params().items():
        assert array.tobytes() == other.params()[path].tobytes()


@pytest.mark.parametrize("targets", [5, 7, 0])
def test_other_lengths_are_refused_before_anything(targets: int) -> None:
    made = network()
    with pytest.raises(DataError, match="6"):
        made.fit(X, np.ones((targets, 2)), optimizer="sgd")
    assert made.step == 0


@pytest.mark.parametrize("kind", ["i8", "u1", "?", "i1"])
def test_class_indices_of_any_integer_kind_count_alike(kind: str) -> None:
    made = network()
    made.loss = None
    labels = np.array([0, 1, 1, 0, 1, 0])
    losses = set()
    for targets in (labels.astype(kind), labels.tolist(), np.eye(2)[labels]):
        classifier = SequentialNetwork((2,), "cross_entropy")
        classifier.add("softmax")
        losses.add(round(classifier.evaluate(X[:, :2], targets)["loss"], 6))
    assert len(losses) == 1


@pytest.mark.parametrize(("label", "row"), [(-1, 2), (3, 0), (99, 5)])
def test_a_class_that_does_not_exist_is_refused_with_its_row(label: int, row: int) -> None:
    """-1 never means the last class."""
    made = SequentialNetwork((4,), "cross_entropy")
    made.add({"type": "dense", "units": 3, "activation": "softmax"})
    y = np.zeros(6, int)
    y[row] = label
    for use in (lambda: made.fit(X, y, optimizer="sgd"), lambda: made.evaluate(X, y)):
        with pytest.raises(DataError, match=rf"{label} in row {row}.*3 classes: 0 to 2"):
            use()


def test_classes_that_are_not_whole_are_refused() -> None:
    made = SequentialNetwork((4,), "cross_entropy")
    made.add({"type": "dense", "units": 3, "activation": "softmax"})
    with pytest.raises(DataError, match="class indices are integers"):
        made.fit(X, np.array([0, 1, 2, 0, 1, 1.0]), optimizer="sgd")


@pytest.mark.parametrize("wrap", [np.asarray, Lazy])
@pytest.mark.parametrize(
    ("loss", "last", "wrong", "right"),
    [
        ("binary_cross_entropy", "sigmoid", 2.0, "from 0 to 1"),
        ("cross_entropy", "softmax", -0.5, "from 0 to 1"),
        ("focal", "softmax", 1.5, "from 0 to 1"),
        ("kl_divergence", "softmax", -1.0, "from 0 to 1"),
        ("poisson", None, -1.0, "of at least 0"),
    ],
)
def test_a_target_outside_what_the_loss_takes_is_refused_with_its_row(
    loss: str, last: str | None, wrong: float, right: str, wrap: Any
) -> None:
    """The loss would be below its least, and training would run away."""
    made = SequentialNetwork((4,), loss)
    made.add({"type": "dense", "units": 3, "activation": last})
    y = np.full((6, 3), 1 / 3)
    made.evaluate(X, wrap(y))
    y[4, 1] = wrong
    for use in (
        lambda: made.fit(X, wrap(y), optimizer="sgd"),
        lambda: made.evaluate(X, wrap(y)),
        lambda: made.fit(X, X[:, :3] ** 0, validation=(X, wrap(y)), optimizer="sgd"),
    ):
        with pytest.raises(DataError, match=rf"is {wrong} in row 4.*{loss} takes numbers {right}"):
            use()


def test_three_classes_are_no_answer_to_a_question_of_yes_or_no() -> None:
    made = SequentialNetwork((4,), "binary_cross_entropy")
    made.add({"type": "dense", "units": 1, "activation": "sigmoid"})
    with pytest.raises(DataError, match=r"is 2 in row 2.*from 0 to 1"):
        made.fit(X, np.arange(6) % 3, optimizer="sgd")


@pytest.mark.parametrize("weight", [1e-46, 1e-40, 1e39])
def test_weights_that_the_dtype_does_not_hold_are_refused(weight: float) -> None:
    """They would be 0 or infinite there; float64 trains by their ratios."""
    weights = np.full(6, weight)
    for dtype in ("float32", "float64"):
        made = SequentialNetwork((4,), "mse", dtype=dtype)
        made.add({"type": "dense", "units": 1})
        if dtype == "float64":
            made.fit(X, np.zeros(6), optimizer="sgd", weights=weights)
            continue
        with pytest.raises(DataError, match=r"largest weight .* float32 does not hold"):
            made.fit(X, np.zeros(6), optimizer="sgd", weights=weights)


# Integer inputs.


@pytest.mark.parametrize("kind", ["i8", "u1", "f4", "f8"])
def test_whole_numbers_of_any_kind_are_indices(kind: str) -> None:
    x = np.arange(8).reshape(2, 4) % 5
    made = of_indices()
    assert made.predict(x.astype(kind)).tobytes() == made.predict(x).tobytes()


def test_a_fraction_is_no_index() -> None:
    with pytest.raises(DataError, match=r"0\.5.*fraction"):
        of_indices().predict([[0, 1, 2, 0.5]])


def test_a_number_outside_the_dtype_is_refused() -> None:
    with pytest.raises(DataError, match="outside int32"):
        of_indices().predict(np.array([[0, 1, 2, 2**40]]))


@pytest.mark.parametrize("index", [-1, 5])
def test_an_index_out_of_range_is_refused_with_its_row(index: int) -> None:
    x = np.zeros((6, 4), int)
    x[3, 1] = index
    with pytest.raises(DataError, match=rf"{index} in row 3.*embedding_1 takes 0 to 4"):
        of_indices().fit(x, np.zeros(6, int), optimizer="sgd")


# Every value is looked at.


@given(
    rows=st.integers(1, 50),
    columns=st.integers(1, 5),
    data=st.data(),
    bad=st.sampled_from([np.nan, np.inf, -np.inf]),
)
def test_the_first_value_that_is_not_finite_is_named(
    rows: int, columns: int, data: Any, bad: float
) -> None:
    values = np.zeros((rows, columns))
    row = data.draw(st.integers(0, rows - 1))
    column = data.draw(st.integers(0, columns - 1))
    values[row, column] = bad
    values[row + 1 :] = np.nan
    with pytest.raises(DataError, match=rf"{bad} in row {row}, column {column} "):
        check_finite(values, "it")


def test_what_has_shape_dtype_and_rows_is_kept_as_it_is() -> None:
    lazy = Lazy(X)
    assert array_like(lazy, "it") is lazy
    one, other = network(), network()
    y = np.ones((6, 2))
    one.fit(lazy, y, batch_size=4, optimizer="sgd")
    other.fit(X, y, batch_size=4, optimizer="sgd")
    assert one.predict(lazy).tobytes() == other.predict(X).tobytes()


@pytest.mark.parametrize("kind", ["f4", "f8", "u1", "lazy"])
@pytest.mark.parametrize("rows", [slice(1, 3), np.array([4, 0, 4]), slice(0, 0)])
def test_a_reader_gives_the_cast_rows_and_copies_none_that_need_no_cast(
    kind: str, rows: Any
) -> None:
    plain = np.arange(24).reshape(6, 4)
    values: Any = Lazy(plain) if kind == "lazy" else plain.astype(kind)
    cast = input_cast(network(), values)
    got = reader(values, cast, not isinstance(rows, slice))(rows)
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got, plain[rows])
    needs_none = kind == "f4" and isinstance(rows, slice) and got.size > 0
    assert not needs_none or np.shares_memory(got, values)


@pytest.mark.parametrize("what", ["inputs", "targets", "weights"])
@pytest.mark.parametrize("values", [[1.0, 2.0], np.array(["1", "2"])], ids=["list", "words"])
def test_data_of_no_numbers_are_refused_before_a_training(
    what: str, values: Any, tmp_path: Path
) -> None:
    ones = {"inputs": np.ones((2, 1)), "targets": np.ones((2, 1)), "weights": np.ones(2)}
    document = {
        "netspec": 1,
        "input_shape": [1],
        "layers": [{"type": "dense", "units": 1}],
        "loss": "mse",
        "training": {"data": "arrays", "optimizer": "sgd", "epochs": 1},
    }
    data = Data(Part(**{**ones, what: values}))
    with pytest.raises(DataError, match=rf"train\.{what} (is a list|holds <U1)"):
        train(document, data=data, out=tmp_path / "run")
