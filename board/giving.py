"""Drafts out of a bag, back to whoever wrote them: never to anybody else, and never over what they typed since."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from board.models import Board, Draft, Membership, User
from board.operations.drafts import PLACE, TEXT_LENGTH, of, put_back
from safeguards.bags import Damaged, Returned

CUT = "cut"  # the last line of a part that was too long


@dataclass(frozen=True, slots=True)
class Kept:
    """One draft as the bag has it."""

    person: UUID
    name: str
    board: str
    place: str
    at: datetime
    text: str

    def __str__(self) -> str:
        return f"{self.name} on {self.board}, {self.place}, {len(self.text)} characters of {self.at:%Y-%m-%d %H:%M:%S}"


def give(rows: list[dict[str, Any]], *, act: bool) -> Returned:
    """`act`: do it; else only say what would be done. Raises Damaged before anything is done."""
    told = Returned()
    kept = [_read(row) for row in rows if set(row) != {CUT}]
    people = {user.uid: user for user in User.objects.filter(uid__in={one.person for one in kept})}
    boards = {board.slug: board for board in Board.objects.filter(slug__in={one.board for one in kept})}
    seats = set(Membership.objects.filter(user__in=people.values()).values_list("user_id", "board_id"))
    for one in kept:
        person, board = people.get(one.person), boards.get(one.board)
        if person is None or board is None or (person.pk, board.pk) not in seats:
            told.left.append(f"{one}: not on this board any more")
        else:
            _give(one, Draft(person=person, board=board, place=one.place, text=one.text), told, act=act)
    told.left.extend(f"{row[CUT]} more were cut from the bag" for row in rows if set(row) == {CUT})
    return told


def _give(one: Kept, draft: Draft, told: Returned, *, act: bool) -> None:
    now = of(draft.person, draft.board, draft.place).first()
    # The same one, though the bag may hold it without what looked like a secret: what is there is whole.
    if now is not None and (now.text == one.text or now.updated_at == one.at):
        told.left.append(f"{one}: is there")
    elif (now is not None and now.updated_at > one.at) or (act and not put_back(draft, one.at)):
        told.left.append(f"{one}: has a newer one, which stays")
    else:
        over = f", over {len(now.text)} characters of {now.updated_at:%Y-%m-%d %H:%M:%S}" if now else ""
        told.given.append(f"{one}{over}")
        told.people[one.name] = told.people.get(one.name, 0) + 1


def _read(row: dict[str, Any]) -> Kept:
    try:
        said = row["text"]
        # As the browser writes it.
        text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        name, board, place = str(row["name"])[:150], str(row["board"]), str(row["place"])
        kept = Kept(UUID(row["person"]), name, board, place, datetime.fromisoformat(row["at"]), text)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Damaged("data/drafts.jsonl holds something else.") from error
    if not PLACE.fullmatch(kept.place) or len(text) > TEXT_LENGTH or "\0" in text or kept.at.tzinfo is None:
        raise Damaged("data/drafts.jsonl holds something else.")
    return kept
