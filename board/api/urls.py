"""The API's addresses, without a trailing slash."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from board.api import boards, cards, endpoint, events, members, openapi, sessions, undo


class Username(StringConverter):
    regex = r"[\w.@+-]{1,150}"  # as Django's validator for new accounts


register_converter(Username, "username")

urlpatterns = [
    path("openapi.json", openapi.DOCUMENT, name="api-openapi"),
    path("boards", boards.BOARDS, name="api-boards"),
    path("boards/<slug:slug>", boards.BOARD, name="api-board"),
    path("boards/<slug:slug>/zones", boards.ZONES, name="api-zones"),
    path("boards/<slug:slug>/events", events.EVENTS, name="api-events"),
    path("boards/<slug:slug>/cards", cards.CARDS, name="api-cards"),
    path("boards/<slug:slug>/undo", undo.UNDO, name="api-undo"),
    path("boards/<slug:slug>/members", members.MEMBERS, name="api-members"),
    path("boards/<slug:slug>/members/<username:username>", members.MEMBER, name="api-member"),
    path("boards/<slug:slug>/sessions", sessions.SESSIONS, name="api-sessions"),
    path("zones/<uuid:uid>", boards.ZONE, name="api-zone"),
    path("cards/<uuid:uid>", cards.CARD, name="api-card"),
    path("cards/<uuid:uid>/move", cards.MOVE, name="api-card-move"),
    path("cards/<uuid:uid>/restore", cards.RESTORE, name="api-card-restore"),
    path("sessions/<uuid:uid>", sessions.SESSION, name="api-session"),
    path("sessions/<uuid:uid>/start", sessions.CHANGES["start"], name="api-session-start"),
    path("sessions/<uuid:uid>/pause", sessions.CHANGES["pause"], name="api-session-pause"),
    path("sessions/<uuid:uid>/resume", sessions.CHANGES["resume"], name="api-session-resume"),
    path("sessions/<uuid:uid>/end", sessions.CHANGES["end"], name="api-session-end"),
    path("<path:rest>", endpoint.unknown_address),
]
