"""Every kind of mistake gets its file, its line, what is wrong and what to write instead."""

from __future__ import annotations

import pytest
from desk_folder import PROCEDURE, SETTINGS, TOOLS, Folder

STEPS = "procedures/take_note.yaml"
ASKED = '{text: {type: text, ask: "What?"}}'


def test_the_folder_of_these_tests_is_right(folder: Folder) -> None:
    assert folder.problems() == []


# -- the steps of a procedure -----------------------------------------------------------------

STEP_MISTAKES = {
    "unknown step": ("- say: Hi\n- tol: note", 7, "is not a step", "Did you mean `tool: ...`?"),
    "nothing like a step": ("- zebra: x", 6, "is not a step", "A step begins with one of"),
    "a step that is a word": ("- sya", 6, "is not a step", "Did you mean `say: ...`?"),
    "unknown key": ("- {say: Hi, nxt: x}", 6, "'nxt' is not known here", "Did you mean 'next'?"),
    "missing key": ("- {choose: x, from: '[]', key: a, show: a, ask: b}", 6, "'none' is missing",
                    "Add a line `none: ...`."),
    "step id twice": ("- {say: A, id: a}\n- {say: B, id: a}", 6, "two steps have the id 'a'",
                      "Rename one"),
    "unknown next": ("- {say: A, id: first}\n- {say: B, next: frist}", 7,
                     "no step has the id 'frist'", "Did you mean 'first'?"),
    "branch without otherwise": ("- branch:\n  - {when: '1 == 1', steps: [end]}", 6,
                                 "has no `otherwise`", "Add `- otherwise: [...]`"),
    "case behind otherwise": ("- branch:\n  - otherwise: [end]\n  - {when: '1 == 1', steps: [end]}",
                              8, "stands behind `otherwise`", "Put `otherwise` last."),
    "a loop without an end": ("- {say: A, id: a}\n- {say: B, next: a}", 6, "can't end from here",
                              "lead to `end`"),
    "unknown tool": ("- confirm: Sure?\n- {tool: noet, with: {text: \"'x'\"}}", 7,
                     "there is no tool 'noet'", "Did you mean 'note'?"),
    "unknown parameter": ("- confirm: Sure?\n- tool: note\n  with:\n    text: \"'1'\"\n    kin: 2",
         10,
                          "there is no parameter 'kin' of the tool note", "Did you mean 'kind'?"),
    "missing argument": ("- confirm: Sure?\n- tool: note", 7, "the tool note needs 'text'",
                         "Add `text: ...` to `with`."),
    "unknown slot": ("- collect: txet", 6, "there is no slot 'txet'", "Did you mean 'text'?"),
    "unknown name in an expression": ("- branch:\n  - {when: \"texd == ''\", steps: [end]}\n"
                                      "  - otherwise: [end]", 7, "there is no name 'texd'",
                                      "Did you mean 'text'?"),
    "unknown name in a template": ("- say: Hi\n- say: \"{{ texd }}\"", 7, "there is no name 'texd'",
                                   "Did you mean 'text'?"),
    "broken expression": ("- branch:\n  - {when: 'text ==', steps: [end]}\n  - otherwise: [end]", 7,
                          "is not an expression", "docs/desk.md"),
    "broken template": ("- say: Hi\n- say: '{{ text'", 7, "unexpected end of template",
                        "docs/desk.md"),
    "unknown filter": ("- say: '{{ text | uper }}'", 6, "No filter named 'uper'", "docs/desk.md"),
    "forbidden call": ("- each: x\n  in: \"open('/etc/passwd')\"\n  steps: [{say: x}]", 7,
                       "calls something that expressions don't have", "docs/desk.md"),
    "method call": ("- each: x\n  in: text.split()\n  steps: [{say: x}]", 7,
                    "calls something that expressions don't have", "docs/desk.md"),
    "lambda": ("- each: x\n  in: \"lambda: 1\"\n  steps: [{say: x}]", 7, "isn't allowed",
               "docs/desk.md"),
    "write without confirm": ("- {tool: note, with: {text: \"'x'\"}}", 6,
                              "writes, and no `confirm` stands right before it", "Put `- confirm:"),
    "write behind a read": ("- confirm: Sure?\n- tool: look\n- {tool: note, with: {text: \"'1'\"}}",
                          8,
                            "no `confirm` stands right before it", "behind all steps that ask"),
    "write behind a question": ("- confirm: Sure?\n- collect: text\n"
                                "- {tool: note, with: {text: \"'1'\"}}", 8,
                                "no `confirm` stands right before it", "Put `- confirm:"),
    "write on the way of a no": ("- confirm: Sure?\n  no:\n  - {tool: note, with: {text: \"'1'\"}}",
                          8,
                                 "no `confirm` stands right before it", "Put `- confirm:"),
    "write where one way has no yes": (
        "- branch:\n  - when: text == 'x'\n    steps: [{confirm: Sure}]\n  - otherwise: [{say: x}]"
        "\n- {tool: note, with: {text: \"'x'\"}}", 10, "no `confirm` stands right before it",
        "Put `- confirm:"),
    "write that needs a write's result": (
        "- confirm: Sure?\n- {tool: note, with: {text: \"'x'\"}, save: got}\n"
        "- {tool: note, with: {text: got}}", 8, "needs the result of a write",
        "Put a `confirm` between"),
    "write in a refused branch": (
        "- confirm: Sure?\n- tool: note\n  with: {text: \"'x'\"}\n  refused:\n"
        "    - {tool: note, with: {text: \"'y'\"}}", 10, "no `confirm` stands right before it",
        "Put `- confirm:"),
    "unknown called procedure": ("- call: take_nota", 6, "there is no procedure 'take_nota'",
                                 "Did you mean 'take_note'?"),
    "a procedure that calls itself": ("- call: take_note", 6, "the procedure calls itself",
                                      "third procedure"),
    "unknown slot of a called procedure": ("- {call: other, with: {wht: \"'x'\"}}", 6,
                                           "there is no slot 'wht'", "Did you mean 'what'?"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "line", "message", "fix"), STEP_MISTAKES.values(), ids=list(STEP_MISTAKES)
)
def test_a_mistake_in_a_step(folder: Folder, steps: str, line: int, message: str, fix: str) -> None:
    folder.write(
        "procedures/other.yaml",
        'procedure: other\ninternal: true\nslots: {what: {type: text, ask: "What?"}}\n'
        "steps: [{collect: what}]\n",
    )
    file = folder.steps(steps, ASKED)
    problem = folder.only()
    assert (problem.file, problem.line) == (file, line)
    assert message in problem.message
    assert fix in problem.fix


