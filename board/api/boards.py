"""Boards and their zones."""

from uuid import UUID

from django.http import HttpResponse

from board import operations as do
from board.access import board_for, seats_of
from board.api import body, fields, serializers
from board.api.endpoint import Call, Endpoint
from board.snapshots import snapshot_of


def index(call: Call) -> HttpResponse:
    return serializers.reply({"boards": serializers.summaries(seats_of(call.person))})


def create(call: Call) -> HttpResponse:
    sent = call.read({"name": fields.text}, {"template": fields.text})
    done = do.create_board(call.person, call.mid, sent["name"], sent.get("template", ""))
    # The first of two equal requests may have been long ago: whether it is still theirs is asked again.
    found = snapshot_of(board_for(call.person, done.object.slug).board)
    return serializers.reply({**serializers.snapshot(found), "dup": done.dup}, 201)


def show(call: Call, slug: str) -> HttpResponse:
    return serializers.reply(serializers.snapshot(snapshot_of(board_for(call.person, slug).board)))


def change(call: Call, slug: str) -> HttpResponse:
    field, value = body.exactly_one(call.read({}, {"name": fields.text, "archived": fields.yes_or_no}))
    if field == "name":
        done = do.rename_board(slug, call.person, call.mid, value)
    else:
        operation = do.archive_board if value else do.unarchive_board
        done = operation(slug, call.person, call.mid)
    return serializers.written(done, board=serializers.board_of(board_for(call.person, slug)))


def create_zone(call: Call, slug: str) -> HttpResponse:
    sent = call.read({"title": fields.text})
    done = do.create_zone(slug, call.person, call.mid, sent["title"])
    return serializers.written(done, 201, zone=serializers.zone(done.object))


def change_zone(call: Call, uid: UUID) -> HttpResponse:
    field, value = body.exactly_one(call.read({}, {"title": fields.text, "after": fields.uid_or_null}))
    operation = do.rename_zone if field == "title" else do.move_zone
    done = operation(uid, call.person, call.mid, value)
    return serializers.written(done, zone=serializers.zone(done.object))


BOARDS = Endpoint(GET=index, POST=create)
BOARD = Endpoint("rename", GET=show, PATCH=change)
ZONES = Endpoint("manage_zones", POST=create_zone)
ZONE = Endpoint("manage_zones", "zone", PATCH=change_zone)
