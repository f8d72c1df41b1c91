"""Replies, reactions and links."""

from django.utils.translation import gettext as _

from board.markdown import to_html
from board.models import Card, Link, Reaction, Reply
from board.operations.values import BODY_LENGTH
from board.replay.base import Past, replays
from board.replay.cards import card_from, put_back, take_away
from board.replay.facts import Damaged, Facts
from board.replay.stage import Stage


@replays("reply.added")
def added(event: Past, stage: Stage) -> None:
    fact = event.data.part("reply")
    body = fact.text("body", BODY_LENGTH, 1)
    reply = Reply(
        uid=fact.uid("id"),
        card=stage.get(Card, fact.uid("card")),
        body=body,
        body_html=to_html(body),
        version=fact.whole("version", 1),
        author=stage.person(fact.person("author")),
        created_at=fact.time("at"),
    )
    stage.add(str(reply.uid), reply)


@replays("reply.edited")
def edited(event: Past, stage: Stage) -> None:
    reply = stage.get(Reply, event.data.uid("reply"))
    reply.body = event.data.after("body", Facts.text, BODY_LENGTH, 1)
    reply.version = event.data.whole("version")
    reply.body_html = to_html(reply.body)


@replays("reply.deleted")
def deleted(event: Past, stage: Stage) -> None:
    _whole(event, stage).deleted_at = event.at


@replays("reply.restored")
def restored(event: Past, stage: Stage) -> None:
    _whole(event, stage).deleted_at = None


@replays("reply.resolved", "reply.reopened")
def settled(event: Past, stage: Stage) -> None:
    reply, after = stage.get(Reply, event.data.uid("reply")), event.data.after("resolved", Facts.flag)
    if (reply.resolved_at is not None) is not after:
        reply.resolved_at = event.at if after else None


@replays("reply.promoted")
def promoted(event: Past, stage: Stage) -> None:
    reply, fact = _whole(event, stage), event.data.part("card")
    card = stage.find(Card, fact.uid("id"))
    if card is None:
        card = stage.add(fact.uid("id"), card_from(fact, event, stage))
    else:  # taken back before, and done again
        put_back(card, event, fact.whole("version"))
    reply.promoted = card


@replays("reply.demoted")
def demoted(event: Past, stage: Stage) -> None:
    take_away(stage.get(Card, event.data.part("card").uid("id")), event)
    _whole(event, stage).promoted = None


@replays("reaction.added", "reaction.removed")
def reacted(event: Past, stage: Stage) -> None:
    card, user = stage.get(Card, event.data.uid("card")), stage.person(event.actor)
    if user is None:
        raise Damaged(_("A mark is somebody's."))
    mark = event.data.choice("reaction", Reaction.Key.values)
    key = str(card.uid), user.uid, mark
    if not event.data.after("given", Facts.flag):
        stage.drop(Reaction, key)
    elif stage.find(Reaction, key) is None:
        stage.add(key, Reaction(card=card, user=user, key=mark))


@replays("link.added")
def linked(event: Past, stage: Stage) -> None:
    fact = event.data.part("link")
    stage.add(fact.uid("id"), _link(fact, stage))


@replays("link.removed")
def unlinked(event: Past, stage: Stage) -> None:
    stage.drop(Link, str(_link(event.data.part("link"), stage).uid))


def _link(fact: Facts, stage: Stage) -> Link:
    return Link(
        uid=fact.uid("id"),
        source=stage.get(Card, fact.uid("from")),
        target=stage.get(Card, fact.uid("to")),
        relation=fact.choice("relation", Link.Relation.values),
    )


def _whole(event: Past, stage: Stage) -> Reply:
    """The reply of an event that carries all of it."""
    fact: Facts = event.data.part("reply")
    return stage.get(Reply, fact.uid("id"))
