"""An agent as most are made: a prompt with policies, tool calls in JSON, a loop.

What the desk is compared with. It is made as well as these small weights allow: the answer is
constrained to a call that exists, with arguments of the right types; JSON without spare spaces; a
prompt that is only appended to, so that the engine's cache holds all but the newest message; the
articles are searched by the desk's own retriever instead of filling the prompt; the same call is
not made twice in a turn; after some calls it must answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from frontdesk.errors import ModelError
from frontdesk.evaluation.outcomes import Made
from frontdesk.evaluation.plain_tools import arguments_schema, describe, shown, value_of
from frontdesk.ports import LanguageModel, Retriever, Tools
from frontdesk.tools.load import Toolbox
from frontdesk.types.desk import Customer, Desk
from frontdesk.types.generation import NOTHING, Constraint, Generation, Message, Usage

CALLS = 6
"""Tool calls in a turn, at most; then it must answer."""
_ANSWER_TOKENS = 300
_PASSAGES = 2
_TIMEOUT_S = 180.0

_EXAMPLES = "## Examples\n"
"""Behind it a policy has example turns, a line each: ``customer:``, ``agent:`` or ``result:``."""
_REPEATED = '{"error":"You have made this call already; its result is above."}'

_HOW = """\
You are the customer-service agent of {name}. You have these tools:
{tools}
- search_articles(question: text) reads. Finds passages of the help articles.
- hand_over(reason: text) writes. A human colleague takes over this conversation.

Each of your answers is one JSON object, either
{{"tool":NAME,"arguments":{{...}}}} to call a tool; its result comes back to you, or
{{"say":TEXT}} to answer the customer and wait for what they write.

Rules:
- Look up with tools before you answer. Never invent references, amounts, dates or policies.
- Take references, amounts and dates from results or from the customer's words only.
- Before you call a tool that writes, say exactly what you are going to do and ask for a yes. Call
  it only when the customer has agreed. Call it once.
- Questions about rules and how things work: search_articles, then answer from the passages only.
- Answer in one to three short sentences.

Policies:
{policy}"""


@dataclass(frozen=True)
class PlainTurn:
    """What came of a customer's message."""

    reply: str
    usage: Usage
    made: tuple[Made, ...] = ()
    """The tool calls of the turn, reads too."""


@dataclass(frozen=True)
class Setting:
    """What all conversations of a desk's plain agent share."""

    desk: Desk
    toolbox: Toolbox
    policy: str
    model: LanguageModel
    retriever: Retriever

    def prefix(self) -> tuple[Message, ...]:
        """What every prompt begins with."""
        policy, _, examples = self.policy.partition(_EXAMPLES)
        text = _HOW.format(name=self.desk.name, tools=describe(self.toolbox), policy=policy.strip())
        lines = [line.partition(": ") for line in examples.splitlines() if line.strip()]
        return (Message("system", text), *(_shown_turn(who, said) for who, _, said in lines))


@dataclass
class PlainAgent:
    """One conversation."""

    setting: Setting
    tools: Tools
    customer: Customer | None
    now: datetime
    writes: list[Made] = field(default_factory=list)
    """Calls of tools that write, in their order."""
    handed_over: bool = False

    def __post_init__(self) -> None:
        self.messages = list(self.setting.prefix())
        """What the model has read and written; only appended to."""
        self._begun = False

    async def answer(self, said: str) -> PlainTurn:
        """Takes the customer's message, calls tools, and answers."""
        self.messages.append(Message("user", self._heading() + said))
        usage, made, repeats = NOTHING, list[Made](), False
        while True:
            try:
                text, cost = await self._write(may_call=len(made) < CALLS and not repeats)
            except ModelError as error:
                return PlainTurn(f"({error})", usage, tuple(made))
            usage += cost
            self.messages.append(Message("assistant", text))
            action = _action(text)
            if "tool" not in action:
                return PlainTurn(str(action.get("say", "")), usage, tuple(made))
            call = Made(action["tool"], action.get("arguments") or {})
            repeats = call in made
            result = _REPEATED if repeats else await self._call(call)
            made.append(call)
            self.messages.append(_shown_turn("result", result))

    def _heading(self) -> str:
        """Who writes and when, on the first message alone: the prompt is only appended to."""
        if self._begun:
            return ""
        self._begun = True
        who = f"{self.customer.name} ({self.customer.email})" if self.customer else "not signed in"
        return f"[Customer: {who}. Today is {self.now:%A}, {self.now.date()}.] "

    async def _write(self, *, may_call: bool) -> tuple[str, Usage]:
        completion = await self.setting.model.generate(
            Generation(
                tuple(self.messages),
                max_tokens=_ANSWER_TOKENS,
                constraint=_constraint(self.setting.toolbox, may_call=may_call),
                timeout_s=_TIMEOUT_S,
            )
        )
        return completion.text, completion.usage

    async def _call(self, call: Made) -> str:
        if call.tool == "hand_over":
            self.handed_over = True
            return '{"ok":true}'
        if call.tool == "search_articles":
            found = await self.setting.retriever.search(call.arguments["question"], _PASSAGES)
            return shown([{"title": a.source, "text": a.text} for a, _ in found])
        return await self._call_tool(call.tool, call.arguments)

    async def _call_tool(self, name: str, given: Mapping[str, Any]) -> str:
        tool = self.setting.toolbox.tools[name]
        try:
            arguments = {key: value_of(data, tool.parameters[key]) for key, data in given.items()}
        except ValueError as error:
            return shown({"error": str(error)})
        if tool.signature.mode == "write":
            self.writes.append(Made(name, arguments))
        key = f"plain-{len(self.messages)}"
        outcome = await self.tools.call(
            name, arguments, customer=self.customer, key=key, now=self.now
        )
        if outcome.status == "ok":
            return shown(outcome.value)
        return shown({"error": outcome.message or outcome.status})


def _shown_turn(who: str, said: str) -> Message:
    """A line of the examples, or a result, as the model reads it."""
    if who == "agent":
        return Message("assistant", said)
    return Message("user", f"<tool_response>{said}</tool_response>" if who == "result" else said)


def _action(text: str) -> dict[str, Any]:
    """The answer as an object; a text that was cut off says what it says."""
    try:
        action = json.loads(text)
    except ValueError:
        return {"say": text}
    return action if isinstance(action, dict) else {"say": text}


def _constraint(toolbox: Toolbox, *, may_call: bool) -> Constraint:
    text = {"type": "string", "minLength": 1, "maxLength": 600}
    actions = [_object({"say": text})]
    if may_call:
        schemas = {name: arguments_schema(tool) for name, tool in toolbox.tools.items()}
        schemas["search_articles"] = _object({"question": text})
        schemas["hand_over"] = _object({"reason": text})
        actions += [
            _object({"tool": {"const": name}, "arguments": schema})
            for name, schema in schemas.items()
        ]
    compact = {"whitespace_flexible": False, "item_separator": ",", "key_separator": ":"}
    dense = {"x-guidance": compact, "anyOf": actions}
    lark = f"%llguidance {{}}\nstart: %json {json.dumps(dense)}"
    return Constraint(lark=lark, schema={"anyOf": actions})


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }
