"""An example of every request and answer, for the OpenAPI document; a test sends each and compares each."""

from typing import Any

SLUG = "1f6b0c3a9d5e4f7286a0b1c2"
ZONE = "6a1f0f0e-6c0b-4a53-9d0c-6a5e3a2b1c01"
PARKING = "6a1f0f0e-6c0b-4a53-9d0c-6a5e3a2b1c02"
CARD = "0b9d6c52-4f0e-4c57-8a43-2f6f4a1e7d01"
OTHER = "0b9d6c52-4f0e-4c57-8a43-2f6f4a1e7d02"
REPLY = "9e2c7a10-83b4-4a6f-b1de-5c7d90e3f401"
LINK = "4d8e1b73-1c29-4e0a-9f35-7b6a2c8d5e01"
SESSION = "c3f5a8d2-7e61-4b90-8c24-1a9d0e6b3f01"
PERSON = {"id": "7f3e2d1c-0b9a-4876-a543-21fedcba9801", "name": "Anna"}
USERNAME = "anna"
AT = "2031-05-24T14:02:11.123Z"
UIDS = {"zones": ZONE, "cards": CARD, "replies": REPLY, "links": LINK, "sessions": SESSION}

REQUESTS: dict[str, Any] = {
    "createBoard": {"name": "Checkout outage", "template": "incident"},
    "changeBoard": {"name": "Checkout outage, Friday"},
    "createZone": {"title": "Ideas"},
    "changeZone": {"title": "Later"},
    "createCard": {"kind": "fact", "body": "Errors began at 09:12 UTC.", "zone": ZONE},
    "changeCard": {"body": "Errors began at 09:14 UTC.", "base_version": 1},
    "moveCard": {"zone": PARKING, "after": None, "base_version": 1},
    "moveCards": {"cards": [CARD, OTHER], "zone": PARKING},
    "resolveCard": {"kind": "decision", "statement": "We roll back tonight."},
    "parkCard": {"reason": "needs data", "until": "2031-05-24"},
    "addReply": {"body": "Who saw it first?"},
    "editReply": {"body": "Who saw it, and when?", "base_version": 1},
    "promoteReply": {"kind": "question"},
    "addReaction": {"reaction": "agree"},
    "addLink": {"to": OTHER, "relation": "supports"},
    "addMember": {"username": USERNAME, "role": "participant"},
    "changeRole": {"role": "facilitator"},
    "createSession": {"title": "Incident review"},
    "undo": {},
}

card: dict[str, Any] = {
    "id": CARD,
    "number": 7,
    "kind": "fact",
    "body": "Errors began at 09:12 UTC.",
    "rank": "i0000000",
    "version": 1,
    "author": PERSON,
    "assignee": None,
    "zone": ZONE,
}
quiet = {"outcome": None, "parked": None, "standing": None}
shown = (
    card | quiet | {"reactions": {"agree": 2}, "links": [{"to": OTHER, "relation": "supports"}], "replies": 1}
)
reply: dict[str, Any] = {
    "id": REPLY,
    "card": CARD,
    "number": 7,
    "body": "Who saw it first?",
    "version": 1,
    "author": PERSON,
}
reply |= {"at": AT, "resolved": False, "promoted": None}
link: dict[str, Any] = {
    "id": LINK,
    "from": CARD,
    "to": OTHER,
    "relation": "supports",
    "numbers": {"from": 7, "to": 8},
}
whole: dict[str, Any] = (
    card
    | quiet
    | {"reactions": {"agree": [PERSON["id"]]}, "links": [link], "replies": [reply], "outcomes": []}
)
zone: dict[str, Any] = {"id": ZONE, "purpose": "active", "title": "Active", "rank": "i0000000"}
member: dict[str, Any] = {"id": PERSON["id"], "username": USERNAME, "name": "Anna", "role": "owner"}
summary: dict[str, Any] = {
    "slug": SLUG,
    "name": "Checkout outage",
    "role": "owner",
    "archived": False,
    "seq": 42,
}
session: dict[str, Any] = {
    "id": SESSION,
    "title": "Incident review",
    "status": "live",
    "planned_s": None,
    "accumulated_ms": 0,
}
session |= {"running_since": AT, "started_at": AT, "ended_at": None, "started_by": PERSON}
event: dict[str, Any] = {
    "seq": 42,
    "kind": "board.renamed",
    "actor": PERSON,
    "at": AT,
    "mid": "5b0e7d9c-2a41-4f38-b6c7-8d9e0f1a2b01",
}
event |= {"cause": None, "hop": 0, "data": {"name": {"before": "Outage", "after": "Checkout outage"}}}
snapshot: dict[str, Any] = {
    "slug": SLUG,
    "name": "Checkout outage",
    "archived": False,
    "epoch": "9c41d07e",
    "seq": 42,
}
snapshot |= {"zones": [zone | {"cards": [shown]}], "session": session, "members": [member]}
exported: dict[str, Any] = {"format": "parley-board", "version": 1, "exported_at": AT}
exported |= {"board": {"slug": SLUG, "name": "Checkout outage", "template": "incident", "archived": False}}
exported |= {
    "epoch": "9c41d07e",
    "head": 1,
    "people": [{key: member[key] for key in ("id", "name", "username")}],
}
exported |= {"events": [event | {"seq": 1}]}
done: dict[str, Any] = {"seq": 43, "dup": False}

ANSWERS: dict[str, Any] = {
    "Document": {"openapi": "3.1.0", "paths": {}},
    "Boards": {"boards": [summary]},
    "CreatedBoard": snapshot | {"dup": False},
    "Snapshot": snapshot,
    "WrittenBoard": {"board": summary, **done},
    "WrittenZone": {"zone": zone, **done},
    "WrittenCard": {"card": card, **done},
    "WrittenReply": {"reply": reply, **done},
    "WrittenLink": {"link": link, **done},
    "WrittenMember": {"member": member, **done},
    "WrittenSession": {"session": session, **done},
    "Undone": {"event": event, **done},
    "Log": {"epoch": "9c41d07e", "head": 42, "oldest": 1, "events": [event]},
    "Export": exported,
    "CardPage": {"card": whole, "board": SLUG},
    "SessionPage": {
        "session": session,
        "board": SLUG,
        "participants": [PERSON],
        "from_seq": 20,
        "to_seq": None,
    },
}
TEXTS = {
    "text/markdown": "# Checkout outage\n\n## Active\n\n### Fact #7\n",
    "text/csv": "number,kind,text,zone\r\n7,fact,Errors began at 09:12 UTC.,Active\r\n",
}
PATH = {"slug": SLUG, "username": USERNAME, "reaction": "agree"}


def with_examples(operation: dict[str, Any]) -> dict[str, Any]:
    """The operation with its request and its answer shown."""
    if content := operation.get("requestBody", {}).get("content", {}).get("application/json"):
        content["example"] = REQUESTS[operation["operationId"]]
    for status in operation["responses"].keys() & {"200", "201"}:
        for kind, content in operation["responses"][status]["content"].items():
            name = content["schema"].get("$ref", "").rpartition("/")[2]
            content["example"] = ANSWERS[name] if name else TEXTS[kind]
    return operation


def in_path(path: str, parameter: dict[str, Any]) -> dict[str, Any]:
    """A parameter of the path with its value in the examples."""
    return parameter | {"example": PATH.get(parameter["name"]) or UIDS[path.split("/")[1]]}
