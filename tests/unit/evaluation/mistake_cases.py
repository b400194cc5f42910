"""For each kind of mistake a small desk that makes it: files written over one that is right."""

from __future__ import annotations

from typing import NamedTuple

from frontdesk.mistakes import Kind

SETTINGS = """\
format = 2
id = "small"
name = "Small"
languages = ["en"]
timezone = "Europe/Lisbon"
currency = "EUR"
model.name = "smollm-135m"

[demo]
now = 2026-05-04T10:00:00
customers = [{ id = "ana" }]
"""
URL = 'model.url = "https://example.com"'
OWN_MODEL = """\
[[model]]
id = "house-model"
alias = "smollm-135m"
title = "Qwen3 4B, Q4_K_M"
sha256 = "7485fe6f11af29433bc51cab58009521f205840f5b4ae3a32fa7f92e8534fdf5"
size = 2497280256
licence = "Apache-2.0"
base_model = "Qwen/Qwen3-4B"
languages = ["en", "zh", "de", "es", "fr", "it", "pt", "ru", "ja", "ko", "vi", "th", "ar"]
context_tokens = 32768
prompt_format = "ChatML, from the template in the file"
architecture = "qwen3"
parameters = 4000000000
mirrors = [{url = "https://example.org/a.gguf"}]
"""
TOOLS = '''\
from dataclasses import dataclass
from datetime import date
from typing import Literal

from frontdesk.tools import IdempotencyKey, Money, prepare, read, write


@dataclass
class Booking:
    reference: str
    status: Literal["open", "closed"]
    day: date
    price: Money


@read
def look() -> list[Booking]:
    """Looks."""
    return []


@write
def note(key: IdempotencyKey, text: str, kind: str = "") -> Booking:
    """Notes."""
    raise ValueError
'''
HEAD = """\
procedure: take_note
title: Take a note
description: The customer wants a note taken.
examples: [a one, b two, c three, d four, e five, f six, g seven, h eight, i nine, j ten]
slots:
  text: {type: text, ask: "What?"}
"""
STEPS = """\
steps:
  - {tool: look, save: found}
  - choose: booking
    from: found
    key: reference
    show: x
    ask: Which?
    none: [end]
  - collect: text
  - confirm: Note {{ booking.reference }}?
  - {tool: note, with: {text: text}}
"""
"""The first step stands in line 8, what is appended in line 18."""
ARTICLE = "---\ntitle: Refunds\nquestions: [How long?]\n---\nFive days.\n"
TEST = """\
- test: a note
  customer: ana
  turns:
    - say: please write this down
      means: start take_note
"""
RIGHT = {
    "desk.toml": SETTINGS,
    "tools.py": TOOLS,
    "procedures/take_note.yaml": HEAD + STEPS,
    "knowledge/refunds.md": ARTICLE,
    "tests/notes.yaml": TEST,
}


class Case(NamedTuple):
    """Files to write, and the mistake that they make."""

    kind: Kind
    files: dict[str, str | bytes | None]
    """By name; ``None`` leaves a file out, a name that ends in ``/`` makes a folder."""
    file: str
    line: int
    fix: str
    """What the fix says, in part."""


P = "procedures/take_note.yaml"


def step(kind: Kind, text: str, fix: str, below: int = 0) -> Case:
    """Steps behind those that are right; the mistake stands so many lines below the first."""
    return Case(kind, {P: HEAD + STEPS + text}, P, 18 + below, fix)


def when(kind: Kind, condition: str, fix: str) -> Case:
    text = f"  - branch:\n    - {{when: {condition}, steps: [end]}}\n    - otherwise: [end]\n"
    return step(kind, text, fix, 1)


def slot(kind: Kind, text: str, fix: str, line: int = 7) -> Case:
    """Another slot, which a step asks for."""
    steps = STEPS + "  - collect: more\n  - say: '{{ more }}'\n"
    return Case(kind, {P: HEAD + f"  more: {text}\n" + steps}, P, line, fix)


def always(kind: Kind, phrases: str, fix: str) -> Case:
    """Phrases of the procedure that is right, in line 5."""
    text = HEAD.replace("slots:", f"always: {phrases}\nslots:") + STEPS
    return Case(kind, {P: text}, P, 5, fix)


def setting(kind: Kind, old: str, new: str, line: int, fix: str) -> Case:
    return Case(kind, {"desk.toml": SETTINGS.replace(old, new)}, "desk.toml", line, fix)


