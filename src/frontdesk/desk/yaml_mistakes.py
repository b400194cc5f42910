"""What a message of the YAML parser means to somebody who writes a desk."""

from __future__ import annotations

import re

import yaml

from frontdesk.mistakes import Kind

Explained = tuple[int, Kind, str, str]
"""The line, counting from 1, the kind, what is wrong and what to write instead."""

_SIGN = re.compile(r"(?:[:-]\s+)([@`%&*!|>])")
"""A sign with a meaning to YAML at the beginning of a value."""


def explain_yaml(error: yaml.MarkedYAMLError, text: str) -> Explained:
    """What is wrong, from the parser's message and the line that it stopped at."""
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    lines = text.splitlines()
    problem, context = error.problem or "", error.context or ""
    found = (
        _tab(line, lines)
        or _quote(error, context)
        or _template(line, lines)
        or _sign(line, lines, problem)
        or _colon(line, lines, problem)
        or _indentation(line, problem)
    )
    what = " ".join(filter(None, (context, problem)))
    fix = "Check the indentation and the quotes of this line and the one above."
    return found or (line, Kind.BROKEN_YAML, f"is not YAML: {what}", fix)


def _tab(line: int, lines: list[str]) -> Explained | None:
    for number in (line, line - 1):
        if 0 < number <= len(lines) and re.match(r"[ -]*\t", lines[number - 1]):
            text = "is not YAML: the line is indented with a tab"
            return number, Kind.TAB_INDENTATION, text, "Indent with spaces, two for each level."
    return None


def _quote(error: yaml.MarkedYAMLError, context: str) -> Explained | None:
    if "quoted scalar" not in context or error.context_mark is None:
        return None
    text = "is not YAML: a quote is opened here and never closed"
    fix = "Close it, or write the text in the other quotes, double or single, if it has one itself."
    return error.context_mark.line + 1, Kind.UNCLOSED_QUOTE, text, fix


def _template(line: int, lines: list[str]) -> Explained | None:
    for number in (line, line - 1):
        if 0 < number <= len(lines) and re.search(r"(?:[:-]\s+)\{\{", lines[number - 1]):
            text = "is not YAML: a text begins with `{{` and has no quotes"
            fix = 'Put the whole text in quotes: "{{ ... }} ...".'
            return number, Kind.UNQUOTED_TEMPLATE, text, fix
    return None


def _sign(line: int, lines: list[str], problem: str) -> Explained | None:
    found = _SIGN.search(lines[line - 1]) if line <= len(lines) else None
    told = ("cannot start", "undefined alias", "constructor for the tag", "expected")
    if found is None or not any(words in problem for words in told):
        return None
    text = f"is not YAML: a text begins with `{found[1]}` and has no quotes"
    return line, Kind.UNQUOTED_CHARACTER, text, 'Put the whole text in quotes: "...".'


def _colon(line: int, lines: list[str], problem: str) -> Explained | None:
    here = lines[line - 1] if line <= len(lines) else ""
    if "mapping values are not allowed" not in problem or len(re.findall(r":(?:\s|$)", here)) < 2:
        return None
    text = "is not YAML: a text with a colon has no quotes"
    return line, Kind.COLON_IN_TEXT, text, 'Put the whole text in quotes: "...".'


def _indentation(line: int, problem: str) -> Explained | None:
    wrong = (
        "mapping values are not allowed",
        "expected <block end>",
        "could not find expected ':'",
    )
    if not any(words in problem for words in wrong):
        return None
    text = "is not YAML: the line doesn't stand in the column of those it goes with"
    fix = "Begin it in the column of its neighbours, or two spaces behind what it is part of."
    return line, Kind.WRONG_INDENTATION, text, fix
