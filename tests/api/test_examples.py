"""Every example of the OpenAPI document: as its schema says, sent to the server, and answered as described."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import jsonschema_rs
import pytest

from board import operations as do
from board.api import examples
from board.api.openapi import BUILT
from tests.api.client import Api
from tests.support.cast import Cast, person

OPERATIONS = {
    operation["operationId"]: (verb.upper(), path, operation)
    for path, verbs in BUILT["paths"].items()
    for verb, operation in verbs.items()
    if verb != "parameters"
}
Step = Callable[["Scene"], Any]
# What has to have happened before the example can be carried out.
BEFORE: dict[str, Step] = {
    "reopenCard": lambda scene: do.resolve_card(scene.card.uid, scene.owner, uuid4(), "decision", "So."),
    "restoreCard": lambda scene: do.delete_card(scene.card.uid, scene.owner, uuid4()),
    "removeReaction": lambda scene: do.add_reaction(scene.card.uid, scene.owner, uuid4(), "agree"),
    "restoreReply": lambda scene: do.delete_reply(scene.reply.uid, scene.owner, uuid4()),
    "reopenReply": lambda scene: do.resolve_reply(scene.reply.uid, scene.owner, uuid4()),
    "pauseSession": lambda scene: scene.start(),
    "resumeSession": lambda scene: do.pause_session(scene.start(), scene.owner, uuid4()),
    "endSession": lambda scene: scene.start(),
    "changeRole": lambda scene: scene.join(),
    "removeMember": lambda scene: scene.join(),
}


class Scene:
    """A board with one of everything that the examples name."""

    def __init__(self, cast: Cast) -> None:
        self.owner, self.slug = cast.owner, cast.board.slug
        person("anna")
        self.card, other = cast.card("One", by=cast.owner), cast.card("Two", by=cast.owner)
        self.reply = do.add_reply(self.card.uid, self.owner, uuid4(), "Why?").object
        link = do.add_link(self.card.uid, self.owner, uuid4(), other.uid, "answers").object
        self.session = do.create_session(self.slug, self.owner, uuid4(), "Planned").object
        self.real = {
            examples.SLUG: self.slug,
            examples.ZONE: str(do.create_zone(self.slug, self.owner, uuid4(), "Now").object.uid),
            examples.PARKING: str(cast.zone("parking").uid),
            examples.CARD: str(self.card.uid),
            examples.OTHER: str(other.uid),
            examples.REPLY: str(self.reply.uid),
            examples.LINK: str(link.uid),
            examples.SESSION: str(self.session.uid),
        }

    def start(self) -> Any:
        return do.start_session(self.session.uid, self.owner, uuid4()).object.uid

    def join(self) -> None:
        do.add_member(self.slug, self.owner, uuid4(), "anna", "observer")

    def filled(self, text: str) -> str:
        for shown, real in self.real.items():
            text = text.replace(shown, real)
        return text


def errors(schema: Any, value: Any) -> list[str]:
    validator = jsonschema_rs.validator_for(
        {**schema, "components": BUILT["components"]}, validate_formats=True
    )
    return [str(error) for error in validator.iter_errors(value)]


def success(operation: Any) -> tuple[int, Any]:
    status = next(status for status in operation["responses"] if status.startswith("2"))
    return int(status), operation["responses"][status]["content"]


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_example_is_sent_and_answered_as_described(cast: Cast, name: str) -> None:
    verb, path, operation = OPERATIONS[name]
    scene = Scene(cast)
    BEFORE.get(name, lambda scene: None)(scene)
    for parameter in BUILT["paths"][path]["parameters"]:
        path = path.replace(f"{{{parameter['name']}}}", parameter["example"])
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
    raw = b"" if body is None else scene.filled(json.dumps(body)).encode()
    answer = Api.with_token(cast.owner).raw(verb, scene.filled(path)[1:], raw)
    status, content = success(operation)
    assert answer.status == status, answer
    assert errors(content["application/json"]["schema"], answer.body) == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_examples_are_as_their_schemas_say(name: str) -> None:
    _verb, _path, operation = OPERATIONS[name]
    for content in operation.get("requestBody", {}).get("content", {}).values():
        assert errors(content["schema"], content["example"]) == []
    for content in success(operation)[1].values():
        assert errors(content["schema"], content["example"]) == []


def test_no_example_is_left_over() -> None:
    shown = {name for name, (_verb, _path, operation) in OPERATIONS.items() if "requestBody" in operation}
    assert shown == examples.REQUESTS.keys()
    text = json.dumps(BUILT["paths"])
    assert [name for name in examples.ANSWERS if f"schemas/{name}" not in text] == []
