"""A desk that is right: what is made of its files."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from desk_folder import PROCEDURE, SETTINGS, Folder

from frontdesk.desk.load import digest
from frontdesk.desk.located import Located, read
from frontdesk.desk.ways import successors
from frontdesk.types import procedures as p


def test_the_settings_are_read(folder: Folder) -> None:
    folder.write(
        "desk.toml",
        SETTINGS
        + '[identity]\nsecret_env = "SECRET"\n[limits]\nmessage_characters = 99\n'
        + '[understanding]\nact = 0.7\n[messages]\ngreeting = "Hi from {{ desk }}"\n'
        + '[demo]\nnow = 2026-05-04T10:00:00\ncustomers = [{ id = "ana", name = "Ana" }]\n',
    )
    desk = folder.load()
    lisbon = ZoneInfo("Europe/Lisbon")
    assert (desk.id, desk.language, desk.timezone, desk.currency) == ("small", "en", lisbon, "EUR")
    assert (desk.secret_env, desk.message_characters, desk.act) == ("SECRET", 99, 0.7)
    assert desk.messages == {"greeting": {"en": "Hi from {{ desk }}"}}
    assert desk.customers[0].name == "Ana"
    assert desk.test_now == datetime(2026, 5, 4, 10, 0, tzinfo=lisbon)
    assert desk.test_now.utcoffset() == timedelta(hours=1)


def test_steps_become_nodes_in_their_order(folder: Folder) -> None:
    procedure = folder.load().procedures["take_note"]
    order = [procedure.first]
    while order[-1] != "end":
        order.append(successors(procedure.nodes[order[-1]])[0])
    kinds = [type(procedure.nodes[name]) for name in order]
    assert kinds == [p.Collect, p.Confirm, p.Tool, p.Say, p.End]
    assert order == ["ask", "1.confirm", "2.tool", "3.say", "end"]


def test_inner_steps_lead_back(folder: Folder) -> None:
    folder.steps(
        """
        - branch:
            - when: today == today
              steps: [{say: A, id: a}]
            - otherwise: [{say: B, id: b}, end]
        - each: x
          id: loop
          in: "[1]"
          steps: [{say: C, id: c}]
        - {say: D, id: d, next: after}
        - {say: E, id: e}
        - {say: F, id: after}
        """
    )
    nodes = folder.load().procedures["take_note"].nodes
    assert successors(nodes["a"]) == ("loop",)
    assert successors(nodes["b"]) == ("0.branch.1.otherwise.1.end",)
    assert successors(nodes["c"]) == ("loop",)
    assert successors(nodes["loop"]) == ("c", "d")
    assert successors(nodes["d"]) == ("after",)
    assert successors(nodes["after"]) == ("end",)


def test_a_no_and_a_none_end_the_procedure_behind_their_steps(folder: Folder) -> None:
    folder.steps(
        """
        - choose: row
          id: pick
          from: "[]"
          key: id
          show: x
          ask: Y?
          none: [{say: N, id: none}]
        - {confirm: Sure, id: sure, no: [{say: No, id: "no"}]}
        - {say: Yes, id: "yes"}
        """
    )
    nodes = folder.load().procedures["take_note"].nodes
    assert successors(nodes["pick"]) == ("sure", "none")
    assert successors(nodes["none"]) == ("end",)
    assert successors(nodes["sure"]) == ("yes", "no")
    assert successors(nodes["no"]) == ("end",)


def test_a_refused_branch_goes_on_behind_the_tool(folder: Folder) -> None:
    folder.steps(
        """
        - confirm: Sure
        - {tool: note, id: noting, with: {text: "'x'"}, refused: [{say: R, id: refused}]}
        - {say: Done, id: done}
        """
    )
    nodes = folder.load().procedures["take_note"].nodes
    assert successors(nodes["noting"]) == ("done", "refused")
    assert successors(nodes["refused"]) == ("done",)


def test_words_of_yaml_stay_words(folder: Folder) -> None:
    """``no``, ``on`` and dates are texts, as YAML 1.2 has it; a choice may be named ``no``."""
    folder.steps(
        "- {collect: answer, id: on}\n- say: x",
        "{answer: {type: choice, ask: 2026-05-01, options: {no: {title: off}, yes: {title: on}}}}",
    )
    slot = folder.load().procedures["take_note"].slots["answer"]
    assert [(option.name, option.title) for option in slot.options] == [
        ("no", {"en": "off"}),
        ("yes", {"en": "on"}),
    ]
    assert slot.ask == {"en": "2026-05-01"}


def test_texts_may_be_written_in_each_language(folder: Folder) -> None:
    folder.write("desk.toml", SETTINGS.replace('["en"]', '["de", "en"]'))
    folder.steps("- say: {de: Hallo, en: Hello}\n- {say: Tag, id: bare}")
    nodes = folder.load().procedures["take_note"].nodes
    assert nodes["0.say"] == p.Say("0.say", {"de": "Hallo", "en": "Hello"}, "bare")
    assert nodes["bare"] == p.Say("bare", {"de": "Tag"}, "end")


def test_plain_numbers_are_arguments(folder: Folder) -> None:
    code = (
        "from frontdesk.tools import write\n\n@write\ndef note(number: int, sure: bool) -> str: ..."
    )
    folder.write("tools.py", code)
    folder.steps("- confirm: Sure\n- {tool: note, id: noting, with: {number: 3, sure: true}}")
    node = folder.load().procedures["take_note"].nodes["noting"]
    assert isinstance(node, p.Tool)
    assert node.arguments == {"number": "3", "sure": "True"}


def test_examples_keep_their_values(folder: Folder) -> None:
    head = "examples:\n  - it rains\n  - {say: note that it snows, set: {text: it snows}}\n"
    folder.steps("- collect: text", '{text: {type: text, ask: "What?"}}', head=head)
    examples = folder.load().procedures["take_note"].examples
    assert examples == (
        p.Example("it rains", language="en"),
        p.Example("note that it snows", {"text": "it snows"}, "en"),
    )


def test_what_is_allowed_is_not_a_mistake(folder: Folder) -> None:
    """Two writes under one yes, a write in a loop, and a second yes behind a read."""
    folder.steps(
        """
        - {tool: look, save: rows}
        - confirm: Sure?
        - each: row
          in: rows
          steps: [{tool: note, with: {text: row}}, {say: "{{ row }}"}]
        - {tool: note, with: {text: "'last'"}, save: done}
        - tool: look
        - confirm: "{{ done }}, again?"
        - {tool: note, with: {text: done}}
        - {handoff: x}
        """
    )
    assert folder.problems() == []


# -- the digest -------------------------------------------------------------------------------


def test_the_same_bytes_give_the_same_digest(folder: Folder, tmp_path: Path) -> None:
    other = Folder(tmp_path / "other")
    first = Folder(tmp_path / "first")
    assert digest(first.path) == digest(other.path) == first.load().digest


@pytest.mark.parametrize("name", ["desk.toml", "tools.py", "procedures/take_note.yaml", "new.csv"])
def test_any_other_byte_gives_another_digest(folder: Folder, name: str) -> None:
    before = digest(folder.path)
    file = folder.path / name
    folder.write(name, (file.read_bytes() if file.exists() else b"") + b"\n")
    assert digest(folder.path) != before


def test_a_moved_byte_gives_another_digest(folder: Folder) -> None:
    folder.write("a", b"xy")
    folder.write("b", b"z")
    before = digest(folder.path)
    folder.write("a", b"x")
    folder.write("b", b"yz")
    assert digest(folder.path) != before


def test_what_is_not_the_desk_is_not_in_the_digest(folder: Folder) -> None:
    before = digest(folder.path)
    folder.write("tests/a.yaml", "x")
    folder.write("__pycache__/tools.pyc", b"x")
    folder.write(".hidden", "x")
    assert digest(folder.path) == before


# -- lines ------------------------------------------------------------------------------------


def test_every_part_of_a_document_has_its_line(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(PROCEDURE)
    located = read(file)
    assert isinstance(located, Located)
    assert located.line(("title",)) == 2
    assert located.line(("examples", 0)) == 5
    assert located.line(("slots", "text", "ask")) == 7
    assert located.line(("steps", 2)) == 11
    assert located.line(("steps", 2, "nope", "deeper")) == 11
    assert located.line(("nope",)) == 1
