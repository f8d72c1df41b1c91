"""A stale page plus the update is the fresh page, for every kind of event, also when applied twice."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from board import operations as do
from board.operations.inverses import INVERSES
from collaboration.changes import change_json
from collaboration.models import CollaborationEvent
from collaboration.rendering import frame, rendered_kinds
from tests.board.test_undo import NEEDS, VERBS, verbs
from tests.support.cast import Cast
from tests.support.page import Page


def page(cast: Cast) -> Page:
    client = Client()
    client.force_login(cast.participant)
    return Page(client.get(f"/boards/{cast.board.slug}/").content.decode())


TALK = ["card.resolved", "card.reopened", "card.deleted", "link.added", "link.removed"]
TALK += ["reply.added", "reply.edited", "reply.deleted", "reply.resolved", "reply.reopened", "reply.promoted"]


def details(cast: Cast) -> dict[str, Any]:
    """What the pages of all cards show to everybody: replies, links and outcomes."""
    client = Client()
    client.force_login(cast.participant)
    cards = [str(uid) for uid in cast.board.cards.on_board().order_by("number").values_list("uid", flat=True)]
    return {
        uid: Page(client.get(f"/boards/{cast.board.slug}/cards/{uid}/").content.decode()) for uid in cards
    }


def shown(pages: dict[str, Any]) -> dict[str, Any]:
    parts = ("replies", "links-of", "outcomes-of")
    return {
        f"{part}-{uid}": page.tree.find(f"{part}-{uid}").view()
        for uid, page in pages.items()
        for part in parts
    }


@pytest.mark.parametrize("verb", TALK)
def test_a_stale_card_page_and_the_update_are_the_fresh_one(cast: Cast, verb: str) -> None:
    ready = verbs(cast)
    for needed in NEEDS.get(verb, []):
        ready[needed]()
    stale, seq = details(cast), head(cast)
    before = shown(stale)
    ready[verb]()
    for _twice in range(2):
        for page in stale.values():
            for update in updates_since(cast, seq):
                page.apply(update)
    fresh = shown(details(cast))
    now = shown(stale)
    assert {name: now[name] for name in fresh if name in now} == {
        name: fresh[name] for name in fresh if name in now
    }
    assert now != before


def html_of(event: CollaborationEvent) -> str:
    text = frame(change_json(event), html=True).html.decode()
    data = next(line for line in text.splitlines() if line.startswith("data: "))
    return str(json.loads(data[6:])["html"])


def updates_since(cast: Cast, seq: int) -> list[str]:
    events = CollaborationEvent.objects.filter(channel__name=cast.board.channel, seq__gt=seq)
    return [html_of(event) for event in events.select_related("channel").order_by("seq")]


def head(cast: Cast) -> int:
    return CollaborationEvent.objects.filter(channel__name=cast.board.channel).latest("seq").seq


def prove(cast: Cast, stale: Page, act: Any) -> None:
    seq = head(cast)
    act()
    updates, fresh = updates_since(cast, seq), page(cast).view()
    assert updates
    for _twice in range(2):
        for update in updates:
            stale.apply(update)
        assert stale.view() == fresh


@pytest.mark.parametrize("verb", VERBS)
def test_stale_page_and_update_are_the_fresh_page(cast: Cast, verb: str) -> None:
    """Also when it is taken back, on the page that has got the first update."""
    ready = verbs(cast)
    for needed in NEEDS.get(verb, []):
        ready[needed]()
    shown = page(cast)
    prove(cast, shown, ready[verb])
    prove(cast, shown, lambda: do.undo(cast.board.slug, cast.owner, uuid4()))


def test_every_kind_of_event_has_a_renderer() -> None:
    assert INVERSES.keys() | {"board.created"} <= rendered_kinds()
