"""The document the API serves is complete, and the answers are as it says."""

import json
import re
from typing import Any

import jsonschema_rs
import pytest
from django.conf import settings

from board.api.openapi import BUILT
from board.api.urls import urlpatterns
from board.operations.errors import Refused
from board.words import WORDS
from tests.api.client import Answer, Api
from tests.support.cast import Cast

VERBS = {"get", "post", "patch", "delete", "put"}


def shape(name: str) -> Any:
    return jsonschema_rs.validator_for(
        {"$ref": f"#/components/schemas/{name}", "components": BUILT["components"]}
    )


def test_it_is_served_whole(owner: Api) -> None:
    answer = owner.get("openapi.json")
    assert answer.status == 200 and answer.body == json.loads(json.dumps(BUILT))
    assert answer["openapi"] == "3.1.0"


def test_it_lists_every_address_and_method() -> None:
    served = {
        (re.sub(r"<\w+:(\w+)>", r"{\1}", f"/{pattern.pattern}"), method.lower())
        for pattern in urlpatterns
        if pattern.name
        for method in pattern.callback.handlers
    }
    assert served == {(path, verb) for path, verbs in BUILT["paths"].items() for verb in VERBS & verbs.keys()}


def test_every_write_asks_for_a_key_and_tells_its_refusals() -> None:
    for verbs in BUILT["paths"].values():
        for verb in VERBS & verbs.keys():
            names = {parameter["name"] for parameter in verbs[verb]["parameters"]}
            assert ("Idempotency-Key" in names) is (verb != "get")
            assert {"401", "404", "429", "503"} <= verbs[verb]["responses"].keys()


def test_every_reference_leads_somewhere() -> None:
    names = re.findall(r'"#/components/schemas/(\w+)"', json.dumps(BUILT))
    assert set(names) == BUILT["components"]["schemas"].keys()


@pytest.fixture
def answers(cast: Cast, owner: Api) -> dict[str, Answer]:
    board, zone = f"boards/{cast.board.slug}", str(cast.zone().uid)
    card = owner.post(f"{board}/cards", {"kind": "fact", "body": "x", "zone": zone})
    other = owner.post(f"{board}/cards", {"kind": "claim", "body": "y", "zone": zone})["card"]["id"]
    session = owner.post(f"{board}/sessions", {"title": "Review"})
    uid = session["session"]["id"]
    owner.post(f"sessions/{uid}/start")
    change = {"assignee": "observer", "base_version": 1}
    return {
        "WrittenCard": owner.patch(f"cards/{card['card']['id']}", change),
        "WrittenSession": owner.post(f"sessions/{uid}/pause"),
        "SessionPage": owner.get(f"sessions/{uid}"),
        "WrittenZone": owner.post(f"{board}/zones", {"title": "Later"}),
        "WrittenMember": owner.post(f"{board}/members", {"username": "stranger", "role": "observer"}),
        "WrittenBoard": owner.patch(board, {"name": "New"}),
        "Undone": owner.post(f"{board}/undo"),
        "WrittenReply": owner.post(f"cards/{card['card']['id']}/replies", {"body": "Why?"}),
        "WrittenLink": owner.post(f"cards/{card['card']['id']}/links", {"to": other, "relation": "answers"}),
        "CardPage": owner.get(f"cards/{card['card']['id']}"),
        "Snapshot": owner.get(board),
        "Boards": owner.get("boards"),
        "CreatedBoard": owner.post("boards", {"name": "Mine", "template": "decision"}),
        "Export": owner.get(f"{board}/export"),
        "Log": owner.get(f"{board}/events"),
        "Document": owner.get("openapi.json"),
        "Problem": owner.get("nothing"),
    }


def test_answers_look_as_described(answers: dict[str, Answer]) -> None:
    for name, answer in answers.items():
        assert answer.status < 300 or name == "Problem", answer
        assert [str(error) for error in shape(name).iter_errors(answer.body)] == [], name


def test_the_manual_names_every_call_and_every_type_of_problem() -> None:
    manual = (settings.BASE_DIR / "docs" / "api.md").read_text()
    for path in BUILT["paths"]:
        words = path.strip("/").replace("{uid}", "{id}")
        assert words in manual or words.rpartition("/")[2] in manual, path
    for refusal in refusals(Refused):
        assert f"`{refusal.type}`" in manual or refusal.status == 503, refusal


def test_the_manual_names_every_kind_of_event() -> None:
    manual = (settings.BASE_DIR / "docs" / "api.md").read_text()
    assert [kind for kind in WORDS if f"`{kind}`" not in manual] == []


def refusals(kind: type[Refused]) -> list[type[Refused]]:
    return [found for child in kind.__subclasses__() for found in (child, *refusals(child))]
