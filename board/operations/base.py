"""What every operation shares: one transaction, the lock first, the role checked under it, one event."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any, ParamSpec
from uuid import UUID

from board.access import Seat, find_seat
from board.models import Board, Card, Link, Reply, User, Zone, channel_name
from board.operations.errors import Archived, Forbidden, KeyReused, NotFound, Refused, Repeated
from collaboration.changes import Recorded, change_json
from collaboration.context import Actor
from collaboration.events import AlreadyRecorded, FingerprintMismatch, Log, NoSuchChannel, recording
from collaboration.models import CollaborationEvent, CollaborationSession

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Done:
    """A write that was carried out. `object` is the row as it is now, None when it is gone since."""

    recorded: Recorded
    object: Any
    dup: bool = False
    placed: str = ""


def actor_for(user: User) -> Actor:
    return Actor("user", str(user.uid), user.name, f"user:{user.pk}")


@contextmanager
def writing(
    slug: str, by: User, mid: UUID, verb: str, *, archived: bool = False
) -> Iterator[tuple[Log, Seat]]:
    """A write on a board by somebody whose role allows `verb`. `archived`: possible on an archived board."""
    try:
        with recording(channel_name(slug), actor_for(by), mid) as log:
            yield log, allowed(slug, by, verb, archived=archived)
    except NoSuchChannel as error:
        raise NotFound from error
    except FingerprintMismatch as error:
        allowed(slug, by, verb, archived=True)
        raise KeyReused from error
    except AlreadyRecorded as error:
        if find_seat(by, slug) is None:
            raise NotFound from error
        raise Repeated(error.event) from error


@contextmanager
def entering(slug: str, by: User, mid: UUID) -> Iterator[Log]:
    """A write by somebody who has no seat on the board yet; the caller checks the invitation under the lock."""
    try:
        with recording(channel_name(slug), actor_for(by), mid) as log:
            yield log
    except FingerprintMismatch as error:
        raise KeyReused from error
    except AlreadyRecorded as error:
        raise Repeated(error.event) from error


def allowed(slug: str, by: User, verb: str, *, archived: bool = False) -> Seat:
    seat = find_seat(by, slug)
    if seat is None:
        raise NotFound
    if not seat.may(verb):
        raise Forbidden
    if seat.board.archived_at and not archived:
        raise Archived
    return seat


def permission_first(refused: Refused, slug: str, by: User, verb: str) -> Refused:
    """What to tell of a refusal: who may not do this at all is not told what is wrong with the form."""
    if refused.status not in {400, 422}:
        return refused
    try:
        allowed(slug, by, verb, archived=True)
    except Refused as earlier:
        return earlier
    return refused


def once(operation: Callable[P, Done]) -> Callable[P, Done]:
    """A repeat of a request answers with what the first one did."""

    @wraps(operation)
    def call(*args: P.args, **kwargs: P.kwargs) -> Done:
        try:
            return operation(*args, **kwargs)
        except Repeated as repeat:
            return Done(change_json(repeat.event), object_of(repeat.event), dup=True)

    return call


def object_of(event: CollaborationEvent) -> Any:
    noun = event.kind.partition(".")[0]
    if noun == "board":
        return Board.objects.filter(slug=event.channel.name.removeprefix("board-")).first()
    found = event.data.get(noun)
    uid = found["id"] if isinstance(found, dict) else found
    rows: dict[str, Any] = {
        "card": Card.objects.on_board().with_people(),
        "zone": Zone.objects.all(),
        "session": CollaborationSession.objects.all(),
        "reply": Reply.objects.on_card().with_people(),
        "link": Link.objects.select_related("source", "target"),
        "reaction": Card.objects.on_board().with_people(),
    }
    uid = event.data["card"] if noun == "reaction" else uid
    return rows[noun].filter(uid=uid).first() if noun in rows else None


@lru_cache(maxsize=10_000)  # a card, zone or session never changes its board
def slug_of(noun: str, uid: UUID) -> str:
    """The slug of the board that holds a "card", "zone", "session", "reply" or "link". Raises NotFound."""
    sources: dict[str, Any] = {
        "card": Card.objects.filter(uid=uid).values_list("board__slug", flat=True),
        "zone": Zone.objects.filter(uid=uid).values_list("board__slug", flat=True),
        "session": CollaborationSession.objects.filter(uid=uid).values_list("channel__name", flat=True),
        "reply": Reply.objects.filter(uid=uid).values_list("card__board__slug", flat=True),
        "link": Link.objects.filter(uid=uid).values_list("source__board__slug", flat=True),
    }
    slug = sources[noun].first()
    if slug is None:
        raise NotFound
    return str(slug).removeprefix("board-")
