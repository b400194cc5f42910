"""Articles in Markdown, cut into sections that can be quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import frontmatter
import yaml
from babel import localedata
from markdown_it import MarkdownIt
from pydantic import BaseModel, ConfigDict, Field

from frontdesk.errors import Problem
from frontdesk.mistakes import Kind
from frontdesk.types.desk import Article


class Head(BaseModel):
    """What stands between the lines `---` at the beginning of an article."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1, description="What the article is called in citations.")
    questions: tuple[str, ...] = Field(
        (), description="How customers ask for it, in different words: about nine."
    )


def load(folder: Path, languages: Sequence[str] = ("en",)) -> tuple[list[Article], list[Problem]]:
    """The sections of every article in ``knowledge/``, and every mistake in them.

    Args:
        folder: the desk's.
        languages: the desk's, the first one first; empty if its settings can't be read.
    """
    articles: list[Article] = []
    problems: list[Problem] = []
    seen = _Seen({}, {}, {})
    for file in sorted((folder / "knowledge").glob("**/*.md")):
        name, suffix = name_and_language(file)
        language = suffix or (languages[0] if languages else "en")
        if suffix and languages and suffix not in languages:
            fix = f'Add "{suffix}" to `languages` in desk.toml, or name the file otherwise.'
            message = f"{suffix!r} is none of the desk's languages"
            problems.append(Problem(file, 1, Kind.OTHER_LANGUAGE, message, fix))
            continue
        if (other := seen.names.setdefault((language, name), file)) != file:
            message = f"another article is called {name!r}, in the same language: {other}"
            fix = "Rename one of the files, or remove it."
            problems.append(Problem(file, 1, Kind.DUPLICATE_ARTICLE, message, fix))
            continue
        text = _text(file)
        if isinstance(text, Problem):
            problems.append(text)
            continue
        try:
            post = frontmatter.loads(text)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            mark = getattr(error, "context_mark", None) or getattr(error, "problem_mark", None)
            line = getattr(mark, "line", 0) + 1
            fix = "Correct the lines between the `---`; put texts with a colon in quotes."
            message = f"has a broken head: {error}"
            problems.append(Problem(file, line, Kind.BROKEN_HEAD, message, fix))
            continue
        problems += _head_problems(file, text, post.metadata)
        title = str(post.metadata.get("title") or "").strip()
        sections = _sections(post.content)
        if not title:
            fix = "Begin with `---`, `title: ...`, `---`."
            message = "the article has no title"
            problems.append(Problem(file, 1, Kind.ARTICLE_WITHOUT_TITLE, message, fix))
        if not sections:
            fix = "Write a paragraph below the head."
            message = "the article has no text"
            problems.append(Problem(file, 1, Kind.ARTICLE_WITHOUT_TEXT, message, fix))
        questions = _questions(post.metadata.get("questions"))
        problems += _repetitions(file, text, title, questions, language, seen)
        if title:
            articles += [
                Article(name, title, heading, text, questions, language)
                for heading, text in sections
            ]
    return articles, problems


def name_and_language(file: Path) -> tuple[str, str]:
    """The article's name, and the language in the file's name: ``refunds.es.md`` is Spanish."""
    name, dot, suffix = file.stem.rpartition(".")
    if dot and name and re.fullmatch(r"[a-z]{2,3}", suffix) and localedata.exists(suffix):
        return name, suffix
    return file.stem, ""


def _text(file: Path) -> str | Problem:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        fix = "Save it as a text file in UTF-8."
        return Problem(file, 1, Kind.NOT_UTF8, f"can't be read: {error}", fix)
    except OSError as error:
        fix = "Make it a file that you may read."
        return Problem(file, 1, Kind.UNREADABLE_FILE, f"can't be read: {error.strerror}", fix)


def _head_problems(file: Path, text: str, head: Mapping[str, object]) -> Iterator[Problem]:
    known = tuple(Head.model_fields)
    for key in sorted(map(str, head.keys() - set(known))):
        near = get_close_matches(key, known, 1)
        fix = f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(known)}."
        message = f"{key!r} is not known in an article's head"
        yield Problem(file, line_of(text, key), Kind.UNKNOWN_KEY, message, fix)
    questions = head.get("questions")
    line = line_of(text, "questions")
    if questions is not None and not _are_texts(questions):
        fix = "Write each on a line of its own, as `- ...`, in quotes if it has a colon."
        message = "`questions` is not a list of texts"
        yield Problem(file, line, Kind.INVALID_VALUE, message, fix)
    if not questions and head.get("title"):
        message = "the article has no example questions"
        fix = "Add `questions:`, about nine, as customers ask them."
        yield Problem(file, line, Kind.NO_QUESTIONS, message, fix)


def line_of(text: str, words: str) -> int:
    """The first line that begins with the words, but for dashes, quotes and spaces, or 1."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip(" -'\"").startswith(words):
            return number
    return 1


@dataclass(frozen=True)
class _Seen:
    """What the articles before had, each in its language."""

    names: dict[tuple[str, str], Path]
    titles: dict[tuple[str, str], Path]
    questions: dict[tuple[str, str], Path]


def _repetitions(
    file: Path, text: str, title: str, questions: tuple[str, ...], language: str, seen: _Seen
) -> Iterator[Problem]:
    """What another article in the same language has already."""
    if title and (other := seen.titles.setdefault((language, title.casefold()), file)) != file:
        message = f"{other.name} has the same title"
        fix = "Let the title say what only this article is about."
        yield Problem(file, line_of(text, "title"), Kind.DUPLICATE_TITLE, message, fix)
    for question in questions:
        other = seen.questions.setdefault((language, question.casefold().strip()), file)
        if other != file:
            message = f"{other.name} has the question {question!r} too"
            fix = "Leave it where it is answered."
            yield Problem(file, line_of(text, question), Kind.DUPLICATE_QUESTION, message, fix)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _sections(text: str) -> list[tuple[str, str]]:
    """Pairs of heading and text; the part before the first heading has an empty one."""
    lines = text.split("\n")  # as Markdown counts them; splitlines() also cuts at form feeds
    tokens = MarkdownIt("commonmark").parse(text)
    cuts: list[tuple[int, int, str]] = [(0, 0, "")]
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.map and token.level == 0:
            cuts.append((token.map[0], token.map[1], tokens[index + 1].content.strip()))
    sections = []
    for (_, begin, heading), end in zip(
        cuts, [*(start for start, _, _ in cuts[1:]), len(lines)], strict=True
    ):
        body = "\n".join(lines[begin:end]).strip()
        if body:
            sections.append((heading, body))
    return sections


def _questions(value: object) -> tuple[str, ...]:
    return tuple(str(question) for question in value) if isinstance(value, list) else ()
