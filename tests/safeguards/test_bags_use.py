"""What a bag is good for: flags go back to what they were, and a loop is seen again; both in plain words."""

import getpass
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from safeguards import bags, flags, incidents
from safeguards.bags import facts, form, later, replaying
from safeguards.models import AuditEntry, Flag, Incident, StageRun
from safeguards.rollout import contracts, operations
from tests.safeguards.bagged import ask, document, loop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bag_folder")]


@pytest.fixture
def rolled_back(django_user_model: Any) -> Iterator[str]:
    """The first bag that a rule made when it took the feature from ada and bob, who tested it; now nobody does."""
    for name in ("ada", "bob"):
        person = django_user_model.objects.create_user(name)
        operations.add("live_board", name, actor="somebody", reason="a try", consented=True)
        flags.refresh()
        contracts.violated(person.pk, "hops", {"hop": 4})
    yield sealed().name
    contracts.reset()
    flags.forget()


def sealed() -> bags.store.Bag:
    """What the chores of a server do each second; the first bag of it."""
    contracts.flush()
    incidents.flush()
    bags.flush()
    later.finish()
    return bags.every()[-1]


def test_the_bag_of_a_rollback_says_what_was_and_why(rolled_back: str) -> None:
    info = form.info(bags.find(rolled_back))
    assert (info["Trigger"], info["Feature"], info["Stage"]) == ("rollback", "live_board", "2")
    assert info["Reason"] == "ada: a change of theirs went through more than three reactions"
    flag = document(bags.find(rolled_back), "flags.json")["flags"][0]
    assert (flag["name"], flag["stage"], flag["testers"]) == ("live_board", "2", ["ada", "bob"])
    assert [told["person"] for told in flag["consents"]] == ["ada", "bob"]
    assert [told["stage"] for told in incidents.recent()[0]["timeline"]] == ["2", "off"]


def test_whom_it_was_taken_from_in_the_same_second_has_a_bag_too(rolled_back: str) -> None:
    other, first = bags.every()
    assert first.name == rolled_back and form.info(first.path)["Person"] != form.info(other.path)["Person"]
    assert form.info(other.path)["Reason"].startswith("bob: ")
    flag = document(other.path, "flags.json")["flags"][0]
    assert flag["testers"] == ["bob"]


def test_what_was_taken_is_in_it_though_the_database_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def dead(*_given: Any) -> Any:
        raise OperationalError("the server is gone")

    was = {"name": "live_board", "everyone": None, "stage": "1", "share": 0, "testers": ["ada"]}
    monkeypatch.setattr(facts, "flags", dead)
    path = bags.seal("rollback", "live_board", before=was)
    assert document(path, "flags.json") == {"flags": [was]}


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    call_command(*arguments)
    return capsys.readouterr().out


def who_has_it() -> list[str]:
    return list(
        Flag.objects.get(name="live_board").users.order_by("username").values_list("username", flat=True)
    )


