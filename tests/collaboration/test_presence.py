"""Leases with a held clock: who is here, and who is not any more."""

from typing import Any

from collaboration.conf import (
    EDITING_SECONDS,
    EVIDENCE_SECONDS,
    GRACE_SECONDS,
    IDLE_SECONDS,
    PEER_SECONDS,
    ROSTER_PEOPLE,
)
from collaboration.presence import Presence
from tests.support.clock import Clock

PIA = {"name": "Pia", "initials": "PI", "hue": "hue--blue"}
ADA = {"name": "Ada", "initials": "AD", "hue": "hue--rose"}


def here(*, proxied: bool = False) -> tuple[Presence, Clock]:
    clock = Clock()
    return Presence(clock, proxied=proxied), clock


def names(presence: Presence) -> list[str]:
    return [row["name"] for row in presence.roster()[0]]


def only(presence: Presence) -> dict[str, Any]:
    ((row,), _more) = presence.roster()
    return row


def test_three_streams_of_one_person_are_one_person() -> None:
    presence, clock = here()
    for stream in "abc":
        presence.join("pia", PIA, stream)
    presence.leave("pia", "a")
    presence.leave("pia", "b")
    clock.pass_(1000)
    assert names(presence) == ["Pia"]


def test_a_reload_is_never_noticed() -> None:
    presence, clock = here()
    presence.join("pia", PIA, "before")
    presence.leave("pia", "before")
    clock.pass_(GRACE_SECONDS - 0.1)
    assert names(presence) == ["Pia"]
    presence.join("pia", PIA, "after")
    clock.pass_(GRACE_SECONDS)
    assert names(presence) == ["Pia"]


def test_who_leaves_is_gone_after_the_grace() -> None:
    presence, clock = here()
    presence.join("pia", PIA, "a")
    presence.leave("pia", "a")
    clock.pass_(GRACE_SECONDS)
    assert names(presence) == []
    presence.expire()
    assert presence.is_empty()


def test_who_hides_is_gone_at_once() -> None:
    presence, _clock = here()
    presence.join("pia", PIA, "a")
    presence.leave("pia", "a", at_once=True)
    assert names(presence) == []


def test_idle_is_a_minute_without_doing_anything_and_opening_a_stream_again_is_nothing() -> None:
    presence, clock = here()
    presence.join("pia", PIA, "a")
    clock.pass_(IDLE_SECONDS - 0.1)
    assert only(presence)["idle"] is False
    clock.pass_(0.1)
    assert only(presence)["idle"] is True
    presence.join("pia", PIA, "b")
    assert only(presence)["idle"] is True
    presence.beat("pia")
    assert only(presence)["idle"] is False


def test_on_which_card_and_editing_until_the_lease_ends() -> None:
    presence, clock = here()
    presence.join("pia", PIA, "a")
    presence.look("pia", "card-1")
    presence.edit("pia", "card-2")
    assert (only(presence)["card"], only(presence)["editing"]) == ("card-1", "card-2")
    clock.pass_(EDITING_SECONDS)
    assert (only(presence)["card"], only(presence)["editing"]) == ("card-1", None)
    assert presence.roster(detail=False)[0][0]["card"] is None


def test_behind_a_proxy_five_minutes_without_evidence_do_not_count() -> None:
    presence, clock = here(proxied=True)
    presence.join("pia", PIA, "a")
    clock.pass_(EVIDENCE_SECONDS - 0.1)
    assert names(presence) == ["Pia"]
    clock.pass_(0.1)
    assert names(presence) == []
    presence.beat("pia")
    assert names(presence) == ["Pia"]


def test_without_a_proxy_an_open_stream_is_evidence_enough() -> None:
    presence, clock = here()
    presence.join("pia", PIA, "a")
    clock.pass_(EVIDENCE_SECONDS * 10)
    assert names(presence) == ["Pia"]


def test_a_pulse_without_a_stream_here_is_a_short_lease_and_a_write_is_none() -> None:
    presence, clock = here()
    presence.beat("pia")
    assert names(presence) == []
    presence.beat("pia", PIA)
    assert names(presence) == ["Pia"]
    clock.pass_(10)
    assert names(presence) == []


def test_people_of_other_processes_are_here_once_and_for_as_long_as_they_are_told() -> None:
    presence, clock = here()
    other, _ = Presence(clock), clock
    presence.join("pia", PIA, "a")
    other.join("pia", PIA, "b")
    other.join("ada", ADA, "c")
    clock.pass_(IDLE_SECONDS)
    other.beat("pia")
    other.look("pia", "card-9")
    presence.hear("other", other.local())
    assert names(presence) == ["Ada", "Pia"]
    pia = presence.roster()[0][1]
    assert (pia["idle"], pia["card"]) == (False, "card-9")
    clock.pass_(PEER_SECONDS)
    presence.expire()
    assert names(presence) == ["Pia"]


def test_a_crowd_is_counted_and_who_acted_last_is_named() -> None:
    presence, clock = here()
    for number in range(ROSTER_PEOPLE + 50):
        clock.pass_(0.01)
        presence.join(f"p{number:03}", {**PIA, "name": f"Person {number:03}"}, number)
    people, more = presence.roster()
    assert (len(people), more) == (ROSTER_PEOPLE, 50)
    assert people[0]["name"] == "Person 050"
