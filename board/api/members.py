"""Who is on a board, and in which role."""

from django.http import HttpResponse

from board import operations as do
from board.access import board_for
from board.api import fields, serializers
from board.api.endpoint import Call, Endpoint
from board.models import Board


def add(call: Call, slug: str) -> HttpResponse:
    sent = call.read({"username": fields.text, "role": fields.text})
    done = do.add_member(slug, call.person, call.mid, **sent)
    board = board_for(call.person, slug).board
    return answer(done, board, serializers.event(done.recorded)["data"]["username"], 201)


def change(call: Call, slug: str, username: str) -> HttpResponse:
    sent = call.read({"role": fields.text})
    done = do.change_role(slug, call.person, call.mid, username, sent["role"])
    return answer(done, board_for(call.person, slug).board, username)


def remove(call: Call, slug: str, username: str) -> HttpResponse:
    call.read({})
    done = do.remove_member(slug, call.person, call.mid, username)
    return answer(done, Board.objects.get(slug=slug), username)


def answer(done: do.Done, board: Board, username: str, status: int = 200) -> HttpResponse:
    """The membership as it is now, null when the person has left since."""
    return serializers.written(done, status, member=serializers.member_now(board, username))


MEMBERS = Endpoint("add_members", POST=add)
MEMBER = Endpoint("manage_roles", PATCH=change, DELETE=remove)