def test_a_preview_changes_nothing(rolled_back: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = AuditEntry.objects.count()
    told = said(capsys, "bag", "restore", rolled_back)
    assert "live_board: stage 'off' would become '2'" in told
    assert "Nothing was changed" in told
    assert (who_has_it(), AuditEntry.objects.count()) == ([], before)


def test_restored_they_have_it_again_with_one_line(
    rolled_back: str, capsys: pytest.CaptureFixture[str], django_user_model: Any
) -> None:
    django_user_model.objects.get(username="bob").delete()
    told = said(capsys, "bag", "restore", rolled_back, "--apply", "--reason", "it was the network")
    assert "bob has no account any more" in told
    flag = Flag.objects.get(name="live_board")
    assert (who_has_it(), flag.stage, flag.everyone) == (["ada"], "2", None)
    assert flag.testers.get().consented_at is not None
    (line,) = AuditEntry.objects.filter(action="rollout.restore")
    assert (line.reason, line.after["evidence"]) == ("it was the network", {"bag": rolled_back})
    (run,) = StageRun.objects.filter(flag=flag, ended_at=None)
    assert (run.stage, run.guarded) == ("2", False)
    again = said(capsys, "bag", "restore", rolled_back, "--apply", "--reason", "again")
    assert "bob" in again and "became" not in again
    assert AuditEntry.objects.filter(action="rollout.restore").count() == 1


def test_it_needs_a_reason_and_one_choice(rolled_back: str) -> None:
    with pytest.raises(CommandError, match="Say why"):
        call_command("bag", "restore", rolled_back, "--apply")
    with pytest.raises(CommandError, match="Choose one"):
        call_command("bag", "restore", rolled_back, "--apply", "--preview")
    assert who_has_it() == []


@pytest.mark.parametrize("command", ["verify", "restore"])
def test_a_changed_bag_is_put_to_no_use(rolled_back: str, command: str) -> None:
    file = bags.find(rolled_back) / "data" / "flags.json"
    file.write_text(file.read_text().replace('"ada"', '"eve"'))
    with pytest.raises(CommandError, match="damaged"):
        call_command("bag", command, rolled_back)
    with pytest.raises(CommandError, match="not replayed"):
        call_command("drill", replay=rolled_back)


def test_one_that_nobody_vouches_for_needs_a_word_of_trust(
    rolled_back: str, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = "20260101T000000000000Z-copy"
    bags.find(rolled_back).rename(bags.find(rolled_back).with_name(copy))
    with pytest.raises(CommandError, match="--trust"):
        call_command("bag", "restore", copy)
    assert "would become" in said(capsys, "bag", "restore", copy, "--trust")


@pytest.mark.parametrize(
    "rubbish",
    [
        "[]",
        "no json",
        '{"flags": 1}',
        '{"flags": [{"name": "live_board", "everyone": 7}]}',
        '{"flags": [{"name": "live_board", "everyone": null, "stage": "3", "share": 0, "testers": []}]}',
        '{"flags": [{"name": "live_board", "everyone": null, "stage": "2", "share": 0, "testers": [{}]}]}',
        '{"flags": [{"name": "x", "everyone": null, "stage": [], "share": {}, "testers": []}]}',
    ],
)
def test_a_bag_from_elsewhere_with_rubbish_is_damaged(rolled_back: str, rubbish: str) -> None:
    bag = bags.find(rolled_back)
    (bag / "data" / "flags.json").write_text(rubbish)
    form.close(bag, [])
    bag.rename(bag.with_name("20260101T000000000000Z-copy"))
    with pytest.raises(CommandError, match="damaged"):
        call_command("bag", "restore", "20260101T000000000000Z-copy", "--trust")


def replayed(capsys: pytest.CaptureFixture[str], name: str) -> tuple[int, dict[str, Any]]:
    with pytest.raises(SystemExit) as left:
        call_command("drill", replay=name)
    return int(left.value.code or 0), json.loads(capsys.readouterr().out)


def test_a_loop_is_seen_again(capsys: pytest.CaptureFixture[str]) -> None:
    ask(facts.causes, 3, user=2, x_cause="one")
    loop(facts.causes, 40)
    code, told = replayed(capsys, bags.seal("request-loop").name)
    assert (code, told["contained"]) == (0, True)
    assert told["began_s"] == told["tripped_s"]
    assert told["put_aside"] == ["user:1"]
    assert told["requests"] == 43


def test_with_its_limit_off_it_is_not_contained(capsys: pytest.CaptureFixture[str], settings: Any) -> None:
    loop(facts.causes, 40)
    bag = bags.seal("request-loop")
    settings.PARLEY = {"r_trip": 1e9}
    code, told = replayed(capsys, bag.name)
    assert (code, told["contained"], told["tripped_s"]) == (1, False, None)


def test_calm_is_no_incident(capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(20):
        ask(facts.causes, 1, x_cause=f"gesture-{number}", sec_fetch_dest="empty")
    code, told = replayed(capsys, bags.seal("by-hand").name)
    assert (code, told["began_s"], told["highest_r"]) == (0, None, 0.0)


def test_what_is_replayed_counts_as_it_did() -> None:
    loop(facts.causes, 17)
    ask(facts.causes, 5, user=2, x_caused_by="0a1b2c3d-7")
    ask(facts.causes, 6, user=3, x_cause="again-and-again")
    ask(facts.causes, 4, user=4)
    r, causes = facts.causes.r()
    told = replaying.replay(bags.seal("by-hand"))
    assert told.requests == 32
    assert told.highest_r == pytest.approx(r * max(causes, 1) / 10, abs=0.001)


def test_a_bag_without_requests_says_so() -> None:
    with pytest.raises(CommandError, match="holds no requests"):
        call_command("drill", replay=bags.seal("by-hand").name)


@pytest.mark.parametrize("action", ["verify", "show", "pin", "unpin", "restore"])
def test_a_bag_that_is_not_there_is_said_to_be(action: str) -> None:
    with pytest.raises(CommandError, match="There is no bag"):
        call_command("bag", action, "../secret_key")
    with pytest.raises(CommandError, match="Say which bag"):
        call_command("bag", action)


def test_from_the_shell_from_the_seal_to_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    path = Path(said(capsys, "bag", "seal", "--reason", "a look").strip())
    assert path.name in said(capsys, "bag", "list")
    assert "Whole and unchanged" in said(capsys, "bag", "verify", path.name)
    assert "Trigger: by-hand" in said(capsys, "bag", "show", path.name)
    assert "stays" in said(capsys, "bag", "pin", path.name)
    assert "pinned" in said(capsys, "bag", "list")
    assert "No longer" in said(capsys, "bag", "unpin", path.name)
    assert "nothing to remove" in said(capsys, "bag", "prune")
    lines = AuditEntry.objects.order_by("id").values_list("actor", "action")
    acts = ("bag.seal", "bag.pin", "bag.unpin", "bag.prune")
    assert list(lines) == [(getpass.getuser(), action) for action in acts]
    with pytest.raises(CommandError, match="letter or a digit"):
        call_command("bag", "seal", "--trigger", "!!")


def test_without_a_database_the_shell_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    name = bags.seal("by-hand").name

    def dead(**_line: Any) -> None:
        raise OperationalError("the server is gone")

    monkeypatch.setattr(AuditEntry.objects, "create", dead)
    with pytest.raises(CommandError, match="The database does not answer"):
        call_command("bag", "pin", name)
    assert bags.every()[0].pinned


def test_an_incident_has_one_bag(capsys: pytest.CaptureFixture[str]) -> None:
    incident = Incident.objects.create(rule="memory", title="It grew", opened_by="auto:memory")
    first = said(capsys, "bag", str(incident.uid))
    assert said(capsys, "bag", str(incident.pk)) == first
    incident.refresh_from_db()
    assert (incident.bag, len(bags.every())) == (Path(first.strip()).name, 1)
    assert "by-hand" in said(capsys, "bag", "now")
    with pytest.raises(CommandError, match="neither an incident"):
        call_command("bag", "sael")
