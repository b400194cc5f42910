"""What the desk says by itself; ``[messages]`` in desk.toml replaces any of it."""

from __future__ import annotations

from collections.abc import Mapping

from frontdesk.procedures.templates import pick, render
from frontdesk.types.desk import Desk
from frontdesk.types.events import Button
from frontdesk.types.procedures import Text
from frontdesk.types.values import Value

MESSAGES: Mapping[str, Text] = {
    "greeting": {
        "en": "Hello, this is the automated assistant of {{ desk }}. How can I help?",
    },
    "chat": {"en": "I'm glad to help. What can I do for you?"},
    "chat_within": {"en": "You're welcome."},
    "not_understood": {"en": "Sorry, I didn't understand that."},
    "offer": {"en": "Shall I ask a colleague to take over?"},
    "hint": {"en": "If you would rather talk to a colleague, just say so."},
    "not_known": {"en": "I don't know that. Shall I ask a colleague?"},
    "not_known_within": {
        "en": "I don't know that. If you would like a colleague to answer it, just say so."
    },
    "declined": {"en": "All right."},
    "clarify": {"en": "I want to be sure that I get this right. What would you like?"},
    "something_else": {"en": "Something else"},
    "a_question": {"en": "An answer to a question"},
    "a_person": {"en": "A colleague"},
    "cancelled": {"en": "All right, I've stopped this. Nothing was changed."},
    "cancelled_after_write": {
        "en": "All right, I've stopped here. What was done before stays done."
    },
    "back": {"en": "Back to: {{ title }}."},
    "hesitation": {"en": "No hurry: nothing happens until you say yes."},
    "stale": {"en": "That was about an earlier question."},
    "all": {"en": "All of these"},
    "yes": {"en": "Yes"},
    "no": {"en": "No"},
    "sign_in": {"en": "For that I need to know who you are: please sign in first."},
    "already_done": {
        "en": "That part is done already and can't be changed here any more."
    },
    "not_a_value": {"en": "I couldn't use that as an answer."},
    "not_found": {"en": "I can't find {{ words }} among yours."},
    "not_available": {"en": "{{ words }} can't be chosen here."},
    "tool_failed": {
        "en": "I can't reach the system that I need for this. I'm asking a colleague to help you."
    },
    "outcome_unknown": {
        "en": "I could not confirm whether this was done, so I won't try again. "
        "A colleague will check it and tell you."
    },
    "handed_over": {"en": "I'm passing you on to a colleague, who will answer you here."},
    "problem": {
        "en": "Something went wrong on our side, and nothing more was done. "
        "I'm asking a colleague to help you."
    },
    "model_failed": {
        "en": "I'm having trouble understanding messages at the moment. Please try again, "
        "or I can ask a colleague to take over."
    },
    "released": {"en": "You are talking to the automated assistant again."},
}  # fmt: skip


def message(desk: Desk, name: str, language: str, **values: Value) -> str:
    """A built-in reply in this language, in the desk's own words when it has some."""
    text = dict(MESSAGES[name]) | dict(desk.messages.get(name, {}))
    return render(pick(text, language), {"desk": desk.name} | values, language)


def yes_no(desk: Desk, language: str, yes: str, no: str) -> tuple[Button, Button]:
    """Two buttons."""
    return (
        Button(message(desk, "yes", language), yes),
        Button(message(desk, "no", language), no),
    )
