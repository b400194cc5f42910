"""Articles in Markdown, cut into sections that can be quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

import frontmatter
import yaml
from babel import localedata
from markdown_it import MarkdownIt

from frontdesk.errors import Problem
from frontdesk.types.desk import Article

_KEYS = ("title", "questions")


def load(folder: Path, languages: Sequence[str] = ("en",)) -> tuple[list[Article], list[Problem]]:
    """The sections of every article in ``knowledge/``, and what keeps others from being read.

    Args:
        folder: the desk's.
        languages: the desk's, the first one first; empty if its settings can't be read.
    """
    articles: list[Article] = []
    problems: list[Problem] = []
    files: dict[tuple[Path, str], Path] = {}
    for file in sorted((folder / "knowledge").glob("**/*.md")):
        name, suffix = name_and_language(file)
        language = suffix or (languages[0] if languages else "en")
        other = files.setdefault((file.parent / name, language), file)
        if suffix and languages and suffix not in languages:
            fix = f'Add "{suffix}" to `languages` in desk.toml, or name the file otherwise.'
            problems.append(Problem(file, 1, f"{suffix!r} is none of the desk's languages", fix))
            continue
        if other != file:
            text = f"the article is in {other.name} already, in the same language"
            problems.append(Problem(file, 1, text, "Keep one of the two files."))
            continue
        try:
            post = frontmatter.loads(file.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            fix = "Save it as a text file in UTF-8."
            problems.append(Problem(file, 1, f"can't be read: {error}", fix))
            continue
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            fix = "Correct the lines between the `---`."
            problems.append(Problem(file, 1, f"has a broken head: {error}", fix))
            continue
        problems += _head_problems(file, post.metadata)
        title = str(post.metadata.get("title") or "").strip()
        sections = _sections(post.content)
        if not title or not sections:
            what, fix = ("title", "Begin with `---`, `title: ...`, `---`.")
            if title:
                what, fix = "text", "Write a paragraph below the head."
            problems.append(Problem(file, 1, f"the article has no {what}", fix))
            continue
        questions = _questions(post.metadata.get("questions"))
        articles += [
            Article(name, title, heading, text, questions, language) for heading, text in sections
        ]
    return articles, problems


def name_and_language(file: Path) -> tuple[str, str]:
    """The article's name, and the language in the file's name: ``refunds.es.md`` is Spanish."""
    name, dot, suffix = file.stem.rpartition(".")
    if dot and name and re.fullmatch(r"[a-z]{2,3}", suffix) and localedata.exists(suffix):
        return name, suffix
    return file.stem, ""


def _head_problems(file: Path, head: Mapping[str, object]) -> Iterator[Problem]:
    for key in head.keys() - set(_KEYS):
        near = get_close_matches(str(key), _KEYS, 1)
        fix = f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(_KEYS)}."
        yield Problem(file, 1, f"{key!r} is not known in an article's head", fix)
    questions = head.get("questions")
    if questions is not None and not _are_texts(questions):
        fix = "Write each on a line of its own, as `- ...`, in quotes if it has a colon."
        yield Problem(file, 1, "`questions` is not a list of texts", fix)


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
