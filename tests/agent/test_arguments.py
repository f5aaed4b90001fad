"""Arguments are read however a model wrote them, and never invented."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.arguments import read

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.text(), JSON, max_size=4)
WANTED = {"pictures": ["p1"], "name": "a b"}


@given(OBJECTS)
def test_sound_arguments_are_read_as_they_are(value: dict[str, Any]) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False), json.dumps(json.dumps(value))):
        assert read(text) == value


@given(OBJECTS, st.sampled_from([" Done!", "\n```", "]", "}", "\n好的"]))
def test_words_behind_the_arguments_do_no_harm(value: dict[str, Any], trailing: str) -> None:
    assert read(json.dumps(value) + trailing) == value


@given(OBJECTS, st.data())
def test_what_was_cut_off_is_never_completed(value: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(value)
    cut = text[: data.draw(st.integers(1, len(text) - 1))]
    with pytest.raises(ValueError, match="arguments"):
        read(cut)


@given(st.text(max_size=60) | st.text('{}[]",:\\ntrue019', max_size=60))
def test_any_text_is_an_object_or_refused_with_a_reason(text: str) -> None:
    try:
        assert isinstance(read(text), dict)
    except ValueError as problem:
        assert str(problem)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("  \n", {}),
        ("{}", {}),
        ('{"name": "a\tb\nc"}', {"name": "a\tb\nc"}),
        (r'{"name": "it\'s"}', {"name": "it's"}),
        (r'{"name": "C:\photos\me"}', {"name": "C:\\photos\\me"}),
        (r'{"name": "\d+\\x"}', {"name": "\\d+\\x"}),
        (r'{"name": "a\n\u0062 \q"}', {"name": "a\nb \\q"}),
        ('```json\n{"pictures": ["p1"], "name": "a b"}\n```', WANTED),
        ('\ufeff{"pictures": ["p1"], "name": "a b"}', WANTED),
        ('{}{"pictures": ["p1"], "name": "a b"}', WANTED),
        ('{"pictures": ["p1"], "name": "a b"}{"pictures": ["p1"], "name": "a b"}', WANTED),
        (r'{"name": "\ud83d"}', {"name": "\ufffd"}),
        (r'{"name": "\ud83d\ude00"}', {"name": "😀"}),
    ],
)
def test_known_damage_is_repaired(text: str, expected: dict[str, Any]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}{"a": 2}',
        "[1]",
        "3",
        "null",
        '"blue"',
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": 1,}',
        "{a: 1}",
        "p1, blue",
        "[" * 100_000,
        '{"a": ' + "1" * 5000 + "}",
    ],
)
def test_what_can_not_be_read_for_sure_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read(text)
