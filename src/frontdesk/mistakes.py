"""Every kind of mistake that ``frontdesk check`` finds in a desk's files.

The name of a kind is stable: scripts and editors may rely on it. ``docs/mistakes.md`` is generated
from this table.
"""

from __future__ import annotations

from enum import Enum, unique
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning"]
"""With an error a desk doesn't load; with a warning it does, and may not do what is meant."""
Where: TypeAlias = Literal[
    "any file",
    "YAML",
    "desk.toml",
    "texts",
    "expressions",
    "steps",
    "slots",
    "examples",
    "tools.py",
    "articles",
    "tests",
]


@unique
class Kind(Enum):
    """A kind of mistake: where it is made, how bad it is, and what it is."""

    def __init__(self, where: Where, severity: Severity, title: str) -> None:
        self.where = where
        self.severity = severity
        self.title = title

    @property
    def slug(self) -> str:
        """Its name for people and programs, like ``unknown-slot``."""
        return self.name.lower().replace("_", "-")

    # -- any file -----------------------------------------------------------------------------
    UNREADABLE_FILE = ("any file", "error", "A file can't be opened")
    NOT_UTF8 = ("any file", "error", "A file is in another encoding than UTF-8")
    MISPLACED_FILE = ("any file", "warning", "A file that is never read: wrong folder or ending")
    UNKNOWN_KEY = ("any file", "error", "A key that nobody reads, often a misspelt one")
    MISSING_KEY = ("any file", "error", "A key that must be there is missing")
    INVALID_VALUE = ("any file", "error", "A value of the wrong type or form")
    NESTED_TOO_DEEPLY = ("any file", "error", "A file is nested too deeply, or holds itself")

    # -- YAML ---------------------------------------------------------------------------------
    TAB_INDENTATION = ("YAML", "error", "A line is indented with a tab")
    WRONG_INDENTATION = (
        "YAML",
        "error",
        "A line doesn't stand in the column of those it goes with",
    )
    COLON_IN_TEXT = ("YAML", "error", "A text with a colon has no quotes")
    UNCLOSED_QUOTE = ("YAML", "error", "A quote is never closed")
    UNQUOTED_TEMPLATE = ("YAML", "error", "A text that begins with `{{` has no quotes")
    UNQUOTED_CHARACTER = ("YAML", "error", "A text that begins with a sign like @ has no quotes")
    BROKEN_YAML = ("YAML", "error", "Something else that isn't YAML")
    DUPLICATE_KEY = ("YAML", "error", "A key stands twice in one mapping")

    # -- desk.toml ----------------------------------------------------------------------------
    NO_DESK = ("desk.toml", "error", "The folder has no desk.toml")
    NO_PROCEDURES = ("desk.toml", "error", "The desk has no procedures")
    BROKEN_TOML = ("desk.toml", "error", "desk.toml isn't TOML")
    OLD_FORMAT = ("desk.toml", "error", "A file format of an older frontdesk")
    UNKNOWN_FORMAT = ("desk.toml", "error", "A file format of another version of frontdesk")
    UNKNOWN_TIMEZONE = ("desk.toml", "error", "A time zone that there isn't")
    UNKNOWN_LANGUAGE = ("desk.toml", "error", "A language that there isn't, or one with a country")
    UNKNOWN_CURRENCY = ("desk.toml", "error", "A currency that there isn't")
    UNKNOWN_REPLY = ("desk.toml", "error", "A built-in reply that there isn't")
    UNKNOWN_MODEL = ("desk.toml", "error", "A model that isn't in the catalogue")
    DUPLICATE_MODEL = ("desk.toml", "error", "Two models have one name")
    LOCAL_ENGINE = ("desk.toml", "error", "A setting for an engine elsewhere, without its address")
    BROKEN_ADDRESS = ("desk.toml", "error", "An engine's address that isn't one")
    UNENCRYPTED_ADDRESS = ("desk.toml", "error", "Messages would leave the network unencrypted")
    UNKNOWN_CONSTRAINT = ("desk.toml", "error", "A constraint that the engine doesn't take")
    TWO_KEYS = ("desk.toml", "error", "An engine's key stands in two places")
    SECRET_IN_DESK = ("desk.toml", "error", "A secret in a file that goes into git")
    DUPLICATE_CUSTOMER = ("desk.toml", "error", "Two customers of the demo have one id")

    # -- texts for customers ------------------------------------------------------------------
    EMPTY_TEXT = ("texts", "error", "A text without words")
    OTHER_LANGUAGE = ("texts", "error", "A text in a language that the desk doesn't have")
    NO_FIRST_LANGUAGE = ("texts", "error", "A text that lacks the desk's first language")
    MISSING_LANGUAGE = ("texts", "warning", "A text that lacks one of the desk's languages")
    BROKEN_TEMPLATE = ("texts", "error", "A text that isn't a template")
    SINGLE_BRACES = ("texts", "warning", "A name in single braces, which stays as it is")

    # -- expressions --------------------------------------------------------------------------
    BROKEN_EXPRESSION = ("expressions", "error", "Something that isn't an expression")
    SINGLE_EQUALS = ("expressions", "error", "`=` where two values are compared")
    FOREIGN_OPERATOR = ("expressions", "error", "`&&`, `||` or `!`, which other languages have")
    BRACES_IN_EXPRESSION = ("expressions", "error", "`{{ ... }}` in an expression")
    FORBIDDEN_EXPRESSION = ("expressions", "error", "A call, or something else not allowed")
    UNKNOWN_NAME = ("expressions", "error", "A name that nothing has: no slot, no result")
    UNKNOWN_ATTRIBUTE = ("expressions", "error", "An attribute that a tool's result doesn't have")
    MONEY_AS_NUMBER = ("expressions", "error", "Money compared or added with a number")
    DURATION_AS_NUMBER = ("expressions", "error", "A duration compared with a number of days")
    MIXED_TYPES = ("expressions", "error", "Two values that can't be compared or computed with")
    IMPOSSIBLE_VALUE = ("expressions", "error", "A comparison with a value that can never be")
    NOT_A_LIST = ("expressions", "error", "`from` or `in` of something that isn't a list")

    # -- steps --------------------------------------------------------------------------------
    NOT_A_PROCEDURE = ("steps", "error", "A file in procedures/ that holds no procedure")
    DUPLICATE_PROCEDURE = ("steps", "error", "Two procedures have one name")
    NOT_A_STEP = ("steps", "error", "A step that begins with no known word")
    TWO_STEPS_IN_ONE = ("steps", "error", "Two steps behind one dash")
    DUPLICATE_ID = ("steps", "error", "Two steps have one id")
    UNKNOWN_NEXT = ("steps", "error", "`next` leads to no step")
    NEXT_AFTER_END = ("steps", "error", "`next` at a step that ends the procedure")
    NO_OTHERWISE = ("steps", "error", "A branch without `otherwise`")
    OTHERWISE_NOT_LAST = ("steps", "error", "Something stands behind `otherwise`")
    ENDLESS = ("steps", "error", "No way leads to an end")
    UNKNOWN_SLOT = ("steps", "error", "A slot that the procedure doesn't have")
    UNKNOWN_TOOL = ("steps", "error", "A tool that tools.py doesn't have")
    UNKNOWN_PARAMETER = ("steps", "error", "An argument that the tool doesn't take")
    MISSING_ARGUMENT = ("steps", "error", "An argument that the tool needs is missing")
    WRONG_ARGUMENT = ("steps", "error", "An argument of another type than the tool takes")
    UNKNOWN_PROCEDURE = ("steps", "error", "A procedure that the desk doesn't have")
    CALLS_ITSELF = ("steps", "error", "A procedure calls itself, maybe through another")
    WRITE_WITHOUT_CONFIRM = ("steps", "error", "A write without the customer's consent")
    WRITE_NEEDS_WRITE = ("steps", "error", "A write needs the result of one under the same yes")
    NAME_TAKEN = ("steps", "error", "A name that has a meaning already")
    INVALID_NAME = ("steps", "error", "A name that expressions can't read")
    UNREACHABLE_STEP = ("steps", "warning", "A step that no way leads to")
    RESULT_NEVER_READ = ("steps", "warning", "A result is saved and never read")
    RESULT_HIDES_SLOT = ("steps", "warning", "A result is saved under the name of a slot")
    PROCEDURE_NEVER_CALLED = ("steps", "warning", "An internal procedure that nobody calls")

    # -- slots --------------------------------------------------------------------------------
    NO_OPTIONS = ("slots", "error", "A choice without options")
    NO_PATTERN = ("slots", "error", "A reference without a pattern")
    BROKEN_PATTERN = ("slots", "error", "A pattern that isn't a regular expression")
    EMPTY_PATTERN = ("slots", "error", "A pattern that even an empty text matches")
    SLOW_PATTERN = ("slots", "error", "A pattern that can take for ever")
    NO_QUESTION = ("slots", "error", "A slot that is asked for and has no question")
    UNKNOWN_REGION = ("slots", "error", "A country that there isn't")
    DUPLICATE_SYNONYM = ("slots", "error", "Two options share a word")
    WITHOUT_EFFECT = ("slots", "warning", "A setting that does nothing here")
    SLOT_NEVER_USED = ("slots", "warning", "A slot that no step asks for or reads")

    # -- examples -----------------------------------------------------------------------------
    WORDS_NOT_IN_EXAMPLE = ("examples", "error", "Words under `set` that `say` doesn't have")
    EXAMPLE_IN_TWO_PROCEDURES = ("examples", "error", "Two procedures have the same example")
    DUPLICATE_EXAMPLE = ("examples", "warning", "An example stands twice")
    FEW_EXAMPLES = ("examples", "warning", "A procedure with fewer than ten examples")
    PHRASE_WITHOUT_LETTER = ("examples", "error", "A phrase under `always` without a letter")
    PHRASE_TWICE = ("examples", "error", "A phrase under `always` stands twice")
    PHRASE_OF_INTERNAL = ("examples", "error", "`always` at a procedure that only others start")
    PROCEDURES_ALIKE = (
        "examples",
        "warning",
        "Two procedures whose examples are hard to tell apart",
    )
    EXAMPLE_WON_BY_ANOTHER = (
        "examples",
        "warning",
        "An example that is nearer to another procedure",
    )

    # -- tools.py -----------------------------------------------------------------------------
    BROKEN_PYTHON = ("tools.py", "error", "tools.py isn't Python")
    IMPORT_FAILS = ("tools.py", "error", "tools.py, or what it imports, raises an error")
    UNTYPED_PARAMETER = ("tools.py", "error", "A tool's parameter without a type")
    UNTYPED_RESULT = ("tools.py", "error", "A tool's result without a type")
    UNSUPPORTED_TYPE = ("tools.py", "error", "A type that tools can't take or return")
    UNREADABLE_TYPE = ("tools.py", "error", "A type that can't be read")
    ASYNC_TOOL = ("tools.py", "error", "A tool that is `async`")
    INVALID_TIMEOUT = ("tools.py", "error", "A time-out that is no number of seconds")
    PARAMETER_WITHOUT_NAME = ("tools.py", "error", "A parameter that can't be given by name")
    SECOND_PREPARE = ("tools.py", "error", "Two functions have @prepare")
    WRITE_WITHOUT_KEY = ("tools.py", "warning", "A write that can't know a repetition")
    TOOL_NEVER_CALLED = ("tools.py", "warning", "A tool that no procedure calls")

    # -- articles -----------------------------------------------------------------------------
    BROKEN_HEAD = ("articles", "error", "The lines between the `---` aren't YAML")
    ARTICLE_WITHOUT_TITLE = ("articles", "error", "An article without a title")
    ARTICLE_WITHOUT_TEXT = ("articles", "error", "An article without a paragraph")
    DUPLICATE_ARTICLE = ("articles", "error", "Two articles have one file name")
    DUPLICATE_TITLE = ("articles", "error", "Two articles have one title")
    DUPLICATE_QUESTION = ("articles", "warning", "Two articles have the same question")
    NO_QUESTIONS = ("articles", "warning", "An article without example questions")
    ARTICLE_NOT_FOUND = ("articles", "warning", "An article that no question reaches")

    # -- tests --------------------------------------------------------------------------------
    NOT_CONVERSATIONS = ("tests", "error", "A file in tests/ that isn't a list of conversations")
    UNKNOWN_CUSTOMER = ("tests", "error", "A customer that desk.toml doesn't have")
    BROKEN_MEANS = ("tests", "error", "A line of `means` that isn't a command")
    UNKNOWN_ARTICLE = ("tests", "error", "`cites` an article that the desk doesn't have")
    UNKNOWN_WAITING = ("tests", "error", "`waiting` for something that no step asks for")
    UNKNOWN_PLACEHOLDER = ("tests", "error", "A query under `fetch` that `say` has no place for")
    BROKEN_QUERY = ("tests", "error", "A query that isn't SQL")
    NO_CLOCK = ("tests", "error", "There are tests, and desk.toml has no `now`")
    DUPLICATE_TEST = ("tests", "warning", "Two conversations have one name")
    TEST_COPIES_EXAMPLE = ("tests", "warning", "A message that is an example too, so tests nothing")
    PROCEDURE_WITHOUT_TESTS = ("tests", "warning", "A procedure that no conversation starts")