@pytest.mark.parametrize(
    "step",
    ["{tool: look, save: customer}", "{each: customer, in: '[1]', steps: [{say: x}]}",
     "{tool: look, save: two words}",
     "{choose: today, from: '[]', key: a, show: a, ask: b, none: [end]}"],
)  # fmt: skip
def test_a_step_may_not_hide_a_name_of_ours(folder: Folder, step: str) -> None:
    folder.steps(f"- {step}")
    assert folder.problems()


def test_a_branch_has_one_otherwise(folder: Folder) -> None:
    folder.steps("- branch:\n  - otherwise: [{say: A}]\n  - otherwise: [{say: B}]")
    assert [problem.line for problem in folder.problems()] == [8]


@pytest.mark.parametrize("steps", ["- {end: done, next: end}", "- {handoff: x, next: end}"])
def test_a_next_behind_an_end_is_a_mistake(folder: Folder, steps: str) -> None:
    folder.steps(steps)
    assert folder.problems()


@pytest.mark.parametrize("step", ["say: ''", "say: {}", "confirm: ''", "say: {xx: Hi}"])
def test_a_reply_has_words_in_the_desks_language(folder: Folder, step: str) -> None:
    folder.steps(f"- {step}")
    assert folder.problems()


@pytest.mark.parametrize("step", ["say: 5", "{tool: look, with: {a: null}}"])
def test_one_mistake_is_told_once(folder: Folder, step: str) -> None:
    folder.steps(f"- {step}")
    assert "'say'" in folder.only().message or "'a'" in folder.only().message


@pytest.mark.parametrize("value", ["&a [*a]", "[" * 600 + "]" * 600], ids=["alias", "deep"])
def test_yaml_without_an_end_is_a_mistake(folder: Folder, value: str) -> None:
    folder.write("procedures/zz.yaml", f"procedure: zz\nsteps: {value}\n")
    assert folder.problems()


