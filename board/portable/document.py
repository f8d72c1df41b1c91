"""A board as a document in Markdown: zones, cards with what was said about them, sessions in words."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from board.models import Board, Card, Reply, Zone
from board.portable.log import batches
from board.snapshots import Snapshot, as_of, read_snapshot
from board.words import OUTCOME_LABELS, RELATION_LABELS, entry
from collaboration.models import Channel, CollaborationSession

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")
HTML = re.compile(r"<(?=[A-Za-z/!?])(?!(?:https?|mailto):)")  # shown as text here, so shown as text there


@dataclass(frozen=True, slots=True)
class Document:
    snapshot: Snapshot
    channel: Channel
    replies: dict[int, list[Reply]]  # by card
    sessions: list[CollaborationSession]


def chunks(board: Board) -> Iterator[str]:
    document = as_of(board, lambda channel: _read(board, channel))
    return _parts(document)


def _read(board: Board, channel: Channel) -> Document:
    replies = defaultdict[int, list[Reply]](list)
    for reply in Reply.objects.on_card().filter(card__board=board).select_related("author").in_order():
        replies[reply.card_id].append(reply)
    sessions = CollaborationSession.objects.filter(channel=channel).exclude(status="cancelled")
    found = sessions.prefetch_related("participants").order_by("created_at", "id")
    return Document(read_snapshot(board, channel), channel, replies, list(found))


def _parts(document: Document) -> Iterator[str]:
    snapshot = document.snapshot
    yield f"# {plain(snapshot.board.name)}\n\n"
    if snapshot.board.archived_at:
        yield _("This board is archived.") + "\n\n"
    people = ", ".join(f"{plain(row.user.name)} ({row.get_role_display()})" for row in snapshot.members)
    yield _("People: %(people)s") % {"people": people} + "\n"
    for zone in snapshot.zones:
        yield from _zone(zone, document)
    if document.sessions:
        yield f"\n## {_('Sessions')}\n"
        yield from _sessions(document)


def _zone(zone: Zone, document: Document) -> Iterator[str]:
    yield f"\n## {plain(zone.title)}\n"
    if not zone.cards_in_order:
        yield "\n" + _("No cards.") + "\n"
    for card in zone.cards_in_order:
        yield "\n" + _card(card)
        for reply in document.replies.get(card.pk, []):
            author = plain(reply.author.name) if reply.author else "?"
            settled = f" ({_('settled')})" if reply.resolved_at else ""
            yield f"\n> **{author}**{settled}:\n>\n{quoted(reply.body, '> > ')}"


def _card(card: Card) -> str:
    who = plain(card.author.name) if card.author else "?"
    if card.assignee:
        who = _("%(author)s, given to %(assignee)s") % {"author": who, "assignee": plain(card.assignee.name)}
    lines = [f"### {card.kind_label} #{card.number}\n\n*{who}*\n\n{quoted(card.body, '> ')}"]
    if card.outcome:
        label = OUTCOME_LABELS.get(card.outcome.kind, card.outcome.kind)
        lines.append(f"\n**{label}:** {plain(card.outcome.statement)}\n")
    if card.parked_reason:
        until = _(" (until %(day)s)") % {"day": card.parked_until} if card.parked_until else ""
        lines.append(f"\n**{_('Parked:')}** {plain(card.parked_reason)}{until}\n")
    links = [
        f"{RELATION_LABELS.get(link.relation, link.relation)} #{link.number}" for link in card.talk.links
    ]
    if links:
        lines.append("\n" + _("This card %(links)s.") % {"links": ", ".join(links)} + "\n")
    return "".join(lines)


def _sessions(document: Document) -> Iterator[str]:
    """Each with what happened in it. The log is read once; sessions do not overlap."""
    shown = {session.pk: session for session in document.sessions}
    current = None
    for batch in batches(document.channel):
        for event in batch:
            if event.session_id not in shown:
                continue
            if event.session_id != current:
                current = event.session_id
                yield _session(shown[current])
            line = entry(event, document.snapshot.board)
            yield f"- {line.at:%H:%M} {plain(line.actor)} {plain(line.words)}\n"


def _session(session: CollaborationSession) -> str:
    title = plain(session.title) or _("Session")
    minutes = session.elapsed_ms(timezone.now()) // 60_000
    ran = ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
    people = ", ".join(plain(row.actor_name) for row in session.participants.all())
    day = f"{session.started_at:%Y-%m-%d %H:%M} UTC" if session.started_at else ""
    facts = [day, str(session.get_status_display()), ran, _("took part: %(people)s") % {"people": people}]
    return f"\n### {title}\n\n{' · '.join(fact for fact in facts if fact)}\n\n"


def plain(text: str) -> str:
    """Text that stays text, in one line."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))


def quoted(markdown: str, mark: str) -> str:
    """Somebody's own Markdown, kept apart from the document's."""
    lines = HTML.sub("&lt;", markdown).splitlines()
    return "".join(f"{mark}{line}".rstrip() + "\n" for line in lines)
