"""What the API's JSON looks like, as JSON Schema for the OpenAPI document."""

from typing import Any

from board.models import ALIASES, Kind, Link, Outcome, Reaction, Role, Zone
from board.operations.values import BODY_LENGTH, NAME_LENGTH, STATEMENT_LENGTH
from board.templates_of_boards import TEMPLATES

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
UID: Schema = {"type": "string", "format": "uuid"}
TIME: Schema = {"type": "string", "format": "date-time"}
NAME: Schema = {"type": "string", "minLength": 1, "maxLength": NAME_LENGTH}
TITLE: Schema = {"type": "string", "maxLength": NAME_LENGTH}
BODY: Schema = {"type": "string", "minLength": 1, "maxLength": BODY_LENGTH, "description": "Markdown"}
STATEMENT: Schema = {"type": "string", "minLength": 1, "maxLength": STATEMENT_LENGTH}
VERSION: Schema = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
ROLE: Schema = {"enum": [str(role) for role in Role.values]}
KIND: Schema = {"enum": [str(kind) for kind in Kind.values]}
KIND_WRITTEN: Schema = {
    "enum": [*KIND["enum"], *ALIASES],
    "description": "`accusation` is stored as `claim`.",
}


def of(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def many(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def given(**required: Schema) -> Schema:
    """An object in an answer: these fields are always there; later versions may add others."""
    return {"type": "object", "required": list(required), "properties": required}


def sent(optional: dict[str, Schema] | None = None, **required: Schema) -> Schema:
    """An object in a request: nothing but these fields."""
    schema: Schema = {
        "type": "object",
        "properties": required | (optional or {}),
        "additionalProperties": False,
    }
    return schema | ({"required": list(required)} if required else {})


def one_of(**fields: Schema) -> Schema:
    return sent(fields) | {"minProperties": 1, "maxProperties": 1}


def written(**objects: Schema) -> Schema:
    """A write's answer; an object is null when it has been deleted since."""
    return given(**{name: or_null(schema) for name, schema in objects.items()}, seq=WHOLE, dup=FLAG)


PERSON = given(id=TEXT, name=TEXT)
CARD = given(
    id=UID,
    number=WHOLE,
    kind=KIND,
    body=TEXT,
    rank={"type": "string", "description": "Opaque. Cards of a zone are ordered by (rank, number)."},
    version={"type": "integer", "description": "One more for every change of this card."},
    author=or_null(of("Person")),
    assignee=or_null(of("Person")),
    zone=UID,
)
OUTCOME = given(
    id=UID,
    kind={"enum": [str(kind) for kind in Outcome.Kind.values]},
    statement=TEXT,
    by=or_null(of("Person")),
    at=TIME,
)
RELATION: Schema = {"enum": [str(relation) for relation in Link.Relation.values]}
REACTION: Schema = {"enum": [str(key) for key in Reaction.Key.values]}
STANDING = or_null({"enum": ["unsupported", "supported", "contested"]})
PARKED = or_null(given(reason=TEXT, until=or_null({"type": "string", "format": "date"})))


def card_with(**talk: Schema) -> Schema:
    """A card and how it stands; `talk`: what was said about it, in short or whole."""
    standing = {"outcome": or_null(of("Outcome")), "parked": PARKED, "standing": STANDING}
    return {"allOf": [of("Card"), given(**standing, **talk)]}


SHOWN_CARD = card_with(
    reactions={"type": "object", "description": "How often each was given."},
    links=many(given(to=UID, relation=RELATION)),
    replies=WHOLE,
)
REPLY = given(
    id=UID,
    card=UID,
    number=WHOLE,
    body=TEXT,
    version=WHOLE,
    author=or_null(of("Person")),
    at=TIME,
    resolved=FLAG,
    promoted=or_null(UID),
)
LINK = given(id=UID, **{"from": UID}, to=UID, relation=RELATION, numbers={"type": "object"})
WHOLE_CARD = card_with(
    reactions={"type": "object", "description": "Who gave each."},
    links=many(of("Link")),
    replies=many(of("Reply")),
    outcomes=many(of("Outcome")),
)
ZONE = given(id=UID, purpose={"enum": [str(value) for value in Zone.Purpose.values]}, title=TEXT, rank=TEXT)
SESSION = given(
    id=UID,
    title=TEXT,
    status={"enum": ["scheduled", "live", "paused", "ended", "cancelled"]},
    planned_s=or_null(WHOLE),
    accumulated_ms=WHOLE,
    running_since=or_null(TIME),
    started_at=or_null(TIME),
    ended_at=or_null(TIME),
    started_by=or_null(of("Person")),
)
EVENT = given(
    seq=WHOLE,
    kind=TEXT,
    actor=or_null(of("Person")),
    at=TIME,
    mid=UID,
    cause=or_null(TEXT),
    hop=WHOLE,
    data={"type": "object", "description": "The facts, with values before and after."},
)
PROBLEM = given(type=TEXT, title=TEXT, status={"type": "integer"}, detail=TEXT)
COMPONENTS: dict[str, Schema] = {
    "Person": PERSON,
    "Card": CARD,
    "ShownCard": SHOWN_CARD,
    "WholeCard": WHOLE_CARD,
    "CardPage": given(card=of("WholeCard"), board=TEXT),
    "Reply": REPLY,
    "Link": LINK,
    "Outcome": OUTCOME,
    "Zone": ZONE,
    "Session": SESSION,
    "Event": EVENT,
    "Member": given(id=UID, username=TEXT, name=TEXT, role=ROLE),
    "Summary": given(slug=TEXT, name=TEXT, role=ROLE, archived=FLAG, seq=WHOLE),
    "Snapshot": given(
        slug=TEXT,
        name=TEXT,
        archived=FLAG,
        epoch=TEXT,
        seq=WHOLE,
        zones=many({"allOf": [of("Zone"), given(cards=many(of("ShownCard")))]}),
        session=or_null(of("Session")),
        members=many(of("Member")),
    ),
    "Problem": PROBLEM,
    "WrittenBoard": written(board=of("Summary")),
    "WrittenZone": written(zone=of("Zone")),
    "WrittenCard": written(card=of("Card")),
    "WrittenReply": written(reply=of("Reply")),
    "WrittenLink": written(link=of("Link")),
    "WrittenMember": written(member=of("Member")),
    "WrittenSession": written(session=of("Session")),
    "Undone": given(event=of("Event"), seq=WHOLE, dup=FLAG),
    "Boards": given(boards=many(of("Summary"))),
    "CreatedBoard": {"allOf": [of("Snapshot"), given(dup=FLAG)]},
    "Log": given(epoch=TEXT, head=WHOLE, oldest=WHOLE, events=many(of("Event"))),
    "Export": given(
        format={"const": "parley-board"},
        version={"const": 1},
        exported_at=TIME,
        board=given(slug=TEXT, name=TEXT, template=TEXT, archived=FLAG),
        epoch=TEXT,
        head=WHOLE,
        people=many(given(id=UID, name=TEXT, username=TEXT)),
        events=many(of("Event")),
    ),
    "SessionPage": given(
        session=of("Session"),
        board=TEXT,
        participants=many(of("Person")),
        from_seq=or_null(WHOLE),
        to_seq=or_null(WHOLE),
    ),
}
TEMPLATE: Schema = {"enum": ["", *TEMPLATES]}
