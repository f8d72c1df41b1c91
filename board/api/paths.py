"""Every call of the API, as its OpenAPI document describes it."""

from board.api import schemas as shape
from board.api.describing import AS, LIMIT, SINCE, Operation, exporting, reading, writing

PATHS: dict[str, dict[str, Operation]] = {
    "/openapi.json": {
        "get": reading("openapi", "This document", "Document"),
    },
    "/boards": {
        "get": reading("listBoards", "The boards you are on", "Boards"),
        "post": writing(
            "createBoard",
            "A new board, yours; `seq` is that of the snapshot",
            "CreatedBoard",
            shape.sent({"template": shape.TEMPLATE}, name=shape.NAME),
            "201",
        ),
    },
    "/boards/{slug}": {
        "get": reading("getBoard", "The whole board as of its `seq`", "Snapshot"),
        "patch": writing(
            "changeBoard",
            "Rename, archive or bring back: one field at a time",
            "WrittenBoard",
            shape.one_of(name=shape.NAME, archived=shape.FLAG),
        ),
    },
    "/boards/{slug}/zones": {
        "post": writing(
            "createZone", "A new custom zone", "WrittenZone", shape.sent(title=shape.NAME), "201"
        ),
    },
    "/boards/{slug}/events": {
        "get": reading("listEvents", "The log, ascending", "Log", SINCE, LIMIT, also=("410", "422")),
    },
    "/boards/{slug}/export": {
        "get": exporting(
            reading("exportBoard", "The board as a file", "Export", AS, also=("403", "410", "422"))
        ),
    },
    "/boards/{slug}/cards": {
        "post": writing(
            "createCard",
            "A new card at the end of a zone",
            "WrittenCard",
            shape.sent(kind=shape.KIND_WRITTEN, body=shape.BODY, zone=shape.UID),
            "201",
        ),
    },
    "/boards/{slug}/undo": {
        "post": writing(
            "undo",
            "Take back your own change `seq`, or your last one; undoing an undo is redo",
            "Undone",
            shape.sent({"seq": {"type": "integer", "minimum": 1, "maximum": 10**15 - 1}}),
        ),
    },
    "/boards/{slug}/members": {
        "post": writing(
            "addMember",
            "Add a person by username",
            "WrittenMember",
            shape.sent(username=shape.NAME, role=shape.ROLE),
            "201",
        ),
    },
    "/boards/{slug}/members/{username}": {
        "patch": writing("changeRole", "Give another role", "WrittenMember", shape.sent(role=shape.ROLE)),
        "delete": writing("removeMember", "Remove a person, or leave; closes their streams", "WrittenMember"),
    },
    "/boards/{slug}/sessions": {
        "post": writing(
            "createSession",
            "Plan a session; start it to begin",
            "WrittenSession",
            shape.sent({"title": shape.TITLE}),
            "201",
        ),
    },
    "/zones/{uid}": {
        "patch": writing(
            "changeZone",
            "Rename a zone, or put it after another one (null: first): one field at a time",
            "WrittenZone",
            shape.one_of(title=shape.NAME, after=shape.or_null(shape.UID)),
        ),
    },
    "/boards/{slug}/cards/move": {
        "post": writing(
            "moveCards",
            "Put many cards at the end of a zone, in this order: one event",
            "Undone",
            shape.sent(cards=shape.many(shape.UID) | {"minItems": 1, "maxItems": 100}, zone=shape.UID),
        ),
    },
    "/cards/{uid}/resolve": {
        "post": writing(
            "resolveCard",
            "Say in one sentence how it ended; it moves to Resolved, without a decision to Unresolved",
            "WrittenCard",
            shape.sent(kind={"enum": shape.OUTCOME["properties"]["kind"]["enum"]}, statement=shape.STATEMENT),
        ),
    },
    "/cards/{uid}/reopen": {
        "post": writing("reopenCard", "Back to Active; the outcome is kept", "WrittenCard"),
    },
    "/cards/{uid}/park": {
        "post": writing(
            "parkCard",
            "Into the parking lot, with a reason and maybe a day",
            "WrittenCard",
            shape.sent({"until": shape.or_null(shape.TEXT)}, reason=shape.NAME),
        ),
    },
    "/cards/{uid}/replies": {
        "post": writing("addReply", "Reply to a card", "WrittenReply", shape.sent(body=shape.BODY), "201"),
    },
    "/cards/{uid}/reactions": {
        "post": writing("addReaction", "Mark a card", "WrittenCard", shape.sent(reaction=shape.REACTION)),
    },
    "/cards/{uid}/reactions/{reaction}": {
        "delete": writing("removeReaction", "Take a mark back", "WrittenCard"),
    },
    "/cards/{uid}/links": {
        "post": writing(
            "addLink",
            "Link this card to another one",
            "WrittenLink",
            shape.sent(to=shape.UID, relation=shape.RELATION),
            "201",
        ),
    },
    "/links/{uid}": {"delete": writing("removeLink", "Unlink two cards", "WrittenLink")},
    "/replies/{uid}": {
        "patch": writing(
            "editReply",
            "Change your own words",
            "WrittenReply",
            shape.sent(body=shape.BODY, base_version=shape.VERSION),
        ),
        "delete": writing("deleteReply", "Delete a reply; it can be restored", "WrittenReply"),
    },
    "/replies/{uid}/promote": {
        "post": writing(
            "promoteReply", "Make it a card of its own", "WrittenReply", shape.sent(kind=shape.KIND_WRITTEN)
        ),
    },
    "/replies/{uid}/restore": {"post": writing("restoreReply", "Bring a deleted reply back", "WrittenReply")},
    "/replies/{uid}/resolve": {"post": writing("resolveReply", "Settle a reply", "WrittenReply")},
    "/replies/{uid}/reopen": {"post": writing("reopenReply", "Open a settled reply again", "WrittenReply")},
    "/cards/{uid}": {
        "get": reading("getCard", "A card with everything that was said about it", "CardPage"),
        "patch": writing(
            "changeCard",
            "Change body, kind or assignee (a username, null for nobody)",
            "WrittenCard",
            shape.sent(
                {"body": shape.BODY, "kind": shape.KIND_WRITTEN, "assignee": shape.or_null(shape.TEXT)},
                base_version=shape.VERSION,
            )
            | {"minProperties": 2},
        ),
        "delete": writing("deleteCard", "Delete a card; it can be restored", "WrittenCard"),
    },
    "/cards/{uid}/move": {
        "post": writing(
            "moveCard",
            "Put a card after another one (null: on top); `placed: end` when that one is gone",
            "WrittenCard",
            shape.sent(zone=shape.UID, after=shape.or_null(shape.UID), base_version=shape.VERSION),
        ),
    },
    "/cards/{uid}/restore": {"post": writing("restoreCard", "Bring a deleted card back", "WrittenCard")},
    "/sessions/{uid}": {"get": reading("getSession", "A session and who took part", "SessionPage")},
    "/sessions/{uid}/start": {"post": writing("startSession", "Start a planned session", "WrittenSession")},
    "/sessions/{uid}/pause": {"post": writing("pauseSession", "Stop the clock", "WrittenSession")},
    "/sessions/{uid}/resume": {"post": writing("resumeSession", "Let the clock run on", "WrittenSession")},
    "/sessions/{uid}/end": {"post": writing("endSession", "End the session", "WrittenSession")},
}
