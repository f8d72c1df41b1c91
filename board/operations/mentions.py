"""People named in a text: each gets a line in their list, in the same write."""

from board.markdown import MENTION
from board.models import Board, Card, Mention, Reply, User


def names_in(text: str) -> set[str]:
    return {found.rstrip(".").casefold() for found in MENTION.findall(text)}


def mention(
    board: Board, by: User, card: Card, text: str, *, before: str = "", reply: Reply | None = None
) -> list[str]:
    """Members of the board who are named in `text` and were not in `before`; their usernames."""
    names = names_in(text) - names_in(before)
    if not names:
        return []
    members = User.objects.filter(memberships__board=board).exclude(pk=by.pk)
    named = [user for user in members if user.username.casefold() in names]
    Mention.objects.bulk_create([Mention(user=user, card=card, reply=reply, by=by) for user in named])
    return [user.username for user in named]