def elsewhere(kind: Kind, more: str, fix: str, line: int = 7) -> Case:
    """Settings of an engine elsewhere, before the model's name in line 7."""
    return setting(kind, "model.name", f"{more}\nmodel.name", line, fix)


def tool(kind: Kind, code: str, fix: str, line: int = 28) -> Case:
    """Another tool, behind those that are right; the first line below them is 28."""
    return Case(kind, {"tools.py": TOOLS + "\n\n" + code}, "tools.py", line, fix)


def article(kind: Kind, text: str, fix: str, line: int = 1, name: str = "more") -> Case:
    file = f"knowledge/{name}.md"
    return Case(kind, {file: text}, file, line, fix)


def conversation(kind: Kind, text: str, fix: str, line: int) -> Case:
    """More behind the conversation that is right; it begins in line 6."""
    return Case(kind, {"tests/notes.yaml": TEST + text}, "tests/notes.yaml", line, fix)


def yaml(kind: Kind, text: str, line: int, fix: str, name: str = "other") -> Case:
    file = f"procedures/{name}.yaml"
    return Case(kind, {file: text}, file, line, fix)


K = Kind
_OTHER = "procedure: other\ninternal: true\nslots:\n  what: {type: text, ask: A}\n"
CASES = [
    Case(K.UNREADABLE_FILE, {"procedures/x.yaml/": None}, "procedures/x.yaml", 1, "may read"),
    Case(K.NOT_UTF8, {"knowledge/refunds.md": b"\xff\xfe"}, "knowledge/refunds.md", 1, "UTF-8"),
    Case(K.NOT_UTF8, {"desk.toml": b"\xff\xfe"}, "desk.toml", 1, "UTF-8"),
    Case(K.MISPLACED_FILE, {"procedures/x.yml.txt": ""}, "procedures/x.yml.txt", 1,
         "procedures/x.yaml"),
    Case(K.MISPLACED_FILE, {"knowledge/x.txt": ""}, "knowledge/x.txt", 1, "knowledge/x.md"),
    Case(K.MISPLACED_FILE, {"articles/x.md": ""}, "articles", 1, "'knowledge'"),
    Case(K.MISPLACED_FILE, {"procedures/deep/x.yaml": ""}, "procedures/deep/x.yaml", 1, "x.yaml"),
    Case(K.MISPLACED_FILE, {"other.yaml": ""}, "other.yaml", 1, "procedures/other.yaml"),
    step(K.UNKNOWN_KEY, "  - {say: Hi, nxt: x}\n", "Did you mean 'next'?"),
    setting(K.UNKNOWN_KEY, 'name = "Small"', 'nmae = "Small"', 3, "Did you mean 'name'?"),
    setting(K.MISSING_KEY, 'name = "Small"', "", 1, "name: ..."),
    step(K.INVALID_VALUE, "  - say: true\n", 'Put it in quotes: "true"'),
    slot(K.INVALID_VALUE, "{type: txet, ask: A}", "Did you mean 'text'?"),
    yaml(K.NESTED_TOO_DEEPLY, "steps: &a [*a]\n", 1, "flatter"),
    yaml(K.TAB_INDENTATION, "procedure: a\nsteps:\n\t- end\n", 3, "spaces"),
    yaml(K.WRONG_INDENTATION, "procedure: a\n  title: b\n", 2, "column"),
    yaml(K.COLON_IN_TEXT, "procedure: a\nsteps:\n  - say: Note: this\n", 3, "quotes"),
    yaml(K.UNCLOSED_QUOTE, 'procedure: a\ntitle: "b\nsteps: [end]\n', 2, "Close it"),
    yaml(K.UNQUOTED_TEMPLATE, "procedure: a\nsteps:\n  - say: {{ x }} is done\n", 3, '"{{ ... }}'),
    yaml(K.UNQUOTED_TEMPLATE, "procedure: a\nsteps:\n  - say: {{ x }}\n", 3, '"{{ ... }}'),
    yaml(K.UNQUOTED_CHARACTER, "procedure: a\ntitle: @home\n", 2, "quotes"),
    yaml(K.UNQUOTED_CHARACTER, "procedure: a\ntitle: *really*\n", 2, "quotes"),
    yaml(K.BROKEN_YAML, "procedure: [\n", 2, "indentation"),
    yaml(K.DUPLICATE_KEY, "procedure: a\ntitle: b\ntitle: c\nsteps: [end]\n", 3, "Remove"),
    Case(K.NO_DESK, {"desk.toml": None}, "desk.toml", 1, "folder of a desk"),
    Case(K.NO_PROCEDURES, {P: None}, "procedures", 1, "procedures/NAME.yaml"),
    setting(K.BROKEN_TOML, '"Small"', "Small", 3, "quotes"),
    setting(K.OLD_FORMAT, "format = 2", "format = 1", 1, "frontdesk migrate"),
    setting(K.UNKNOWN_FORMAT, "format = 2", "format = 99", 1, "reads format"),
    setting(K.LOCAL_ENGINE, "model.name", 'model.width = 2\nmodel.name', 7, "add `url`"),
    elsewhere(K.BROKEN_ADDRESS, 'model.url = "localhost"', "127.0.0.1"),
    elsewhere(K.SECRET_IN_DESK, 'model.url = "https://me:x@example.com"', "port and path"),
    elsewhere(K.UNENCRYPTED_ADDRESS, 'model.url = "http://example.com"', "https"),
    elsewhere(K.UNKNOWN_CONSTRAINT, f'{URL}\nmodel.constraint = "lark"', "json", 8),
    elsewhere(K.TWO_KEYS, f'{URL}\nmodel.key_env = "A"\nmodel.key_file = "/a"', "Remove", 9),
    elsewhere(K.SECRET_IN_DESK, f'{URL}\nmodel.key_file = "key"', "out of this folder", 8),
    Case(K.DUPLICATE_MODEL, {"models.lock.toml": OWN_MODEL}, "models.lock.toml", 3, "alias"),
    setting(K.UNKNOWN_TIMEZONE, "Lisbon", "Lisbona", 5, "Europe/Lisbon"),
    setting(K.UNKNOWN_LANGUAGE, '["en"]', '["pt-BR"]', 4, '"pt"'),
    setting(K.UNKNOWN_CURRENCY, "EUR", "XQX", 6, "ISO code"),
    setting(K.UNKNOWN_REPLY, "[demo]", '[messages]\ngreting = "x"\n[demo]', 10, "'greeting'"),
    setting(K.UNKNOWN_MODEL, "smollm-135m", "smolm-135m", 7, "smollm2-135m"),
    setting(K.SECRET_IN_DESK, "[demo]", '[identity]\nsecret_env = "hunter2"\n[demo]', 10,
            "environment variable"),
    setting(K.SECRET_IN_DESK, "currency", 'api_key = "x"\ncurrency', 6, "environment variable"),
    setting(K.DUPLICATE_CUSTOMER, '{ id = "ana" }', '{ id = "ana" }, { id = "ana" }', 11, "own"),
    step(K.EMPTY_TEXT, "  - say: ''\n", "Write a text"),
    step(K.OTHER_LANGUAGE, "  - say: {en: A, de: B}\n", "`languages`"),
    step(K.NO_FIRST_LANGUAGE, "  - say: {de: B}\n", "en: ..."),
    setting(K.MISSING_LANGUAGE, '["en"]', '["en", "de"]', 0, "`de: ...`")._replace(file=P, line=2),
    step(K.BROKEN_TEMPLATE, "  - say: '{{ text'\n", "docs/desk.md"),
    step(K.BROKEN_TEMPLATE, "  - say: '{{ text | uper }}'\n", "docs/desk.md"),
    step(K.SINGLE_BRACES, "  - say: 'It is {booking.status}'\n", "{{ booking.status }}"),
    when(K.BROKEN_EXPRESSION, "text ==", "docs/desk.md"),
    when(K.SINGLE_EQUALS, "text = 'x'", "`==`"),
    when(K.FOREIGN_OPERATOR, "text == 'x' && text", "`and`"),
    when(K.FOREIGN_OPERATOR, '"!text"', "`not`"),
    when(K.BRACES_IN_EXPRESSION, "\"{{ text }} == 'x'\"", "braces"),
    when(K.FORBIDDEN_EXPRESSION, "text.upper() == 'X'", "docs/desk.md"),
    when(K.UNKNOWN_NAME, "txt == 'x'", "Did you mean 'text'?"),
    when(K.UNKNOWN_NAME, "text == true", "Write True."),
    step(K.UNKNOWN_NAME, "  - confirm: S\n  - {tool: note, with: {text: zebra}}\n",
         "\"'zebra'\"", 1),
    step(K.UNKNOWN_NAME, "  - say: '{{ txt }}'\n", "Did you mean 'text'?"),
    step(K.UNKNOWN_ATTRIBUTE, "  - say: '{{ booking.referense }}'\n", "Did you mean 'reference'?"),
    when(K.UNKNOWN_ATTRIBUTE, "booking.statuss == 'open'", "Did you mean 'status'?"),
    step(K.UNKNOWN_ATTRIBUTE, "  - say: '{{ found.reference }}'\n", "`choose` or `each`"),
    step(K.UNKNOWN_ATTRIBUTE,
         "  - each: one\n    in: found\n    steps: [{say: '{{ one.dy }}'}]\n",
         "Did you mean 'day'?", 2),
    Case(K.UNKNOWN_ATTRIBUTE, {P: HEAD + STEPS.replace("key: reference", "key: ref")}, P, 11,
         "It has day, price, reference, status."),
    when(K.MONEY_AS_NUMBER, "booking.price > 10", "booking.price.amount"),
    when(K.DURATION_AS_NUMBER, "booking.day - today < 2", "days(booking.day - today)"),
    when(K.MIXED_TYPES, "booking.day > '2026-01-01'", "without quotes"),
    when(K.MIXED_TYPES, "days(booking.day) > 2", "days(a - b)"),
    when(K.IMPOSSIBLE_VALUE, "booking.status == 'closd'", "Did you mean 'closed'?"),
    when(K.IMPOSSIBLE_VALUE, "\"booking.status in ['opn']\"", "Did you mean 'open'?"),
    step(K.NOT_A_LIST, "  - {each: x, in: booking, steps: [{say: '{{ x }}'}]}\n", "list"),
    yaml(K.NOT_A_PROCEDURE, "- end\n", 1, "procedure: NAME"),
    yaml(K.DUPLICATE_PROCEDURE, HEAD + STEPS, 1, "Rename", name="zz"),
    step(K.NOT_A_STEP, "  - tol: note\n", "Did you mean `tool: ...`?"),
    step(K.TWO_STEPS_IN_ONE, "  - collect: text\n    say: Thanks\n", "`- say: ...`", 1),
    step(K.DUPLICATE_ID, "  - {say: A, id: a}\n  - {say: B, id: a}\n", "Rename"),
    step(K.UNKNOWN_NEXT, "  - {say: A, id: again}\n  - {say: B, next: agian}\n",
         "Did you mean 'again'?", 1),
    step(K.NEXT_AFTER_END, "  - {end: x, next: y}\n", "Remove"),
    step(K.NO_OTHERWISE, "  - branch: [{when: text, steps: [end]}]\n", "otherwise"),
    step(K.OTHERWISE_NOT_LAST, "  - branch:\n    - otherwise: [end]\n    - otherwise: [end]\n",
         "Remove", 2),
    step(K.ENDLESS, "  - {say: A, id: a, next: a}\n", "`end`", -3),
    step(K.UNKNOWN_SLOT, "  - collect: txet\n", "Did you mean 'text'?"),
    step(K.UNKNOWN_TOOL, "  - {tool: lok}\n", "Did you mean 'look'?"),
    step(K.UNKNOWN_PARAMETER, "  - {tool: look, with: {a: 1}}\n", "none"),
    step(K.MISSING_ARGUMENT, "  - confirm: S\n  - tool: note\n", "`text: ...`", 1),
    step(K.WRONG_ARGUMENT, "  - confirm: S\n  - {tool: note, with: {text: booking.price}}\n",
         "gives text", 1),
    step(K.WRONG_ARGUMENT, "  - confirm: S\n  - {tool: note, with: {text: 5}}\n", "\"'...'\"", 1),
    step(K.UNKNOWN_PROCEDURE, "  - call: take_nota\n", "Did you mean 'take_note'?"),
    step(K.CALLS_ITSELF, "  - call: take_note\n", "third"),
    step(K.WRITE_WITHOUT_CONFIRM, "  - tool: look\n  - {tool: note, with: {text: text}}\n",
         "- confirm:", 1),
    step(K.WRITE_NEEDS_WRITE, "  - confirm: S\n  - {tool: note, with: {text: text}, save: got}\n"
         "  - {tool: note, with: {text: got.reference}}\n", "between", 2),
    step(K.NAME_TAKEN, "  - {tool: look, save: customer}\n", "another name"),
    step(K.INVALID_NAME, "  - {tool: look, save: two words}\n", "letters"),
    step(K.UNREACHABLE_STEP, "  - end\n  - say: never\n", "`id:`", 1),
    step(K.RESULT_NEVER_READ, "  - {tool: look, save: more}\n", "Remove `save: more`."),
    step(K.RESULT_HIDES_SLOT, "  - {tool: look, save: text}\n", "another name"),
    yaml(K.PROCEDURE_NEVER_CALLED, _OTHER + "steps: [{collect: what}]\n", 1, "internal: true"),
    slot(K.NO_OPTIONS, "{type: choice, ask: A}", "options:"),
    slot(K.NO_PATTERN, "{type: reference, ask: A}", "pattern:"),
    slot(K.BROKEN_PATTERN, "{type: reference, ask: A, pattern: 'A['}", "regular expression"),
    slot(K.EMPTY_PATTERN, "{type: reference, ask: A, pattern: '[0-9]*'}", "+ instead of *"),
    slot(K.SLOW_PATTERN, "{type: reference, ask: A, pattern: 'HB-([0-9]+)+'}", "\\d+"),
    slot(K.NO_QUESTION, "{type: text}", "ask:"),
    slot(K.UNKNOWN_REGION, "{type: phone, ask: A, region: Portugal}", "PT"),
    slot(K.DUPLICATE_SYNONYM, "{type: choice, ask: A, options: {a: {title: A, synonyms: [x]}, "
         "b: {title: B, synonyms: [X]}}}", "one option"),
    slot(K.WITHOUT_EFFECT, "{type: text, ask: A, pattern: x}", "type: reference"),
    slot(K.WITHOUT_EFFECT, "{type: text, ask: A, invalid: No.}", "valid:"),
    Case(K.SLOT_NEVER_USED, {P: HEAD + "  more: {type: text}\n" + STEPS}, P, 7, "remove it"),
    Case(K.WORDS_NOT_IN_EXAMPLE,
         {P: HEAD.replace("a one", "{say: it rains, set: {text: snow}}") + STEPS}, P, 4, "Copy"),
    yaml(K.EXAMPLE_IN_TWO_PROCEDURES, HEAD.replace("take_note", "other") + STEPS, 4, "apart",
         name="zz"),
    always(K.PHRASE_WITHOUT_LETTER, '["112"]', "Write words"),
    always(K.PHRASE_TWICE, '[help me, "Help, me!"]', "once"),
    always(K.PHRASE_OF_INTERNAL, "[help me]\ninternal: true", "Remove `always`"),
    Case(
        K.WORDS_NOT_IN_EXAMPLE,
        {
            P: HEAD.replace(
                "examples: [a one, b two, c three, d four, e five, f six, g seven, h eight, i nine,"
                " j ten]",
                "examples:\n  en: [a, b, c, d, e, f, g, h, i, j]\n  es:\n  - x\n"
                "  - {say: y, set: {text: z}}",
            )
            + STEPS,
            "desk.toml": SETTINGS.replace('["en"]', '["en", "es"]'),
        },
        P,
        8,
        "Copy the words",
    ),
    Case(K.DUPLICATE_EXAMPLE, {P: HEAD.replace("b two", "A one") + STEPS}, P, 4, "Remove"),
    Case(K.FEW_EXAMPLES, {P: HEAD.replace(", j ten", "") + STEPS}, P, 4, "30 to 80"),
    tool(K.BROKEN_PYTHON, "def f(:\n", "Correct"),
    tool(K.IMPORT_FAILS, "import no_such_module_here\n", "Correct"),
    tool(K.UNTYPED_PARAMETER, "@read\ndef f(x) -> str: ...\n", "x: str"),
    tool(K.UNTYPED_RESULT, "@read\ndef f(): ...\n", "->"),
    tool(K.UNSUPPORTED_TYPE, "@read\ndef f(x: bytes) -> str: ...\n", "Decimal"),
    tool(K.UNREADABLE_TYPE, "@read\ndef f(x: 'Nope') -> str: ...\n", "import"),
    tool(K.ASYNC_TOOL, "@read\nasync def f() -> str: ...\n", "`def`"),
    tool(K.INVALID_TIMEOUT, "@read(timeout_s=-1)\ndef f() -> str: ...\n", "timeout_s=10"),
    tool(K.PARAMETER_WITHOUT_NAME, "@read\ndef f(*x: str) -> str: ...\n", "list[str]"),
    tool(K.SECOND_PREPARE, "@prepare\ndef f(): ...\n\n\n@prepare\ndef g(): ...\n", "Call one", 32),
    tool(K.WRITE_WITHOUT_KEY, "@write\ndef f() -> str: ...\n", "IdempotencyKey"),
    tool(K.TOOL_NEVER_CALLED, "@read\ndef f() -> str: ...\n", "tool: f"),
    article(K.BROKEN_HEAD, "---\ntitle: [\n---\nText.\n", "---", 3),
    article(K.ARTICLE_WITHOUT_TITLE, "Text.\n", "title: ..."),
    article(K.ARTICLE_WITHOUT_TEXT, "---\ntitle: A\nquestions: [B]\n---\n", "paragraph"),
    article(K.DUPLICATE_ARTICLE, "---\ntitle: A\nquestions: [B]\n---\nC\n", "Rename",
            name="sub/refunds"),
    article(K.DUPLICATE_TITLE, "---\ntitle: refunds\nquestions: [B]\n---\nC\n", "title",
         2, name="zz"),
    article(K.DUPLICATE_QUESTION, "---\ntitle: A\nquestions:\n- How long?\n---\nC\n", "Leave",
         4, name="zz"),
    article(K.NO_QUESTIONS, "---\ntitle: A\n---\nC\n", "questions:"),
    article(K.UNKNOWN_KEY, "---\ntitle: A\nquestion: [B]\n---\nC\n", "Did you mean 'questions'?",
            3),
    article(K.INVALID_VALUE, "---\ntitle: A\nquestions: B\n---\nC\n", "- ...", 3),
    Case(K.NOT_CONVERSATIONS, {"tests/x.yaml": "test: a\n"}, "tests/x.yaml", 1, "- test: NAME"),
    conversation(K.OTHER_LANGUAGE, "- test: b\n  language: de\n  turns: []\n", "leave it out", 7),
    conversation(K.UNKNOWN_CUSTOMER, "- test: b\n  customer: bob\n  turns: []\n", "[demo]", 7),
    conversation(K.BROKEN_MEANS, "    - {say: b, means: begin take_note}\n", "start PROCEDURE", 6),
    conversation(K.UNKNOWN_PROCEDURE, "    - {say: b, means: start take_nte}\n", "'take_note'", 6),
    conversation(K.UNKNOWN_SLOT, "    - {say: b, means: set txt b}\n", "Did you mean 'text'?", 6),
    conversation(K.UNKNOWN_TOOL, "    - {say: b, calls: lok}\n", "Did you mean 'look'?", 6),
    conversation(K.UNKNOWN_TOOL, "  end: {writes: [{nota: {}}]}\n", "Did you mean 'note'?", 6),
    conversation(K.UNKNOWN_ARTICLE, "    - {say: b, cites: refund}\n", "'refunds'", 6),
    conversation(K.UNKNOWN_WAITING, "    - {say: b, waiting: bookin}\n", "'booking'", 6),
    conversation(K.UNKNOWN_PLACEHOLDER, "    - {say: b, fetch: {code: select 1}}\n", "{code}", 6),
    conversation(K.BROKEN_QUERY, "  end: {data: {selct 1: 2}}\n", "select", 6),
    conversation(K.INVALID_VALUE, "    - {means: ask}\n", "docs/desk.md", 6),
    Case(K.NO_CLOCK, {"desk.toml": SETTINGS.replace("now =", "# now =")}, "desk.toml", 1, "now ="),
    conversation(K.DUPLICATE_TEST, "- test: a note\n  turns: []\n", "own name", 6),
    conversation(K.TEST_COPIES_EXAMPLE, "    - {say: A one!, means: start take_note}\n", "other",
         6),
    Case(K.PROCEDURE_WITHOUT_TESTS, {"tests/notes.yaml": None}, P, 1, "start take_note"),
]  # fmt: skip

BY_LIKENESS = frozenset({K.PROCEDURES_ALIKE, K.EXAMPLE_WON_BY_ANOTHER, K.ARTICLE_NOT_FOUND})
"""Kinds that need embeddings; test_evaluation_likeness.py provokes them."""
