"""How one call of the API is described in its OpenAPI document."""

from typing import Any

from board.api import schemas as shape

Operation = dict[str, Any]

PROBLEMS = {
    "400": "The request could not be read, or its Idempotency-Key is missing",
    "401": "Not signed in, or the token is not valid",
    "403": "Your role does not allow this, the board is archived, or the CSRF token is missing",
    "404": "Nothing here, or not yours to see",
    "405": "Another method than this address answers",
    "409": "conflict (with `current` and `yours`), loop, already-undone, last-owner or session-state",
    "410": "The log no longer goes back that far",
    "413": "The body is larger than 64 KiB",
    "415": "The body is not application/json",
    "422": "A value is wrong (`fields` says which), or the Idempotency-Key was used for another request",
    "429": "Your own limit: wait Retry-After seconds",
    "500": "A fault of the server",
    "503": "The server's state: wait Retry-After seconds",
}
READING = ("400", "401", "404", "405", "429", "500", "503")
WRITING = (*READING, "403", "409", "413", "415", "422")
UID = {"name": "uid", "in": "path", "required": True, "schema": shape.UID}
SLUG = {
    "name": "slug",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"},
}
USERNAME = {
    "name": "username",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": r"^[\w.@+-]{1,150}$"},
}
REACTION = {
    "name": "reaction",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[a-z_]{1,16}$"},
}
PATH = {"slug": SLUG, "uid": UID, "username": USERNAME, "reaction": REACTION}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": shape.UID,
    "description": "A new UUID for a new write, the same one to repeat it.",
}
CAUSE = {
    "name": "X-Cause",
    "in": "header",
    "schema": shape.UID,
    "description": "The gesture behind this write.",
}
CAUSED_BY = {
    "name": "X-Caused-By",
    "in": "header",
    "schema": {"type": "string", "pattern": "^[0-9a-f]{8}-[0-9]{1,15}$"},
    "description": "The event a program reacts to. More than three reactions in a row are refused: `loop`.",
}
SINCE = {
    "name": "since",
    "in": "query",
    "schema": {"type": "integer", "minimum": 0, "maximum": 10**15 - 1},
    "description": "Exclusive. Without it, from the oldest event.",
}
LIMIT = {
    "name": "limit",
    "in": "query",
    "schema": {"type": "integer", "minimum": 1, "maximum": 500, "default": 100},
}


AS = {
    "name": "as",
    "in": "query",
    "schema": {"enum": ["json", "markdown", "csv"], "default": "json"},
    "description": "JSON is the log, which an import makes the same board from.",
}


def exporting(operation: Operation) -> Operation:
    """The same board in words and as a table."""
    for kind in ("text/markdown", "text/csv"):
        operation["responses"]["200"]["content"][kind] = {"schema": shape.TEXT}
    return operation


def problem(status: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": shape.of("Problem")}}
    return {"description": PROBLEMS[status], "content": content}


def answers(statuses: tuple[str, ...], status: str, answer: str) -> dict[str, Any]:
    found = {"description": "Done", "content": {"application/json": {"schema": shape.of(answer)}}}
    return {status: found} | {code: problem(code) for code in sorted(statuses)}


def reading(
    id: str, summary: str, answer: str, *query: dict[str, Any], also: tuple[str, ...] = ()
) -> Operation:
    return {
        "operationId": id,
        "summary": summary,
        "parameters": list(query),
        "security": [{"token": []}, {"session": []}],
        "responses": answers((*READING, *also), "200", answer),
    }


def writing(
    id: str, summary: str, answer: str, body: dict[str, Any] | None = None, status: str = "200"
) -> Operation:
    operation: Operation = {
        "operationId": id,
        "summary": summary,
        "parameters": [KEY, CAUSE, CAUSED_BY],
        "security": [{"token": []}, {"session": [], "csrf": []}],
        "responses": answers(WRITING, status, answer),
    }
    if body:
        content = {"application/json": {"schema": body}}
        operation["requestBody"] = {
            "required": "required" in body or "minProperties" in body,
            "content": content,
        }
    return operation


def parameters_of(path: str) -> list[dict[str, Any]]:
    return [parameter for name, parameter in PATH.items() if f"{{{name}}}" in path]
