"""Events in words, for people."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from board.models import Board, Link, Outcome, Reaction
from board.models.cards import KIND_LABELS
from collaboration.models import CollaborationEvent

OUTCOME_LABELS = dict(Outcome.Kind.choices)
RELATION_LABELS = dict(Link.Relation.choices)
REACTION_LABELS = dict(Reaction.Key.choices)
SHORT = 80  # characters of a card's text in a line


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    actor: str
    words: str
    card_url: str = ""


def entry(event: CollaborationEvent, board: Board) -> Entry:
    uid = card_of(event.data)
    url = f"/boards/{board.slug}/cards/{uid}/" if uid else ""
    words = sentence(event.kind, event.data)
    return Entry(event.at, event.actor_name, _("Undo: ") + words if "undoes" in event.data else words, url)


def card_of(data: dict[str, Any]) -> str:
    """The id of the card that an event is about; empty for one about none or many."""
    found = data.get("card") or data.get("reply") or data.get("link") or ""
    if isinstance(found, dict):
        return str(found.get("card") or found.get("from") or found["id"])
    return str(found)


def sentence(kind: str, data: dict[str, Any]) -> str:
    """What happened, without the actor; the kind itself for one that has no words."""
    words = WORDS.get(kind)
    return str(words(data)) if words else kind


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHORT else line[: SHORT - 1] + "…"


def _card(data: dict[str, Any]) -> dict[str, Any]:
    card = data["card"]
    kind = str(KIND_LABELS.get(card["kind"], card["kind"])).lower()
    return {"kind": kind, "number": card["number"], "text": _short(card["body"])}


def _edited(data: dict[str, Any]) -> str:
    parts = [_field(field, change) for field, change in data["changes"].items()]
    return f"#{data['number']}: " + ("; ".join(parts) or _("saved it without a change"))


def _moved(data: dict[str, Any]) -> str:
    if data["zone"]["before"] == data["zone"]["after"]:
        return _("moved #%(number)s within %(zone)s") % {
            "number": data["number"],
            "zone": data["titles"]["after"],
        }
    return _("moved #%(number)s from %(before)s to %(after)s") % {"number": data["number"], **data["titles"]}


def _field(field: str, change: dict[str, Any]) -> str:
    if field == "body":
        return _("wrote “%(text)s”") % {"text": _short(change["after"])}
    if field == "kind":
        return _("made it a %(kind)s") % {
            "kind": str(KIND_LABELS.get(change["after"], change["after"])).lower()
        }
    if change["after"]:
        return _("gave it to %(name)s") % change["after"]
    return _("took it from %(name)s") % (change["before"] or {"name": "?"})


def _resolved(data: dict[str, Any]) -> str:
    outcome = data["outcome"]
    label = OUTCOME_LABELS.get(outcome["kind"], outcome["kind"])
    return _("resolved #%(number)s. %(label)s: “%(text)s”") % {
        "number": data["number"],
        "label": label,
        "text": _short(outcome["statement"]),
    }


def _parked(data: dict[str, Any]) -> str:
    parked = data["parked"]["after"]
    words = _("parked #%(number)s: %(reason)s") % {"number": data["number"], "reason": parked["reason"]}
    return words + (_(" (until %(day)s)") % {"day": parked["until"]} if parked["until"] else "")


def _replied(data: dict[str, Any]) -> str:
    reply = data["reply"]
    return _("replied to #%(number)s: “%(text)s”") % {
        "number": reply["number"],
        "text": _short(reply["body"]),
    }


def _linked(words: Any) -> Any:
    def say(data: dict[str, Any]) -> str:
        link = data["link"]
        relation = str(RELATION_LABELS.get(link["relation"], link["relation"]))
        return str(words) % {**link["numbers"], "relation": relation}

    return say


def _reacted(words: Any) -> Any:
    def say(data: dict[str, Any]) -> str:
        label = str(REACTION_LABELS.get(data["reaction"], data["reaction"])).lower()
        return str(words) % {"number": data["number"], "label": label}

    return say


def _moved_many(data: dict[str, Any]) -> str:
    numbers = ", ".join(f"#{fact['number']}" for fact in data["cards"])
    return _("moved %(numbers)s to %(zone)s") % {"numbers": numbers, "zone": ", ".join(data["titles"])}


WORDS: dict[str, Any] = {
    "board.created": lambda data: _("created the board “%(name)s”") % data,
    "board.renamed": lambda data: _("renamed the board to “%(after)s”") % data["name"],
    "board.archived": lambda data: _("archived the board"),
    "board.unarchived": lambda data: _("brought the board back"),
    "member.added": lambda data: _("added %(name)s") % data["member"],
    "member.removed": lambda data: _("removed %(name)s") % data["member"],
    "member.role_changed": lambda data: (
        _("made %(name)s %(role)s") % {"name": data["member"]["name"], "role": data["role"]["after"]}
    ),
    "zone.created": lambda data: _("added the zone “%(title)s”") % data["zone"],
    "zone.removed": lambda data: _("removed the zone “%(title)s”") % data["zone"],
    "zone.renamed": lambda data: _("renamed the zone “%(before)s” to “%(after)s”") % data["title"],
    "zone.moved": lambda data: _("moved a zone"),
    "card.created": lambda data: _("added %(kind)s #%(number)s: “%(text)s”") % _card(data),
    "card.edited": _edited,
    "card.moved": _moved,
    "card.deleted": lambda data: _("deleted %(kind)s #%(number)s: “%(text)s”") % _card(data),
    "card.restored": lambda data: _("restored #%(number)s") % data,
    "card.resolved": _resolved,
    "card.reopened": lambda data: _("reopened #%(number)s") % data,
    "card.parked": _parked,
    "card.unparked": lambda data: _("took #%(number)s back from the parking lot") % data,
    "cards.moved": _moved_many,
    "reply.added": _replied,
    "reply.edited": lambda data: (
        _("rewrote a reply to #%(number)s: “%(text)s”")
        % {"number": data["number"], "text": _short(data["body"]["after"])}
    ),
    "reply.deleted": lambda data: _("deleted a reply to #%(number)s") % data["reply"],
    "reply.restored": lambda data: _("restored a reply to #%(number)s") % data["reply"],
    "reply.resolved": lambda data: _("settled a reply to #%(number)s") % data,
    "reply.reopened": lambda data: _("reopened a reply to #%(number)s") % data,
    "reply.promoted": lambda data: (
        _("made a reply to #%(from)s card #%(number)s")
        % {"from": data["reply"]["number"], "number": data["card"]["number"]}
    ),
    "reply.demoted": lambda data: (
        _("took card #%(number)s back into a reply to #%(from)s")
        % {"from": data["reply"]["number"], "number": data["card"]["number"]}
    ),
    "reaction.added": _reacted(gettext_lazy("marked #%(number)s: %(label)s")),
    "reaction.removed": _reacted(gettext_lazy("took back a mark on #%(number)s: %(label)s")),
    "link.added": _linked(gettext_lazy("linked #%(from)s: %(relation)s #%(to)s")),
    "link.removed": _linked(gettext_lazy("unlinked #%(from)s: %(relation)s #%(to)s")),
    "session.created": lambda data: _("planned a session"),
    "session.started": lambda data: _("started the session"),
    "session.paused": lambda data: _("paused the session"),
    "session.resumed": lambda data: _("resumed the session"),
    "session.ended": lambda data: _("ended the session"),
    "session.renamed": lambda data: _("named the session “%(after)s”") % data["title"],
    "session.cancelled": lambda data: _("cancelled the session"),
    "session.reopened": lambda data: _("reopened the session"),
}
