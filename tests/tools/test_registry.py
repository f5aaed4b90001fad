"""A tool is declared once; everything else is derived from it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

import tools as package
from tools import registry
from tools.commands import parser
from tools.errors import BadValue
from tools.registry import check, function, schema, tools

FIFTH = '''
"""`mirror`: a tool of a test."""
from tools.desk import Result
from tools.matte import PICTURES
from tools.registry import Field, Tool

TOOL = Tool(
    name="mirror", about="Mirrors pictures.", label={"zh": "镜像", "en": "Mirror"},
    fields=(PICTURES, Field("angle", "integer", "Degrees.", {"zh": "角度", "en": "Angle"}, minimum=0, maximum=90)),
    run=lambda desk, arguments, progress: Result(facts={"angle": arguments["angle"]}),
    describe=lambda arguments, language: f"mirror {arguments['angle']}",
)
'''


@pytest.fixture
def fifth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "mirror.py").write_text(FIFTH, "utf-8")
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    registry.tools.cache_clear()
    yield
    registry.tools.cache_clear()
    sys.modules.pop("tools.mirror", None)


@pytest.mark.usefixtures("fifth")
def test_a_tool_is_added_by_adding_one_file() -> None:
    assert "mirror" in tools()
    assert check("mirror", {"pictures": "p1", "angle": "30"}, ["p1"]) == {"pictures": ["p1"], "angle": 30}
    with pytest.raises(BadValue):
        check("mirror", {"pictures": ["p1"], "angle": 91}, ["p1"])
    assert function(tools()["mirror"])["function"]["parameters"]["properties"]["angle"]["maximum"] == 90
    assert parser().parse_args(["mirror", "a.jpg", "-o", "b.png", "--angle", "7"]).angle == 7


def test_the_tools_and_their_fields_have_the_agreed_names() -> None:
    fields = {name: [f.name for f in tool.fields if not f.by_hand] for name, tool in tools().items()}
    edges = {"alpha_threshold", "erode", "dilate", "feather", "denoise"}
    assert set(fields["matte"]) == {"pictures", "keep", "network"} | edges
    assert set(fields["set_background"]) == {
        "pictures", "kind", "color", "color2", "direction", "background_picture", "blur",
    }  # fmt: skip
    assert set(fields["export"]) == {
        "pictures", "format", "content", "quality", "width", "height", "dpi", "max_kb", "name",
    }  # fmt: skip
    assert fields["id_photo"] == ["pictures", "size", "width_mm", "height_mm", "dpi", "sheet"]
    assert fields["undo"] == ["steps"]


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("name", ["set_background", "id_photo"])
def test_an_edge_can_be_set_by_hand_in_any_step_that_cuts_out_and_the_model_is_told_of_one_way(
    name: str, strict: bool
) -> None:
    given = check(name, {"pictures": ["p1"], "feather": 2, **({"kind": "blur"} if name != "id_photo" else {})}, ["p1"])
    assert given["feather"] == 2
    assert "feather" in tools()[name].describe(given, "en")
    told = function(tools()[name], strict)["function"]["parameters"]
    assert "feather" not in told["properties"] and "feather" not in told["required"]


@pytest.mark.parametrize("name", list(tools()))
def test_every_declaration_is_a_valid_schema_with_words_in_both_languages(name: str) -> None:
    tool = tools()[name]
    jsonschema.Draft202012Validator.check_schema(schema(tool))
    for field in tool.fields:
        assert field.label.keys() >= {"zh", "en"}
        assert all(c.label.keys() >= {"zh", "en"} for c in field.choices)
        assert field.about


@pytest.mark.parametrize("name", list(tools()))
def test_strict_schemas_require_everything_and_hold_no_bounds(name: str) -> None:
    parameters = function(tools()[name], strict=True)["function"]["parameters"]
    told = [f.name for f in tools()[name].fields if not f.by_hand]
    assert parameters["required"] == told
    text = str(parameters)
    assert not any(f"'{word}'" in text for word in ("minimum", "maximum", "minItems", "pattern"))
    nullable = parameters["properties"][told[-1]]
    assert name == "undo" or {"type": "null"} in nullable["anyOf"]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"pictures": "p1"}, {"pictures": ["p1"]}),
        ({"pictures": '["p1", "p2"]'}, {"pictures": ["p1", "p2"]}),
        ({"pictures": ["all"]}, {"pictures": ["p1", "p2"]}),
        ({"pictures": ["p1", "p1"]}, {"pictures": ["p1"]}),
        ({"pictures": ["p1"], "feather": "2.5"}, {"pictures": ["p1"], "feather": 2.5}),
        ({"pictures": ["p1"], "feather": "3px"}, {"pictures": ["p1"], "feather": 3}),
        ({"pictures": ["p1"], "alpha_threshold": 20.0}, {"pictures": ["p1"], "alpha_threshold": 20}),
        ({"pictures": ["p1"], "denoise": "true"}, {"pictures": ["p1"], "denoise": True}),
        ({"pictures": ["p1"], "feather": None, "keep": ""}, {"pictures": ["p1"]}),
    ],
)
def test_what_models_do_to_values_is_put_right(given: dict[str, object], meant: dict[str, object]) -> None:
    assert check("matte", given, ["p1", "p2"]) == meant


@pytest.mark.parametrize(
    ("tool", "arguments", "key"),
    [
        ("rea", {}, "unknown_tool"),
        ("matte", {}, "bad_argument"),
        ("matte", {"pictures": []}, "bad_argument"),
        ("matte", {"pictures": ["p9"]}, "unknown_picture"),
        ("matte", {"pictures": ["p1"], "feather": 31}, "bad_argument"),
        ("matte", {"pictures": ["p1"], "feather": "soft"}, "bad_argument"),
        ("matte", {"pictures": ["p1"], "invented": 1}, "bad_argument"),
        ("set_background", {"pictures": ["p1"], "kind": "color", "color": "blue"}, "bad_argument"),
        ("set_background", {"pictures": ["p1"], "kind": "picture", "background_picture": "p7"}, "unknown_picture"),
    ],
)
def test_what_is_wrong_is_refused(tool: str, arguments: dict[str, object], key: str) -> None:
    with pytest.raises(BadValue) as caught:
        check(tool, arguments, ["p1"])
    assert caught.value.sentence_key == key


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_step_is_said_in_plain_words(language: str) -> None:
    said = tools()["matte"].describe({"feather": 2, "denoise": False, "keep": "people"}, language)
    assert "2" in said
    assert tools()["set_background"].describe({"kind": "gradient", "color": "#111111"}, language).count("#") == 2
    assert "JPEG" in tools()["export"].describe({"format": "jpeg", "max_kb": 200, "width": 8}, language)
    assert tools()["undo"].describe({"steps": -2}, language) != tools()["undo"].describe({"steps": 2}, language)


def test_the_readme_holds_the_table_of_the_tools_as_they_are() -> None:
    from tools.settings import ROOT
    from tools.table import in_readme

    text = (ROOT / "README.md").read_text("utf-8")
    assert in_readme(text) == text
