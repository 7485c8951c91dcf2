"""Pickles are read as data: what asks for anything else is refused, and nothing of it runs."""

import io
import os
import pickle

import numpy as np
import pytest
from fgspace_vision.datasets.pickles import read_plain
from hypothesis import given
from hypothesis import strategies as st


class Payload:
    """Pickles as a call, as an attack does."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def read(content: object, protocol: int = 2) -> dict:
    return read_plain(io.BytesIO(pickle.dumps(content, protocol=protocol)))


@pytest.mark.parametrize("protocol", range(5))
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_of_bytes_come_back(protocol, order):
    array = np.array(np.arange(12, dtype=np.uint8).reshape(3, 4), order=order)
    found = read({"data": array, "labels": [1, 2], "names": [b"a", "b"]}, protocol)
    np.testing.assert_array_equal(found["data"], array)
    assert (found["labels"], found["names"]) == ([1, 2], [b"a", "b"])


@pytest.mark.parametrize(
    ("function", "arguments", "name"),
    [
        (os.system, ("echo ran > {path}",), f"{os.system.__module__}.system"),
        (eval, ("open({path!r}, 'w')",), "__builtin__.eval"),
        (np.save, ("{path}", 1), "numpy.save"),
        (getattr, (1, "real"), "__builtin__.getattr"),
    ],
)
def test_a_pickle_that_calls_is_refused_and_does_not_run(tmp_path, function, arguments, name):
    target = tmp_path / "ran"
    payload = Payload(function, *(str(word).format(path=str(target)) for word in arguments))
    with pytest.raises(pickle.UnpicklingError) as caught:
        read({"data": payload})
    assert str(caught.value) == f"it asks for {name}, and a data file may hold plain values only"
    assert not list(tmp_path.iterdir())


def test_bytes_in_any_encoding_but_latin1_are_refused():
    import _codecs

    with pytest.raises(pickle.UnpicklingError) as caught:
        read({"data": Payload(_codecs.encode, "x", "rot13")})
    assert str(caught.value) == "bytes written as 'rot13', expected 'latin1'"


def test_arrays_of_objects_are_refused():
    with pytest.raises(pickle.UnpicklingError) as caught:
        read({"data": np.array([{}], dtype=object)})
    assert str(caught.value) == "an array of 'O8', expected unsigned bytes"


def test_anything_but_a_mapping_is_refused():
    with pytest.raises(pickle.UnpicklingError) as caught:
        read([1, 2])
    assert str(caught.value) == "it holds a list, expected a mapping"


@given(st.data())
def test_a_pickle_cut_short_anywhere_raises(data):
    whole = pickle.dumps({"data": np.arange(9, dtype=np.uint8), "labels": [1, 2, 3]}, protocol=2)
    end = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(pickle.UnpicklingError):
        read_plain(io.BytesIO(whole[:end]))
