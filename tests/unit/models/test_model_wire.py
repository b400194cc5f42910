import pytest

from frontdesk.errors import ModelError
from frontdesk.models.dialects import Manner
from frontdesk.models.wire import answer_in, request_out
from frontdesk.types.generation import Alternative, Constraint, Generation, Message, Token, Usage

REQUEST = Generation(
    (Message("user", "hi"),), max_tokens=5, constraint=Constraint(lark='start: "a"'), stop=("\n",)
)


def test_a_request_decodes_greedily() -> None:
    body = request_out(REQUEST, "m", Manner("openai"), stream=False)
    assert body == {
        "model": "m",
        "messages": [{"role": "user", "content": "hi"}],
        "max_tokens": 5,
        "temperature": 0,
        "stop": ["\n"],
    }


def test_a_grammar_gets_its_header_once() -> None:
    body = request_out(REQUEST, "m", Manner("llama.cpp"), stream=False)
    assert body["grammar"] == '%llguidance {}\nstart: "a"'
    again = Generation((), constraint=Constraint(lark=body["grammar"]))
    assert request_out(again, "m", Manner("llama.cpp"), stream=False)["grammar"] == body["grammar"]


def test_a_stream_asks_for_the_usage() -> None:
    body = request_out(REQUEST, "m", Manner("openai"), stream=True)
    assert body["stream_options"] == {"include_usage": True}


def test_alternatives_come_best_first() -> None:
    completion = answer_in(
        '{"choices": [{"message": {"content": "c"}, "finish_reason": "length", "logprobs":'
        ' {"content": [{"token": "c", "logprob": -5.5, "top_logprobs": ['
        '{"token": "x", "logprob": -2}, {"token": "I", "logprob": -1}]}]}}]}'
    ).completion(3.0)
    alternatives = (Alternative("I", -1.0), Alternative("x", -2.0))
    assert completion.tokens == (Token("c", -5.5, alternatives),)
    assert completion.finish == "length"
    assert completion.usage == Usage(generated_tokens=1, milliseconds=3.0)


def test_usage_tells_evaluated_from_cached() -> None:
    openai = answer_in(
        '{"usage": {"prompt_tokens": 100, "completion_tokens": 7,'
        ' "prompt_tokens_details": {"cached_tokens": 90}}}'
    )
    llama = answer_in('{"timings": {"prompt_n": 10, "cache_n": 90, "predicted_n": 7}}')
    assert openai.cost(1.0) == llama.cost(1.0) == Usage(10, 90, 7, 1.0)


@pytest.mark.parametrize(
    "data",
    ["", "no", "[]", "3", '{"choices": 3}', '{"choices": [{"message": {"content": ["secret"]}}]}'],
)
def test_a_malformed_answer_is_an_error_that_does_not_quote_it(data: str) -> None:
    with pytest.raises(ModelError) as caught:
        answer_in(data)
    assert "malformed" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "secret" not in str(caught.value.__cause__)


def test_an_answer_without_a_choice_is_an_error() -> None:
    with pytest.raises(ModelError, match="no choice"):
        answer_in("{}").completion(0.0)
