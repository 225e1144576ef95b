"""There is one way to write a value, so one signature has one meaning."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.canonical import canonical_json, read_json
from sync.errors import BadForm

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=15,
)
DICTS = st.dictionaries(st.text(max_size=6), VALUES, max_size=6)


@given(DICTS)
def test_what_was_written_reads_back_the_same(value):
    assert read_json(canonical_json(value)) == value


@given(DICTS, st.randoms())
def test_the_order_in_which_keys_were_put_in_does_not_matter(value, chance: random.Random):
    keys = list(value)
    chance.shuffle(keys)

    assert canonical_json({key: value[key] for key in keys}) == canonical_json(value)


def test_it_is_the_writing_the_protocol_prints():
    assert (
        canonical_json({"姓": "䶮", "a": [1, None, True], "": {}})
        == '{"":{},"a":[1,null,true],"姓":"䶮"}'.encode()
    )


@pytest.mark.parametrize(
    "value", [{"a": 1.5}, {"a": 2**53}, {1: "a"}, {"a": "\ud800"}, {"a": b"x"}, {"a": {1, 2}}]
)
def test_a_value_other_readers_would_read_differently_is_refused(value):
    with pytest.raises(BadForm):
        canonical_json(value)


def test_a_value_nested_without_end_is_refused():
    value: dict = {}
    value["again"] = value

    with pytest.raises(BadForm):
        canonical_json(value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"7",
        b'{"a":1 }',
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a":1.0}',
        b'{"a":NaN}',
        b'{"a":"\\u4e00"}',
        b'{"a":"\xff"}',
        b"[" * 100_000,
        json.dumps({"a": 10**30}).encode(),
        b'{"a":' + b"1" * 5000 + b"}",
    ],
)
def test_bytes_that_are_not_the_one_writing_are_refused(data):
    with pytest.raises(BadForm):
        read_json(data)
