"""The API's addresses, without a trailing slash."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from board.api import boards, cards, endpoint, events, exports, members, openapi, sessions, talk, undo


class Username(StringConverter):
    regex = r"[\w.@+-]{1,150}"  # as Django's validator for new accounts


class Key(StringConverter):
    regex = r"[a-z_]{1,16}"


register_converter(Username, "username")
register_converter(Key, "reaction")

urlpatterns = [
    path("openapi.json", openapi.DOCUMENT, name="api-openapi"),
    path("boards", boards.BOARDS, name="api-boards"),
    path("boards/<slug:slug>", boards.BOARD, name="api-board"),
    path("boards/<slug:slug>/zones", boards.ZONES, name="api-zones"),
    path("boards/<slug:slug>/events", events.EVENTS, name="api-events"),
    path("boards/<slug:slug>/export", exports.EXPORT, name="api-export"),
    path("boards/<slug:slug>/cards", cards.CARDS, name="api-cards"),
    path("boards/<slug:slug>/cards/move", talk.MOVE_MANY, name="api-cards-move"),
    path("boards/<slug:slug>/undo", undo.UNDO, name="api-undo"),
    path("boards/<slug:slug>/members", members.MEMBERS, name="api-members"),
    path("boards/<slug:slug>/members/<username:username>", members.MEMBER, name="api-member"),
    path("boards/<slug:slug>/sessions", sessions.SESSIONS, name="api-sessions"),
    path("zones/<uuid:uid>", boards.ZONE, name="api-zone"),
    path("cards/<uuid:uid>", cards.CARD, name="api-card"),
    path("cards/<uuid:uid>/move", cards.MOVE, name="api-card-move"),
    path("cards/<uuid:uid>/restore", cards.RESTORE, name="api-card-restore"),
    path("cards/<uuid:uid>/resolve", talk.RESOLVE, name="api-card-resolve"),
    path("cards/<uuid:uid>/reopen", talk.REOPEN, name="api-card-reopen"),
    path("cards/<uuid:uid>/park", talk.PARK, name="api-card-park"),
    path("cards/<uuid:uid>/replies", talk.REPLIES, name="api-replies"),
    path("cards/<uuid:uid>/reactions", talk.REACTIONS, name="api-reactions"),
    path("cards/<uuid:uid>/reactions/<reaction:reaction>", talk.REACTION, name="api-reaction"),
    path("cards/<uuid:uid>/links", talk.LINKS, name="api-links"),
    path("links/<uuid:uid>", talk.LINK, name="api-link"),
    path("replies/<uuid:uid>", talk.REPLY, name="api-reply"),
    path("replies/<uuid:uid>/promote", talk.PROMOTE, name="api-reply-promote"),
    path("replies/<uuid:uid>/restore", talk.REPLY_CHANGES["restore"], name="api-reply-restore"),
    path("replies/<uuid:uid>/resolve", talk.REPLY_CHANGES["resolve"], name="api-reply-resolve"),
    path("replies/<uuid:uid>/reopen", talk.REPLY_CHANGES["reopen"], name="api-reply-reopen"),
    path("sessions/<uuid:uid>", sessions.SESSION, name="api-session"),
    path("sessions/<uuid:uid>/start", sessions.CHANGES["start"], name="api-session-start"),
    path("sessions/<uuid:uid>/pause", sessions.CHANGES["pause"], name="api-session-pause"),
    path("sessions/<uuid:uid>/resume", sessions.CHANGES["resume"], name="api-session-resume"),
    path("sessions/<uuid:uid>/end", sessions.CHANGES["end"], name="api-session-end"),
    path("<path:rest>", endpoint.unknown_address),
]
