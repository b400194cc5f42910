"""JSON Schemas of a desk's files, for editors: from the models that read them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from frontdesk.desk import format as f
from frontdesk.evaluation.cases import Case
from frontdesk.knowledge.markdown import Head
from frontdesk.procedures.builtin import MESSAGES

DRAFT = "http://json-schema.org/draft-07/schema#"
"""The version that editors read; some know no newer one."""
NAMES = ("desk", "procedure", "tests", "article")
Schema = dict[str, Any]


def schema(name: str) -> Schema:
    """The schema of one kind of file.

    Args:
        name: one of :data:`NAMES`.
    """
    return {"desk": _desk, "procedure": _procedure, "tests": _tests, "article": _article}[name]()


def _desk() -> Schema:
    made = _model(f.DeskFile, "desk.toml", "Who the desk is.")
    words = made["properties"]["messages"]["additionalProperties"]
    messages = made["properties"]["messages"]
    messages["properties"] = dict.fromkeys(MESSAGES, words)
    messages["additionalProperties"] = False
    return made


def _article() -> Schema:
    return _model(Head, "Head of an article", "Between the lines --- of knowledge/*.md.")


def _tests() -> Schema:
    made = _model(Case, "tests/*.yaml", "Conversations that must go as they are written.")
    definitions = made.pop("definitions")
    for owner, keys in (("Turn", ("reply", "not_reply", "calls")), ("End", ("writes",))):
        for key in keys:
            _or_single(definitions[owner]["properties"][key])
    turn = definitions["Turn"]
    turn["oneOf"] = [{"required": ["say"]}, {"required": ["press"]}]
    told = {key: made.pop(key) for key in ("$schema", "title", "description")}
    definitions["Case"] = made
    items = {"$ref": "#/definitions/Case"}
    return told | {"type": "array", "items": items, "definitions": definitions}


def _or_single(property_: Schema) -> None:
    """A list of one may be written without the list."""
    lists = [one for one in property_.get("anyOf", [property_]) if one.get("type") == "array"]
    items = lists[0]["items"]
    others = [*lists, items, *([{"type": "null"}] if "anyOf" in property_ else [])]
    kept = {key: property_[key] for key in ("title", "description", "default") if key in property_}
    lists = [{key: one[key] for key in ("type", "items") if key in one} for one in lists]
    property_.clear()
    property_ |= kept | {"anyOf": [*lists, *others[1:]]}


def _procedure() -> Schema:
    made = _model(f.ProcedureFile, "procedures/*.yaml", "What the desk can do, step by step.")
    definitions = made.setdefault("definitions", {})
    for model in (*f.STEPS.values(), f.WhenCase, f.OtherwiseCase):
        one = _model(model, model.__name__, "")
        definitions |= one.pop("definitions", {})
        one.pop("$schema")
        definitions[model.__name__] = one
    for key, model in f.STEPS.items():
        step = definitions[model.__name__]
        step["required"] = sorted({key, *step.get("required", [])})
        step["title"] = key
    definitions["EndStep"]["properties"]["end"] |= {"description": "The outcome; `done` if empty."}
    # `anyOf` and not `oneOf`: an editor completes the keys of all, and `required` tells them apart.
    steps = [{"$ref": f"#/definitions/{model.__name__}"} for model in f.STEPS.values()]
    definitions["Step"] = {
        "description": "A step: its first key says what it is.",
        "anyOf": [*steps, {"const": "end", "description": "Ends the procedure."}],
    }
    cases = [{"$ref": "#/definitions/WhenCase"}, {"$ref": "#/definitions/OtherwiseCase"}]
    definitions["BranchCase"] = {"anyOf": cases}
    for holder in (made, *definitions.values()):
        for key, inner in holder.get("properties", {}).items():
            _nest(key, inner)
    if made["properties"]["internal"]["default"] is False:
        public = {"required": ["title", "description"]}
        internal = {"properties": {"internal": {"const": True}}, "required": ["internal"]}
        made["anyOf"] = [internal, public]
    return made


def _nest(key: str, property_: Schema) -> None:
    """Lists whose items pydantic doesn't know hold steps, or the cases of a branch."""
    name = "BranchCase" if key == "branch" else "Step"
    for one in (property_, *property_.get("anyOf", [])):
        if one.get("type") == "array" and one.get("items") == {}:
            one["items"] = {"$ref": f"#/definitions/{name}"}


def _model(model: type[BaseModel], title: str, description: str) -> Schema:
    made = model.model_json_schema(ref_template="#/definitions/{model}")
    if "$defs" in made:
        made["definitions"] = made.pop("$defs")
    told = {"title": title} | ({"description": description} if description else {})
    return {"$schema": DRAFT} | made | told
