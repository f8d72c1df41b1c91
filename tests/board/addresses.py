"""Every address of a board: what it answers to each role, and how a test asks it."""

from typing import Any
from uuid import uuid4

from django.test import Client

from tests.support.cast import Cast

ROLES = ("anonymous", "stranger", "observer", "participant", "facilitator", "owner")
# Address below the board -> method, and the status for each of the ROLES in order.
READ = (302, 404, 200, 200, 200, 200)
EDIT = (302, 404, 403, 303, 303, 303)
FACILITATE = (302, 404, 403, 403, 303, 303)
OWN = (302, 404, 403, 403, 403, 303)
TABLE: dict[str, tuple[str, tuple[int, ...], dict[str, str]]] = {
    "": ("GET", READ, {}),
    "settings/": ("GET", READ, {}),
    "activity/": ("GET", READ, {}),
    "export/": ("GET", READ, {}),
    "trash/": ("GET", READ, {}),
    "cards/move/": ("POST", EDIT, {"card": "{card}", "zone": "{zone}"}),
    "cards/{card}/": ("GET", READ, {}),
    "sessions/{session}/": ("GET", READ, {}),
    "cards/": ("POST", EDIT, {"kind": "fact", "body": "x", "zone": "{zone}"}),
    "cards/{card}/edit/": ("POST", EDIT, {"body": "y", "base_version": "1"}),
    "cards/{card}/move/": ("POST", EDIT, {"zone": "{zone}", "after": "", "base_version": "1"}),
    "cards/{card}/delete/": ("POST", (302, 404, 403, 403, 303, 303), {}),
    "cards/{card}/restore/": ("POST", (302, 404, 403, 403, 303, 303), {}),
    "cards/{card}/replies/": ("POST", EDIT, {"body": "Why?"}),
    "cards/{card}/replies/{reply}/edit/": (
        "POST",
        (302, 404, 403, 403, 403, 303),
        {"body": "z", "base_version": "1"},
    ),
    "cards/{card}/replies/{reply}/delete/": ("POST", (302, 404, 403, 403, 303, 303), {}),
    "cards/{card}/replies/{reply}/restore/": ("POST", (302, 404, 403, 403, 303, 303), {}),
    "cards/{card}/replies/{reply}/resolve/": ("POST", EDIT, {}),
    "cards/{card}/replies/{reply}/reopen/": ("POST", EDIT, {}),
    "cards/{card}/replies/{reply}/promote/": ("POST", EDIT, {"kind": "fact"}),
    "cards/{card}/reactions/": ("POST", EDIT, {"reaction": "agree"}),
    "cards/{card}/reactions/remove/": ("POST", EDIT, {"reaction": "agree"}),
    "cards/{card}/links/": ("POST", EDIT, {"to": "{other}", "relation": "answers"}),
    "cards/{card}/links/{link}/remove/": ("POST", EDIT, {}),
    "cards/{card}/resolve/": ("POST", EDIT, {"kind": "answer", "statement": "So it was."}),
    "cards/{card}/reopen/": ("POST", (302, 404, 403, 409, 409, 409), {}),
    "cards/{card}/park/": ("POST", EDIT, {"reason": "needs data", "until": ""}),
    "undo/": ("POST", (302, 404, 409, 409, 409, 303), {}),
    "drafts/{place}/": ("PUT", (302, 404, 204, 204, 204, 204), {"text": "x"}),
    "zones/": ("POST", FACILITATE, {"title": "Ideas"}),
    "zones/{zone}/rename/": ("POST", FACILITATE, {"title": "Now"}),
    "zones/{zone}/move/": ("POST", FACILITATE, {"after": ""}),
    "members/": ("POST", FACILITATE, {"username": "stranger", "role": "observer"}),
    "members/observer/role/": ("POST", OWN, {"role": "participant"}),
    "members/observer/remove/": ("POST", (302, 404, 303, 403, 303, 303), {}),
    "invites/": ("POST", (302, 404, 403, 403, 303, 303), {"role": "participant"}),
    "invites/revoke/": ("POST", FACILITATE, {}),
    "sessions/?": ("GET", READ, {}),
    "sessions/": ("POST", FACILITATE, {"title": "Review"}),
    "sessions/{session}/start/": ("POST", FACILITATE, {}),
    "sessions/{session}/pause/": ("POST", (302, 404, 403, 403, 409, 409), {}),
    "sessions/{session}/resume/": ("POST", (302, 404, 403, 403, 409, 409), {}),
    "sessions/{session}/end/": ("POST", (302, 404, 403, 403, 409, 409), {}),
    "sessions/{session}/rename/": ("POST", FACILITATE, {"title": "Named"}),
    "rename/": ("POST", OWN, {"name": "Another"}),
    "archive/": ("POST", OWN, {}),
    "unarchive/": ("POST", OWN, {}),
    "stream/": ("GET", (501,) * 6, {}),  # answered before Django; tests/flows/test_wire.py
    "pulse/": ("GET", (501,) * 6, {}),
    "events/": ("GET", (501,) * 6, {}),
}


def client_of(cast: Cast, role: str) -> Client:
    client = Client()
    if role != "anonymous":
        client.force_login(cast.named(role))
    return client


def ask(client: Client, cast: Cast, path: str, method: str, fields: dict[str, str], **extra: Any) -> Any:
    names = {
        "card": cast.__dict__["card_uid"],
        "zone": cast.zone().uid,
        "session": cast.__dict__["session_uid"],
        "other": cast.__dict__["other_uid"],
        "reply": cast.__dict__["reply_uid"],
        "link": cast.__dict__["link_uid"],
        "place": "session",
    }
    url = f"/boards/{cast.board.slug}/{path.format(**names)}"
    if method == "GET":
        return client.get(url, **extra)
    if method == "PUT":
        return client.put(url, fields, "application/json", **extra)
    data = {name: value.format(**names) for name, value in fields.items()} | {"mid": str(uuid4())}
    return client.post(url, data, **extra)
