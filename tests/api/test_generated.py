"""Requests nobody would think of: hundreds of generated ones, none of which the server fails on."""

import json
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from board import operations as do
from board.api.openapi import BUILT
from tests.api.client import Answer, Api
from tests.support.cast import Cast
from tests.support.effort import cases

CASES = cases(200, 600)
DOCUMENTED = {"get", "post", "patch", "delete"}


def fields_of(operation: dict[str, Any]) -> list[str]:
    content = operation.get("requestBody", {}).get("content", {})
    return list(content.get("application/json", {}).get("schema", {}).get("properties", {}))


CALLS = [
    (verb.upper(), path, fields_of(operation), set(operation["responses"]))
    for path, verbs in BUILT["paths"].items()
    for verb, operation in verbs.items()
    if verb in DOCUMENTED
]
SENSIBLE: dict[str, list[Any]] = {
    "name": ["Retro"],
    "template": ["", "decision"],
    "archived": [True, False],
    "title": ["Later"],
    "kind": ["fact", "accusation", "question"],
    "body": ["It began at 9.", "**bold** <b>", "a\r\nb"],
    "zone": ["{zone}", "{parking}"],
    "after": [None, "{card}", "{zone}"],
    "base_version": [1, 2, 3],
    "assignee": [None, "observer", "stranger"],
    "username": ["stranger", "observer"],
    "role": ["observer", "owner"],
    "seq": [1, 2, 3],
    "statement": ["So it was."],
    "reason": ["no time"],
    "until": [None, "2031-05-24", ""],
    "reaction": ["agree", "source"],
    "to": ["{card}", "{zone}"],
    "relation": ["supports", "answers"],
    "cards": [["{card}"], ["{card}", "{card}"], []],
}
odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=True, allow_infinity=True),
    st.text(max_size=40),
    st.text(alphabet="\x00\r\n\u202e\ud800😀<>&\"'\\", max_size=8),
    st.sampled_from(["x" * 4001, "9" * 400, "{card}", "{session}", "{zone}".upper(), str(uuid4())]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, str, str, set[str]]:
    verb, path, known, statuses = draw(st.sampled_from(CALLS))
    body: Any = {}
    for name in known:
        choice = draw(st.integers(0, 9))
        if choice < 9:
            body[name] = draw(st.sampled_from(SENSIBLE[name]) if choice < 7 else odd)
    wild = draw(st.integers(0, 19))
    if wild == 0:
        body[draw(st.text(max_size=10))] = draw(odd)
    text = json.dumps(draw(odd) if wild == 1 else body)
    return verb, path + draw(queries) if verb == "GET" else path, text[:-1] if wild == 2 else text, statuses


queries = st.one_of(
    st.just(""),
    st.integers().map(lambda number: f"?since={number}"),
    st.text(alphabet="0123456789-+e.x%&=\x00", max_size=12).map(lambda text: f"?since=1&limit={text}"),
)


class Names:
    """What stands in braces, and real ids for it; now and then those of nothing."""

    def __init__(self, cast: Cast, owner: Api) -> None:
        card, other = cast.card(), cast.card("Another")
        session = owner.post(f"boards/{cast.board.slug}/sessions", {})["session"]["id"]
        self.real = {
            "{slug}": cast.board.slug,
            "{username}": "observer",
            "{zone}": str(cast.zone().uid),
            "{parking}": str(cast.zone("parking").uid),
            "{card}": str(card.uid),
            "{session}": session,
            "{reply}": str(do.add_reply(card.uid, cast.owner, uuid4(), "Why?").object.uid),
            "{link}": str(do.add_link(card.uid, cast.owner, uuid4(), other.uid, "answers").object.uid),
            "{reaction}": "agree",
        }

    def fill(self, text: str) -> str:
        for name, value in self.real.items():
            text = text.replace(name, value)
        return text

    def uid(self, path: str) -> str:
        noun = path.split("/")[1].rstrip("s")
        noun = {"replie": "reply"}.get(noun, noun)
        return self.fill(path.replace("{uid}", f"{{{noun}}}"))


def checked(answer: Answer, statuses: set[str]) -> Answer:
    assert answer.status < 500, answer
    if answer.status >= 400:
        assert answer["detail"] and answer["status"] == answer.status
    assert str(answer.status) in statuses, answer
    return answer


@pytest.mark.thorough
def test_no_generated_request_breaks_the_server(cast: Cast, owner: Api, facilitator: Api) -> None:
    names, seen = Names(cast, owner), list[int]()

    @settings(
        max_examples=CASES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        request=requests(),
        by_owner=st.booleans(),
        key=st.sampled_from([*(str(uuid4()) for _ in range(3)), *[""] * 3]),
    )
    def send(request: tuple[str, str, str, set[str]], by_owner: bool, key: str) -> None:
        verb, path, text, statuses = request
        api = owner if by_owner else facilitator
        answer = api.raw(verb, names.uid(path)[1:], names.fill(text).encode(), key=key or str(uuid4()))
        seen.append(checked(answer, statuses).status)

    send()
    assert len(seen) >= CASES
    assert {200, 201, 400, 403, 404, 409, 422} <= set(seen)
