import json
from typing import Any

import pytest

from board.api.body import MAX_BYTES, parse
from board.api.problems import Malformed
from board.models import Card
from tests.api.client import Answer, Api
from tests.support.cast import Cast

MALFORMED = {
    "half an object": b'{"name": "x"',
    "an array": b'[{"name": "x"}]',
    "text": b'"name"',
    "a number": b"7",
    "null": b"null",
    "a comma too many": b'{"name": "x",}',
    "single quotes": b"{'name': 'x'}",
    "two objects": b'{"name": "x"} {"name": "y"}',
    "a byte order mark": b'\xef\xbb\xbf{"name": "x"}',
    "another encoding": '{"name": "x"}'.encode("utf-16"),
    "broken UTF-8": b'{"name": "\xff\xfe"}',
    "half a character": b'{"name": "\\ud83d"}',
    "half a character as a name": b'{"\\udc00": "x"}',
    "a field twice": b'{"name": "x", "name": "y"}',
    "not a number": b'{"name": NaN}',
    "endless": b'{"name": -Infinity}',
    "a raw line break in text": b'{"name": "a\nb"}',
    "a raw NUL": b'{"name": "a\x00b"}',
    "deep arrays": b'{"name": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "deep objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "brackets that never close": b"[" * 60_000,
    "quotes that never close": b'{"name": "' + b'\\"' * 30_000,
    "a number of 60,000 digits": b'{"name": ' + b"9" * 60_000 + b"}",
}
XSS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![x](data:text/html;base64,PHNjcmlwdD4=)",
    '"><svg onload=alert(1)>',
    "<style>@import url(//evil.example)</style>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "{{7*7}} ${7*7} <%= 7*7 %>",
    "a\u2028b\u2029c]]>--></textarea>",
]


def is_a_sentence(answer: Answer) -> bool:
    problem = answer.body
    return (
        answer.headers["Content-Type"] == "application/problem+json"
        and problem["status"] == answer.status
        and bool(problem["type"] and problem["title"])
        and len(problem["detail"]) > 15
        and "Traceback" not in problem["detail"]
    )


@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_body_is_refused_in_words(owner: Api, raw: bytes) -> None:
    answer = owner.raw("POST", "boards", raw)
    assert answer.status == 400 and is_a_sentence(answer)
    assert owner.raw("POST", "boards", b'{"name": "Fine"}').status == 201


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x" * 900],
)
def test_anything_but_json_is_refused(owner: Api, content_type: str) -> None:
    for raw in (b'{"name": "x"}', b""):
        answer = owner.raw("POST", "boards", raw, content_type=content_type)
        assert answer.status == 415 and is_a_sentence(answer)
    assert (
        owner.raw("POST", "boards", b'{"name": "x"}', content_type="Application/JSON; charset=utf-8").status
        == 201
    )


def test_an_empty_body_is_no_object(owner: Api) -> None:
    assert owner.raw("POST", "boards", b" ").status == 400
    with pytest.raises(Malformed):
        parse(b"")


def test_a_body_may_have_64_kib(owner: Api) -> None:
    fits = b'{"name": "x"}'.ljust(MAX_BYTES)
    assert owner.raw("POST", "boards", fits).status == 201
    answer = owner.raw("POST", "boards", fits + b" ")
    assert answer.status == 413 and is_a_sentence(answer)


def test_a_body_that_hides_its_length_is_measured(owner: Api) -> None:
    with pytest.raises(Exception, match="64 KiB"):
        parse(b" " * (MAX_BYTES + 1))


def test_what_needs_no_body_takes_an_empty_one_or_none(cast: Cast, participant: Api) -> None:
    path = f"cards/{cast.card().uid}"
    assert participant.raw("DELETE", path, content_type="").status == 200
    assert participant.raw("POST", f"{path}/restore", b"{}").status == 200
    assert participant.raw("DELETE", path, b'{"really": true}').status == 422
    assert participant.raw("DELETE", path, b"gone").status == 400


@pytest.mark.parametrize("body", XSS)
def test_hostile_text_is_stored_as_text_and_rendered_harmless(
    cast: Cast, participant: Api, body: str
) -> None:
    path, sent = (
        f"boards/{cast.board.slug}/cards",
        {"kind": "fact", "body": body, "zone": str(cast.zone().uid)},
    )
    assert participant.post(path, sent)["card"]["body"] == body
    html = Card.objects.get().body_html.lower()
    assert not any(tag in html for tag in ("<script", "<img", "<svg", "<style", "<iframe", '="javascript:'))


@pytest.mark.parametrize("name", [*XSS, "a\r\nSet-Cookie: x=1", "\u202egnp.exe", "👩‍👩‍👧‍👦", "é" * 120])
def test_names_keep_what_people_write(cast: Cast, owner: Api, name: str) -> None:
    answer = owner.patch(f"boards/{cast.board.slug}", {"name": name})
    assert answer.status == 200 and answer["board"]["name"] == " ".join(name.split())


@pytest.mark.parametrize("value", [None, 7, 1.5, True, [], {}, "", " ", "x" * 121, "a\x00b"])
def test_a_name_is_a_name(cast: Cast, owner: Api, value: Any) -> None:
    answer = owner.patch(f"boards/{cast.board.slug}", {"name": value})
    assert answer.status == 422 and is_a_sentence(answer)


def test_foreign_ids_are_not_found(cast: Cast, owner: Api) -> None:
    elsewhere = owner.post("boards", {"name": "Other"})["zones"][0]["id"]
    sent = {"kind": "fact", "body": "x", "zone": elsewhere}
    answer = owner.post(f"boards/{cast.board.slug}/cards", sent)
    assert answer.status == 422 and list(answer["fields"]) == ["zone"] and is_a_sentence(answer)


@pytest.mark.parametrize(
    "header", ["X-Cause", "X-Caused-By", "X-CSRFToken", "Accept", "Accept-Language", "Cookie"]
)
@pytest.mark.parametrize(
    "value", ["x" * 10_000, "\x00", "üÿ", "00000000-999999999999999", "deadbeef-" + "9" * 99]
)
def test_odd_headers_break_nothing(owner: Api, header: str, value: str) -> None:
    answer = owner.post("boards", {"name": "x"}, headers={header: value})
    assert answer.status < 500


def test_an_answer_repeats_little_of_a_wrong_body(owner: Api) -> None:
    many = {f"{number:04}" + "x" * 20: 1 for number in range(2000)}
    answer = owner.post("boards", many)
    assert answer.status == 422 and len(json.dumps(answer.body)) < 5_000


def test_the_parser_alone_refuses_and_never_breaks() -> None:
    for raw in MALFORMED.values():
        with pytest.raises(Malformed):
            parse(raw)