def test_procedures_that_call_each_other(folder: Folder) -> None:
    folder.steps("- call: other")
    folder.write(
        "procedures/other.yaml", "procedure: other\ninternal: true\nsteps: [{call: take_note}]\n"
    )
    found = folder.problems()
    assert [problem.message for problem in found] == ["the procedure calls itself"] * 2
    assert {problem.file.name for problem in found} == {"take_note.yaml", "other.yaml"}


# -- phrases that always start a procedure ----------------------------------------------------

PHRASE_MISTAKES = {
    "no letter": ("112!", "the phrase '112!' has no letter", "Write words."),
    "in another procedure too": ("Can’t BREATHE", "always starts fire already",
                                 "Keep it in one procedure"),
    "twice": ("gas", "always starts take_note already", "Keep it in one procedure"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("phrase", "message", "fix"), PHRASE_MISTAKES.values(), ids=list(PHRASE_MISTAKES)
)
def test_a_mistake_in_a_phrase(folder: Folder, phrase: str, message: str, fix: str) -> None:
    fire = PROCEDURE.replace("take_note", "fire").replace(
        "examples:", 'always: ["can\'t breathe"]\nexamples:'
    )
    fire = fire.replace("that it rains", "that it burns")
    folder.write("procedures/fire.yaml", fire)
    file = folder.write(STEPS, f'always:\n- gas\n- "{phrase}"\n{PROCEDURE}')
    problem = folder.only()
    assert (problem.file, problem.line) == (file, 3)
    assert message in problem.message
    assert fix in problem.fix


def test_an_internal_procedure_has_no_phrases(folder: Folder) -> None:
    file = folder.write(STEPS, f"internal: true\nalways: [gas]\n{PROCEDURE}")
    problem = folder.only()
    assert (problem.file, problem.line) == (file, 2)
    assert "internal procedure can't be started" in problem.message


# -- slots ------------------------------------------------------------------------------------

SLOT_MISTAKES = {
    "choice without options": ("{type: choice, ask: X}", "the choice 'given' has no options",
                               "Add `options:`."),
    "reference without pattern": ("{type: reference, ask: X}",
                                  "the reference 'given' has no pattern", "pattern:"),
    "reference with a bad pattern": ("{type: reference, ask: X, pattern: 'A['}",
                                     "is not a regular expression", "regular expression"),
    "slot without a question": ("{type: text}", "the slot 'given' has no question", "Add `ask:"),
    "unknown type": ("{type: strnig, ask: X}", "'type': Input should be 'text'",
         "Write one of text,"),
    "unknown key": ("{type: text, ask: X, patern: x}", "'patern' is not known here", ""),
    "unknown name in valid": ("{type: text, ask: X, valid: givn != ''}", "there is no name 'givn'",
                              "Did you mean 'given'?"),
    "unknown name in invalid": ("{type: text, ask: X, valid: \"given != ''\", "
                                "invalid: '{{ givn }}'}", "there is no name 'givn'",
                                "Did you mean 'given'?"),
    "unknown name in ask": ("{type: text, ask: '{{ givn }}'}", "there is no name 'givn'",
                            "Did you mean 'given'?"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("slot", "message", "fix"), SLOT_MISTAKES.values(), ids=list(SLOT_MISTAKES)
)
def test_a_mistake_in_a_slot(folder: Folder, slot: str, message: str, fix: str) -> None:
    file = folder.steps("- collect: given", f"\n  fine: {{type: text, ask: X}}\n  given: {slot}")
    problem = folder.only()
    assert (problem.file, problem.line) == (file, 6)
    assert message in problem.message
    assert fix in problem.fix


@pytest.mark.parametrize("name", ["customer", "today", "now", "desk", "refusal"])
def test_a_slot_may_not_hide_a_name_of_ours(folder: Folder, name: str) -> None:
    folder.steps(f"- collect: {name}", f"{{{name}: {{type: text, ask: X}}}}")
    assert "has a meaning already" in folder.only().message


def test_a_region_that_there_is_not_is_a_mistake(folder: Folder) -> None:
    folder.steps("- collect: given", "{given: {type: phone, ask: X, region: Portugal}}")
    assert folder.problems()


def test_a_key_of_a_slot_is_suggested_from_the_keys_of_slots(folder: Folder) -> None:
    folder.steps("- collect: given", "{given: {type: reference, ask: X, patern: A}}")
    assert "Did you mean 'pattern'?" in {problem.fix for problem in folder.problems()}


@pytest.mark.parametrize("name", ["two words", "len", "if", "2nd"])
def test_a_slot_has_a_name_that_expressions_can_read(folder: Folder, name: str) -> None:
    folder.steps(f"- collect: {name!r}", f"{{{name!r}: {{type: text, ask: X}}}}")
    assert folder.problems()


# -- heads and examples -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("example", "line", "message", "fix"),
    [
        ("{say: it rains, set: {txt: rains}}", 6, "there is no slot 'txt'", "Did you mean 'text'?"),
        ("{say: it rains, set: {text: snows}}", 6, "does not say 'snows'", "Copy the words"),
        ("{sya: it rains, set: {}}", 6, "", ""),
    ],
)
def test_a_mistake_in_an_example(
    folder: Folder, example: str, line: int, message: str, fix: str
) -> None:
    head = f"examples:\n  - it pours\n  - {example}\n"
    folder.steps("- collect: text", ASKED, head=head)
    found = folder.problems()
    assert found
    assert {problem.line for problem in found} == {line}
    assert message in found[0].message
    assert fix in found[0].fix


@pytest.mark.parametrize("key", ["title", "description"])
def test_customers_need_a_title_and_the_model_a_description(folder: Folder, key: str) -> None:
    kept = [line for line in PROCEDURE.splitlines() if not line.startswith(key)]
    folder.write(STEPS, "\n".join(kept))
    problem = folder.only()
    assert problem.message == f"'{key}' is missing"
    assert problem.fix == f"Add a line `{key}: ...`."


def test_two_procedures_with_one_name(folder: Folder) -> None:
    folder.write("procedures/zz.yaml", PROCEDURE)
    problem = folder.only()
    assert problem.file.name == "zz.yaml"
    assert problem.message == "a procedure 'take_note' stands in take_note.yaml too"


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("procedure: a\n  steps: [", 2, "is not YAML"),
        ("procedure: a\nsteps:\n\t- end\n", 3, "is not YAML"),
        ("procedure: a\ntitle: x\ntitle: y\ndescription: z\nsteps: [end]\n",
         3, "'title' stands here twice"),
        ("- procedure: a\n", 1, "is not a procedure"),
        ("", 1, "is not a procedure"),
        ("just words", 1, "is not a procedure"),
        ("procedure: a\ntitle: x\ndescription: y\nsteps: []\n", 4, "'steps'"),
        ("procedure: a\ntitle: x\ndescription: y\n", 1, "'steps' is missing"),
        ("title: x\ndescription: y\nsteps: [end]\n", 1, "'procedure' is missing"),
        ("procedure: A B\ntitle: x\ndescription: y\nsteps: [end]\n", 1, "'procedure'"),
        ("procedure: a\ninternal: true\nsteps: [{say: x}]\nslost: {}\n",
         4, "'slost' is not known here"),
        (b"procedure: \xff\xfe\n", 1, "can't be read"),
        (b"procedure: a\x07\n", 1, "is not YAML"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_file(
    folder: Folder, content: str | bytes, line: int, message: str
) -> None:
    file = folder.write("procedures/zz.yaml", content)
    problem = folder.only()
    assert (problem.file, problem.line) == (file, line)
    assert message in problem.message


def test_all_mistakes_are_told_at_once(folder: Folder) -> None:
    folder.write("desk.toml", SETTINGS + '[messages]\nhallo = "x"\n')
    folder.steps('- tol: note\n- {say: "x", nxt: y}\n- say: "{{ nope }}"')
    folder.write("procedures/zz.yaml", "procedure: [")
    folder.write("knowledge/a.md", "no head")
    folder.write("tools.py", "import nope_nope")
    text = " ".join(str(problem) for problem in folder.problems())
    assert "tools.py:1" in text
    assert "a.md:1" in text
    assert "hallo" in text


def test_the_procedures_are_checked_beside_a_broken_desk_toml(folder: Folder) -> None:
    folder.write("desk.toml", SETTINGS + '[messages]\nhallo = "x"\n')
    folder.steps("- tol: note")
    assert {problem.file.name for problem in folder.problems()} == {"desk.toml", "take_note.yaml"}


def test_all_mistakes_of_a_file_are_told_at_once(folder: Folder) -> None:
    folder.steps('- tol: note\n- {say: "x", nxt: y}\n- {say: x, next: gone}\n- branch: [{when: x}]')
    assert [problem.line for problem in folder.problems()] == [6, 7, 8, 9, 9]
    folder.steps('- say: "{{ nope }}"\n- {tool: nope}\n- {tool: note}\n- collect: nix')
    assert sorted({problem.line for problem in folder.problems()}) == [6, 7, 8, 9]


def test_mistakes_are_sorted_by_file_and_line(folder: Folder) -> None:
    folder.write("procedures/aa.yaml", "procedure: [")
    folder.steps("- tol: x\n- tol: y")
    found = folder.problems()
    assert found == sorted(found, key=lambda problem: (str(problem.file), problem.line))
    assert len(found) == 3


# -- desk.toml --------------------------------------------------------------------------------


def changed(key: str, line: str) -> str:
    return "\n".join(line if old.startswith(key) else old for old in SETTINGS.splitlines())


SETTING_MISTAKES = {
    "format": (changed("format", "format = 3"), 1, "format 3 is unknown", "reads format 2"),
    "older format": (
        changed("format", "format = 1"), 1, "format 1 is an older one", "`frontdesk migrate",
    ),
    "time zone": (changed("timezone", 'timezone = "Europe/Atlantis"'), 5,
                  "there is no time zone 'Europe/Atlantis'", "Europe/Lisbon"),
    "time zone outside": (changed("timezone", 'timezone = "/etc/passwd"'), 5, "no time zone", ""),
    "broken TOML": (changed("name", "name = Small"), 3, "is not TOML", ""),
    "unknown key": (SETTINGS + 'nmae = 1\n', 8, "'nmae' is not known", "Did you mean 'name'?"),
    "missing key": (changed("model", ""), 1, "'model' is missing", "Add a line `model: ...`."),
    "bad id": (changed("id", 'id = "Not An Id"'), 2, "'id'", ""),
    "bad currency": (changed("currency", 'currency = "euro"'), 6, "'currency'", ""),
    "no languages": (changed("languages", "languages = []"), 4, "'languages'", ""),
    "unknown reply": (SETTINGS + '[messages]\ngreting = "x"\n', 9, "no built-in reply 'greting'",
                      "greeting"),
    "bad limit": (SETTINGS + "[limits]\nmessage_characters = 0\n", 9, "'message_characters'", ""),
    "bad confidence": (SETTINGS + "[understanding]\nact = 1.5\n", 9, "'act'", ""),
}  # fmt: skip


@pytest.mark.parametrize(
    ("content", "line", "message", "fix"), SETTING_MISTAKES.values(), ids=list(SETTING_MISTAKES)
)
def test_a_mistake_in_desk_toml(
    folder: Folder, content: str, line: int, message: str, fix: str
) -> None:
    file = folder.write("desk.toml", content)
    problem = folder.only()
    assert (problem.file, problem.line) == (file, line)
    assert message in problem.message
    assert fix in problem.fix


@pytest.mark.parametrize(
    "content",
    [
        changed("languages", 'languages = ["xx"]'),
        changed("languages", 'languages = ["pt-BR"]'),
        changed("currency", 'currency = "XQX"'),
        SETTINGS + '[messages]\ngreeting = "{{ nope }}"\n',
        SETTINGS + '[messages]\ngreeting = "{{ desk"\n',
    ],
    ids=["no language", "language with a country", "no currency", "unknown name", "broken"],
)
def test_a_setting_that_will_fail_later_is_a_mistake_now(folder: Folder, content: str) -> None:
    folder.write("desk.toml", content)
    assert folder.problems()


def test_a_desk_toml_in_another_encoding(folder: Folder) -> None:
    folder.write("desk.toml", 'name = "Café"'.encode("latin-1"))
    assert "can't be read" in folder.only().message
    assert "UTF-8" in folder.only().fix


def test_a_folder_without_a_desk(folder: Folder) -> None:
    (folder.path / "desk.toml").unlink()
    assert folder.only().message == "there is no such file"


def test_a_desk_without_procedures(folder: Folder) -> None:
    (folder.path / STEPS).unlink()
    assert folder.only().message == "the desk has no procedures"


# -- tools.py ---------------------------------------------------------------------------------

TOOL_MISTAKES = {
    "no types": ("@read\ndef f(x) -> str:\n    return ''", 4, "the parameter 'x' has no type"),
    "no result type": ("@read\ndef f(x: str):\n    return ''", 4, "the result has no type"),
    "a type that no tool takes": ("@read\ndef f(x: bytes) -> str:\n    return ''", 4,
                                  "'x' has a type that tools can't take"),
    "a result that no tool gives": ("@read\ndef f() -> set[str]:\n    return set()", 4,
                                    "the result has a type that tools can't return"),
    "a type that is not there": ("@read\ndef f(x: 'Nope') -> str:\n    return ''", 4,
                                 "a type can't be read"),
    "not Python": ("def f(:", 4, "is not Python"),
    "an import that fails": ("import no_such_module_here", 4, "can't be imported"),
    "code that raises": ("1 / 0", 4, "can't be imported: ZeroDivisionError"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "line", "message"), TOOL_MISTAKES.values(), ids=list(TOOL_MISTAKES)
)
def test_a_mistake_in_tools(folder: Folder, code: str, line: int, message: str) -> None:
    head = "from frontdesk.tools import read\n\n\n"
    file = folder.write("tools.py", head + code + "\n")
    folder.steps("- say: Hi")
    problem = folder.only()
    assert (problem.file, problem.line) == (file, line)
    assert message in problem.message
    assert problem.fix


@pytest.mark.parametrize(
    "code",
    [
        "@read\nasync def f() -> str:\n    return ''",
        "@read\ndef f(*args: str) -> str:\n    return ''",
        "@read\ndef f(x: 'int |') -> str:\n    return ''",
        "@read(timeout_s=-1)\ndef f() -> str:\n    return ''",
    ],
    ids=["a coroutine", "any number of arguments", "half a type", "a time-out that is past"],
)
def test_a_tool_that_cannot_be_called_is_a_mistake(folder: Folder, code: str) -> None:
    folder.write("tools.py", "from frontdesk.tools import read\n\n\n" + code + "\n")
    folder.steps("- say: Hi")
    assert folder.problems()


def test_tools_that_exit_are_a_mistake(folder: Folder) -> None:
    folder.write("tools.py", "raise SystemExit(1)\n")
    assert folder.problems()


def test_all_mistakes_of_all_tools_are_told_at_once(folder: Folder) -> None:
    folder.write(
        "tools.py", TOOLS + "\n\n@read\ndef a(x):\n    pass\n\n\n@read\ndef b(y):\n    pass\n"
    )
    assert len(folder.problems()) == 4


def test_tools_that_do_not_load_leave_the_rest_checked(folder: Folder) -> None:
    folder.write("tools.py", "import no_such_module_here")
    folder.steps('- say: "{{ nope }}"')
    assert {problem.file.name for problem in folder.problems()} == {"tools.py", "take_note.yaml"}


# -- knowledge --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message", "fix"),
    [
        ("Refunds take five days.", "the article has no title", "title: ..."),
        ("---\ntitle:\n---\nText.", "the article has no title", "title: ..."),
        ("---\ntitle: Refunds\n---\n", "the article has no text", "paragraph"),
        ("---\ntitle: Refunds\n---\n# One\n\n# Two\n", "the article has no text", "paragraph"),
        ("---\ntitle: [\n---\nText.", "has a broken head", "between the `---`"),
        (b"---\ntitle: Caf\xe9\n---\nText.", "can't be read", "UTF-8"),
    ],
)
def test_a_mistake_in_an_article(
    folder: Folder, content: str | bytes, message: str, fix: str
) -> None:
    file = folder.write("knowledge/deep/refunds.md", content)
    problem = folder.only()
    assert (problem.file, problem.line) == (file, 3 if "head" in message else 1)
    assert message in problem.message
    assert fix in problem.fix


@pytest.mark.parametrize("head", ["questions: How long?", "question: [How long?]"])
def test_questions_that_are_not_read_are_a_mistake(folder: Folder, head: str) -> None:
    folder.write("knowledge/refunds.md", f"---\ntitle: Refunds\n{head}\n---\nText.")
    assert folder.problems()


@pytest.mark.parametrize("name", ["desk.toml", "knowledge/refunds.md"])
def test_a_byte_order_mark_does_no_harm(folder: Folder, name: str) -> None:
    """Windows editors write one; in YAML it does no harm already."""
    folder.write("knowledge/refunds.md", "---\ntitle: Refunds\n---\nText.")
    file = folder.path / name
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert folder.problems() == []
