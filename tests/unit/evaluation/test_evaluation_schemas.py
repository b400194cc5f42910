"""The published schemas are current, take what is right and refuse what isn't."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import frontmatter
import jsonschema
import pytest
from mistake_cases import RIGHT

from frontdesk.desk.format import STEPS
from frontdesk.desk.located import Located, read
from frontdesk.evaluation.schemas import NAMES, schema

ROOT = Path(__file__).parents[3]
DESK = ROOT / "desks" / "harbor-stays"
SHARED = {"procedure": "procedures", "tests": "tests", "article": "knowledge"}


def data_of(file: Path) -> Any:
    if file.suffix == ".toml":
        # As JSON, which has no dates, an editor sees it.
        return json.loads(json.dumps(tomllib.loads(file.read_text("utf-8")), default=str))
    if file.suffix == ".md":
        return frontmatter.loads(file.read_text("utf-8")).metadata
    located = read(file)
    assert isinstance(located, Located)
    return located.data


def problems(name: str, data: Any) -> list[str]:
    validator = jsonschema.Draft7Validator(schema(name))
    return [error.message for error in validator.iter_errors(data)]


@pytest.mark.parametrize("name", NAMES)
def test_the_published_schema_is_current(name: str) -> None:
    """`scripts/generate` writes them."""
    published = json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text("utf-8"))
    assert published == schema(name)
    jsonschema.Draft7Validator.check_schema(published)


@pytest.mark.parametrize("name", NAMES)
def test_the_demo_desk_is_valid(name: str) -> None:
    folder = DESK / SHARED.get(name, "")
    files = (
        [DESK / "desk.toml"]
        if name == "desk"
        else sorted(folder.glob("*.md" if name == "article" else "*.yaml"))
    )
    assert files
    assert {file.name: problems(name, data_of(file)) for file in files} == {
        file.name: [] for file in files
    }


def procedure(**changed: Any) -> dict[str, Any]:
    right = {"procedure": "a", "title": "A", "description": "B", "steps": [{"say": "Hi"}, "end"]}
    return right | changed


CHOOSE = {"choose": "x", "from": "y", "key": "k", "show": "s", "ask": "a", "none": ["end"]}
WRONG = {
    "a key that nobody knows": ("procedure", procedure(stesp=[])),
    "a step that there isn't": ("procedure", procedure(steps=[{"sya": "Hi"}])),
    "a step with a key of no use": ("procedure", procedure(steps=[{"say": "Hi", "nxt": "x"}])),
    "two steps in one": ("procedure", procedure(steps=[{"say": "Hi", "collect": "x"}])),
    "a step within a step": (
        "procedure",
        procedure(steps=[CHOOSE | {"none": [{"branch": [{"otherwise": [{"sya": "x"}]}]}]}]),
    ),
    "a choice without `none`": (
        "procedure",
        procedure(steps=[{k: v for k, v in CHOOSE.items() if k != "none"}]),
    ),
    "no steps": ("procedure", procedure(steps=[])),
    "no description": ("procedure", {"procedure": "a", "title": "A", "steps": ["end"]}),
    "a slot of no type": ("procedure", procedure(slots={"x": {"ask": "X?"}})),
    "a slot of another type": ("procedure", procedure(slots={"x": {"type": "txet"}})),
    "a name with spaces": ("procedure", procedure(procedure="a b")),
    "say and press": ("tests", [{"test": "a", "turns": [{"say": "b", "press": "c"}]}]),
    "neither say nor press": ("tests", [{"test": "a", "turns": [{"means": "ask"}]}]),
    "no list of conversations": ("tests", {"test": "a", "turns": []}),
    "another holder": ("tests", [{"test": "a", "turns": [], "end": {"holder": "nobody"}}]),
    "an article without a title": ("article", {"questions": ["a"]}),
    "questions that are a text": ("article", {"title": "a", "questions": "b"}),
    "a setting that nobody knows": ("desk", tomllib.loads(RIGHT["desk.toml"]) | {"nmae": "x"}),
    "a reply that nobody says": (
        "desk",
        tomllib.loads(RIGHT["desk.toml"]) | {"messages": {"greting": "x"}},
    ),
}


@pytest.mark.parametrize(("name", "data"), WRONG.values(), ids=list(WRONG))
def test_a_mistake_of_shape_is_refused(name: str, data: Any) -> None:
    assert problems(name, json.loads(json.dumps(data, default=str)))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("procedure", procedure()),
        ("procedure", procedure(steps=[CHOOSE])),
        ("procedure", {"procedure": "a", "internal": True, "steps": [{"end": "x"}]}),
        (
            "tests",
            [{"test": "a", "turns": [{"say": "b", "reply": "c", "calls": ["x", {"y": {}}]}]}],
        ),
        ("article", {"title": "a"}),
    ],
)
def test_what_is_right_is_taken(name: str, data: Any) -> None:
    assert problems(name, data) == []


def test_every_key_has_a_description() -> None:
    bare = [
        f"{name}: {title}.{key}"
        for name in NAMES
        for title, part in (("", schema(name)), *schema(name).get("definitions", {}).items())
        for key, field in part.get("properties", {}).items()
        if not {"description", "$ref"} & field.keys()
        and key not in schema("desk")["properties"]["messages"]
    ]
    assert bare == []


def test_every_step_can_be_completed() -> None:
    steps = schema("procedure")["definitions"]["Step"]["anyOf"]
    named = {step["$ref"].rpartition("/")[2] for step in steps if "$ref" in step}
    assert named == {model.__name__ for model in STEPS.values()}
