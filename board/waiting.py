"""What waits for a person on a board: how often they were named, and what they typed here and did not send."""

from django.db.models import Count, FilteredRelation, IntegerField, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from board.models import Board, Draft, Mention, User
from board.models.drafts import KEPT

Drafts = list[tuple[str, str]]  # place and text


def mentions_of(user: User) -> QuerySet[Mention]:
    """Only on boards that are still open to this person, and of what was not deleted since."""
    rows = Mention.objects.filter(user=user, card__board__memberships__user=user, card__deleted_at=None)
    return rows.filter(Q(reply=None) | Q(reply__deleted_at=None))


def unseen(user: User) -> int:
    return mentions_of(user).filter(seen_at=None).count()


def drafts_on(board: Board, user: User) -> Drafts:
    return list(Draft.objects.current().filter(person=user, board=board).values_list("place", "text"))


def waiting(user: User, board: Board) -> tuple[int, Drafts]:
    """Both in one query: every page of a board asks it."""
    count = (
        mentions_of(user).filter(seen_at=None).order_by().values("user").annotate(n=Count("pk")).values("n")
    )
    here = Q(drafts__board=board, drafts__updated_at__gt=timezone.now() - KEPT)
    rows = list(
        User.objects.filter(pk=user.pk)
        .annotate(here=FilteredRelation("drafts", condition=here))
        .values_list(Coalesce(Subquery(count, output_field=IntegerField()), 0), "here__place", "here__text")
    )
    return (rows[0][0] if rows else 0), [(place, text) for _count, place, text in rows if place]
