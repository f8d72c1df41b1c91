import getpass
import json

import pytest
from django.core.management import CommandError, call_command

from safeguards import flags, rollout
from safeguards.models import AuditEntry, Flag
from tests.support.cast import Cast

pytestmark = pytest.mark.usefixtures("forgotten_flags")


def said() -> str:
    return rollout.sentence(Flag.objects.get(name="live_board"))


def test_the_sentence_says_who_has_it(cast: Cast):
    assert said() == "Off: nobody has it."
    rollout.add("live_board", "owner", actor="admin")
    assert said() == "On for 1 named tester; nobody else. Superusers: no."
    rollout.add("live_board", "observer", actor="admin")
    assert said() == "On for 2 named testers; nobody else. Superusers: no."
    rollout.everyone("live_board", actor="admin", reason="tried for a week")
    assert said() == "On for everyone."
    rollout.off("live_board", actor="admin")
    assert said() == "Off: nobody has it."


def test_every_change_has_an_audit_line(cast: Cast):
    rollout.add("live_board", "owner", actor="admin", reason="first tester")
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.subject) == ("admin", "rollout.add", "live_board")
    nobody = {"everyone": None, "stage": "off", "share": 0, "superusers": False, "testers": []}
    assert entry.before == nobody
    assert entry.after == nobody | {"stage": "1", "testers": ["owner"]}
    assert entry.reason == "first tester"


def test_after_off_a_new_tester_brings_back_nobody_else(cast: Cast):
    rollout.add("live_board", "owner", actor="admin")
    rollout.off("live_board", actor="admin")
    rollout.add("live_board", "observer", actor="admin")
    flags.refresh()
    assert flags.is_on("live_board", cast.observer.pk)
    assert not flags.is_on("live_board", cast.owner.pk)


def test_everyone_needs_a_reason(cast: Cast):
    with pytest.raises(rollout.ReasonMissing):
        rollout.everyone("live_board", actor="admin", reason="  ")
    assert not AuditEntry.objects.exists()


def test_a_change_that_fails_leaves_no_line(cast: Cast):
    with pytest.raises(rollout.UnknownPerson):
        rollout.add("live_board", "nobody", actor="admin")
    assert not AuditEntry.objects.exists()


def test_the_snapshot_follows_with_the_commit_and_not_before(cast: Cast, django_capture_on_commit_callbacks):
    flags.refresh()
    with django_capture_on_commit_callbacks(execute=True):
        rollout.add("live_board", "owner", actor="admin")
        assert not flags.is_on("live_board", cast.owner.pk)
    assert flags.is_on("live_board", cast.owner.pk)


def run(capsys, *arguments: str) -> dict:
    call_command("rollout", *arguments)
    return json.loads(capsys.readouterr().out)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("bag_folder")
def test_the_command_does_the_same(cast: Cast, capsys):
    assert run(capsys, "add", "live_board", "owner", "--reason", "first")["testers"] == ["owner"]
    assert run(capsys, "status", "live_board")["says"].startswith("On for 1 named tester")
    assert run(capsys, "everyone", "live_board", "--reason", "all good")["everyone"] is True
    assert run(capsys, "off", "live_board")["everyone"] is False
    assert run(capsys, "remove", "live_board", "owner")["testers"] == []
    rows = AuditEntry.objects.filter(action__startswith="rollout.")
    actions = rows.order_by("id").values_list("action", flat=True)
    assert list(actions) == [f"rollout.{action}" for action in ("add", "everyone", "off", "remove")]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["add", "live_board"], "Say who"),
        (["add", "live_board", "nobody"], "There is no account named 'nobody'."),
        (["off", "no_such_flag"], "There are: live_board."),
    ],
)
def test_the_command_refuses_in_a_sentence(db, arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("rollout", *arguments)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["promote", "live_board"], "Say why. Nothing was changed."),
        (["promote", "live_board", "--reason", "now"], "There is no baseline of this class of host"),
        (["remove", "live_board", "nobody"], "There is no account named 'nobody'."),
    ],
)
def test_what_is_refused_in_the_shell_is_in_the_audit_trail_as_from_the_page(db, arguments, why):
    with pytest.raises(CommandError):
        call_command("rollout", *arguments)
    (line,) = AuditEntry.objects.all()
    assert (line.action, line.subject, line.actor) == ("rollout.refused", "live_board", getpass.getuser())
    assert line.after == {"action": arguments[0]}
    assert line.reason.startswith(why)


def consent_of(username: str) -> bool:
    return Flag.objects.get(name="live_board").testers.get(user__username=username).consented_at is not None


def test_added_twice_a_tester_has_still_agreed(cast: Cast):
    rollout.add("live_board", "owner", actor="admin", consented=True)
    rollout.add("live_board", "owner", actor="shell")
    assert consent_of("owner")


def test_who_left_and_is_added_by_the_shell_has_not_agreed(cast: Cast):
    rollout.add("live_board", "owner", actor="admin", consented=True)
    rollout.leave("live_board", cast.owner)
    rollout.add("live_board", "owner", actor="shell")
    assert not consent_of("owner")
