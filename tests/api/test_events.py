from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from collaboration.models import Channel
from tests.api.client import Api
from tests.support.cast import Cast


def test_the_log_comes_in_order_and_in_pages(cast: Cast, observer: Api) -> None:
    for number in range(5):
        cast.card(str(number))
    path, seen = f"boards/{cast.board.slug}/events", []
    page = observer.get(f"{path}?limit=4")
    while page["events"]:
        seen += [event["seq"] for event in page["events"]]
        page = observer.get(f"{path}?limit=4&since={seen[-1]}")
    assert seen == list(range(1, page["head"] + 1))


def test_an_event_tells_who_did_what(cast: Cast, observer: Api) -> None:
    card = cast.card()
    channel = Channel.objects.get(name=cast.board.channel)
    page = observer.get(f"boards/{cast.board.slug}/events?since={channel.seq - 1}")
    assert (page["epoch"], page["head"], page["oldest"]) == (channel.epoch, channel.seq, 1)
    (event,) = page["events"]
    assert event["kind"] == "card.created" and event["data"]["card"]["id"] == str(card.uid)
    assert event["actor"] == {"id": str(cast.participant.uid), "name": "Participant"}
    assert event["at"].endswith("Z") and "html" not in event


def test_a_write_says_what_caused_it(cast: Cast, participant: Api) -> None:
    def write(**headers: str) -> Any:
        body = {"kind": "fact", "body": "x", "zone": str(cast.zone().uid)}
        return participant.post(f"boards/{cast.board.slug}/cards", body, headers=headers)

    epoch = Channel.objects.get(name=cast.board.channel).epoch
    made = write(**{"X-Cause": "00000000-0000-4000-8000-00000000000a"})
    for _ in range(3):
        made = write(**{"X-Caused-By": f"{epoch}-{made['seq']}"})
        assert made.status == 201
    refused = write(**{"X-Caused-By": f"{epoch}-{made['seq']}"})
    assert refused.status == 409 and refused["type"] == "loop"
    events = participant.get(f"boards/{cast.board.slug}/events?since={made['seq'] - 4}")["events"]
    assert [event["hop"] for event in events] == [0, 1, 2, 3]
    assert events[0]["cause"] == "00000000-0000-4000-8000-00000000000a"


def test_one_program_reacts_six_times_to_what_one_event_brought_about(cast: Cast, participant: Api) -> None:
    def react(seq: int) -> Any:
        body = {"kind": "fact", "body": "x", "zone": str(cast.zone().uid)}
        headers = {"X-Caused-By": f"{epoch}-{seq}"} if seq else {}
        return participant.post(f"boards/{cast.board.slug}/cards", body, headers=headers)

    epoch = Channel.objects.get(name=cast.board.channel).epoch
    first, second = react(0)["seq"], react(0)["seq"]
    made = [react(first) for _ in range(2)]
    made += [react(made[0]["seq"]) for _ in range(2)]
    made += [react(made[2]["seq"]) for _ in range(2)]
    assert [answer.status for answer in made] == [201] * 6
    refused = react(first)
    assert refused.status == 409 and refused["type"] == "loop" and "often enough" in refused["detail"]
    assert react(second).status == 201


def test_a_reaction_to_who_knows_what_is_one_all_the_same(cast: Cast, participant: Api) -> None:
    path, zone = f"boards/{cast.board.slug}/cards", str(cast.zone().uid)

    def react(said: str) -> int:
        body = {"kind": "fact", "body": "x", "zone": zone}
        return participant.post(path, body, headers={"X-Caused-By": said}).status

    participant.get("boards")  # from now on it has the cookie that tells browsers apart
    said = ["nonsense", "DEADBEEF-7", "deadbeef-999999999999999", "x" * 500]
    assert [react(said[n % 4]) for n in range(8)] == [201] * 6 + [409] * 2


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "00000000-0000-4000-8000-0000000000aa"}])
def test_forms_react_as_often_as_programs_do(cast: Cast, client: Client, headers: dict[str, str]) -> None:
    client.force_login(cast.participant)
    client.cookies["browser"] = f"browser-{uuid4()}"

    def react(mid: str) -> int:
        form = {"kind": "fact", "body": "x", "zone": str(cast.zone().uid), "mid": mid}
        said = {"X-Caused-By": "deadbeef-1", **headers}
        return client.post(f"/boards/{cast.board.slug}/cards/", form, headers=said).status_code

    mids = [str(uuid4()) for _ in range(8)]
    assert [react(mid) for mid in mids] == [303] * 6 + [409] * 2
    assert react(mids[0]) == 303  # it was carried out; its answer may have been lost


def test_a_reaction_whose_answer_was_lost_is_answered_again(cast: Cast, participant: Api) -> None:
    path, zone = f"boards/{cast.board.slug}/cards", str(cast.zone().uid)
    headers = {"X-Caused-By": "deadbeef-1", "Idempotency-Key": "00000000-0000-4000-8000-0000000000aa"}
    body = {"kind": "fact", "body": "x", "zone": zone}
    answers = [participant.post(path, body, headers=headers) for _ in range(9)]
    assert [answer["dup"] for answer in answers] == [False] + [True] * 8


def test_one_id_at_many_addresses_is_many_reactions(cast: Cast, client: Client) -> None:
    client.force_login(cast.participant)
    client.cookies["browser"] = f"browser-{uuid4()}"
    mid, said = str(uuid4()), {"X-Caused-By": "deadbeef-1"}
    paths = [f"/boards/{cast.board.slug}/cards/{cast.card().uid}/reactions/" for _ in range(8)]

    def react(path: str) -> int:
        return client.post(path, {"reaction": "agree", "mid": mid}, headers=said).status_code

    # What an id is used for once more is wrong, and read all the same: it costs as much as what is right.
    assert [react(path) for path in paths] == [303] + [422] * 5 + [409] * 2
    assert react(paths[0]) == 303


def test_a_trimmed_log_says_so(cast: Cast, observer: Api) -> None:
    cast.card()
    Channel.objects.filter(name=cast.board.channel).update(oldest=2)
    path = f"boards/{cast.board.slug}/events"
    gone = observer.get(f"{path}?since=0")
    assert gone.status == 410 and gone["oldest"] == 2
    assert [event["seq"] for event in observer.get(f"{path}?since=1")["events"]] == [2]
    assert observer.get(path)["events"][0]["seq"] == 2


@pytest.mark.parametrize(
    "query",
    ["since=-1", "since=x", "since=1e3", "since=", "since=" + "9" * 40, "limit=0", "limit=501", "limit=%00"],
)
def test_a_wrong_number_is_refused(cast: Cast, observer: Api, query: str) -> None:
    refused = observer.get(f"boards/{cast.board.slug}/events?{query}")
    assert refused.status == 422 and refused["detail"]


def test_since_the_head_there_is_nothing_yet(cast: Cast, observer: Api) -> None:
    assert observer.get(f"boards/{cast.board.slug}/events?since=999999")["events"] == []
