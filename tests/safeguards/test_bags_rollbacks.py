"""A bag of a rollback is a test of the rule that asked for it: it has to find the same person again."""

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from safeguards import bags
from safeguards.bags import facts, refinding
from safeguards.rollout import contracts
from tests.safeguards.bagged import SCRIPT, ask, loop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bag_folder")]
Capture = pytest.CaptureFixture[str]


def answer_an_event() -> None:
    for number in range(3):
        ask(facts.causes, 1, x_cause=f"g{number}", **SCRIPT)
    ask(facts.causes, 2, x_caused_by="0a1b2c3d-7", **SCRIPT)


def ask_alone() -> None:
    loop(facts.causes, 4)


def repeat() -> None:
    ask(facts.causes, 20, x_cause="again-and-again", **SCRIPT)


BREAKS = {"caused-by-event": answer_an_event, "unknown-cause": ask_alone, "r": repeat}


def replayed(capsys: Capture, rule: str, person: str = "user:1") -> tuple[int, dict[str, Any]]:
    name = bags.seal("rollback", "live_board", by=f"auto:{rule}", person=person).name
    with pytest.raises(SystemExit) as left:
        call_command("drill", replay=name)
    return int(left.value.code or 0), json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("rule", BREAKS)
def test_the_rule_finds_the_same_person_again(capsys: Capture, rule: str) -> None:
    BREAKS[rule]()
    code, told = replayed(capsys, rule)
    assert (code, told["contained"], told["rule"], told["person"]) == (0, True, rule, "user:1")
    assert (told["broken_s"], told["found_s"]) == (0, 0)


@pytest.mark.parametrize("rule", ["caused-by-event", "unknown-cause"])
def test_a_rule_that_finds_nothing_more_is_noticed(
    capsys: Capture, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    BREAKS[rule]()
    monkeypatch.setattr(contracts, "broken", lambda _counted: iter(()))
    code, told = replayed(capsys, rule)
    assert (code, told["contained"], told["broken_s"], told["found_s"]) == (1, False, 0, None)


def test_neither_the_contracts_nor_the_ladder_may_miss_repeats(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    repeat()
    settings.PARLEY = {"r_trip": 1e9}
    code, told = replayed(capsys, "r")
    assert (code, told["broken_s"], told["found_s"]) == (1, 0, None)


@pytest.mark.parametrize(("rule", "person"), [("unknown-cause", "user:1"), ("caused-by-event", "user:2")])
def test_another_rule_or_another_person_is_not_the_same(capsys: Capture, rule: str, person: str) -> None:
    answer_an_event()
    code, told = replayed(capsys, rule, person)
    assert (code, told["contained"], told["found_s"]) == (1, False, None)


def test_too_late_is_not_in_time(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    at = int(facts.causes.now())
    for second in range(5):
        monkeypatch.setattr(facts.causes, "now", lambda second=second: float(at + second))
        ask(facts.causes, 1, x_caused_by="0a1b2c3d-7", **SCRIPT)
    whole = contracts.broken

    def late(counted: Any) -> Any:
        return whole(counted) if counted.now() >= at + 3 else iter(())

    monkeypatch.setattr(contracts, "broken", late)
    code, told = replayed(capsys, "caused-by-event")
    assert (code, told["broken_s"], told["found_s"]) == (1, 0, 3)


@pytest.mark.parametrize("rule", sorted({*contracts.RULES, "canary-residents"} - BREAKS.keys()))
def test_what_requests_do_not_show_cannot_be_replayed(rule: str) -> None:
    answer_an_event()
    trigger = rule if rule == "canary-residents" else "rollback"
    name = bags.seal(trigger, "live_board", by=f"auto:{rule}", person="user:1").name
    with pytest.raises(CommandError, match=f"cannot be replayed: The rule '{rule}' took") as error:
        call_command("drill", replay=name)
    assert error.value.returncode == 2
    assert f"do not show {refinding.UNSEEN[rule]}." in str(error.value)  # each in words of its own


@pytest.mark.parametrize("more", [{}, {"by": "auto:r"}])
def test_one_that_names_no_rule_or_nobody_cannot_be_replayed(more: dict[str, str]) -> None:
    answer_an_event()
    with pytest.raises(CommandError, match="does not say which rule"):
        call_command("drill", replay=bags.seal("rollback", "live_board", **more).name)


def test_a_person_who_cannot_be_is_found_by_no_rule(capsys: Capture) -> None:
    facts.causes.attempt(_stranger("user:²"))
    assert replayed(capsys, "caused-by-event", "user:²")[0] == 1


def _stranger(person: str) -> Any:
    from_page = type("Request", (), {"caused_by": "x-1", "cause": "", "bucket": "read", "is_proven": True})
    from_page.person, from_page.browser = person, "b"  # type: ignore[attr-defined]
    return from_page()
