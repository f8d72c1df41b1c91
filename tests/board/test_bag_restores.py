"""Drafts and flags out of a bag on its page: seen before, with a reason, once, and nobody reads another's text."""

import shutil
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from board.models import Draft
from board.operations.drafts import save_draft
from safeguards import bags
from safeguards.bags import restoring
from safeguards.models import AuditEntry, Baseline, Flag
from safeguards.rollout import baselines, operations
from tests.support.cast import Cast, staff

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bag_home")]
BOTH = ("change_killstate", "change_flag")


@pytest.fixture
def bag(cast: Cast) -> str:
    """The path of one from when two people were writing and one tested; now nothing of it is left."""
    save_draft(cast.board.slug, cast.owner, "session", "What we know")
    save_draft(cast.board.slug, cast.participant, "session", "Half a thought")
    save_draft(cast.board.slug, cast.participant, f"reply-{uuid4()}", "Another one")
    operations.add("live_board", "participant", actor="somebody", reason="a try", consented=True)
    baselines.keep({})
    name = bags.seal("rollback", "live_board").name
    Draft.objects.all().delete()
    operations.off("live_board", actor="auto:r")
    return f"/ops/bags/{name}/"


def lines(action: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action))


def who_has_it() -> list[str]:
    return list(Flag.objects.get(name="live_board").users.values_list("username", flat=True))


def test_a_preview_counts_drafts_by_person_and_shows_no_text(cast: Cast, bag: str) -> None:
    client = staff(cast, "change_killstate")
    assert f"{bag}restore/drafts/" in client.get(bag).text
    before = AuditEntry.objects.count()
    page = client.get(f"{bag}restore/drafts/").text
    assert '<th scope="row">participant</th><td>2</td>' in page
    assert '<th scope="row">owner</th><td>1</td>' in page
    assert "Half a thought" not in page and "What we know" not in page and "Another one" not in page
    assert "What would change" in page and "Give these drafts back" in page
    assert (Draft.objects.count(), AuditEntry.objects.count()) == (0, before)


def test_drafts_go_back_once_with_a_reason(cast: Cast, bag: str) -> None:
    client = staff(cast, "change_killstate")
    refused = client.post(f"{bag}restore/drafts/", {"reason": " "})
    assert (refused.status_code, "Say why" in refused.text, Draft.objects.count()) == (422, True, 0)
    done = client.post(f"{bag}restore/drafts/", {"reason": "their browsers were cleared"})
    assert (done.status_code, "Restored." in done.text, Draft.objects.count()) == (200, True, 3)
    assert "Half a thought" not in done.text and "Give these drafts back" not in done.text
    again = client.post(f"{bag}restore/drafts/", {"reason": "pressed twice"})
    assert (again.status_code, "Nothing was changed" in again.text) == (200, True)
    assert "3 are left out" in again.text and Draft.objects.count() == 3
    (line,) = lines("drafts.restore")
    assert (line.actor, line.reason) == (cast.owner.username, "their browsers were cleared")
    assert line.after == {"given": 3, "left": 0, "people": ["owner", "participant"]}
    assert "no draft of this bag is missing" in client.get(f"{bag}restore/drafts/").text


def test_flags_go_back_once_with_a_reason(cast: Cast, bag: str) -> None:
    client = staff(cast, *BOTH)
    page = client.get(f"{bag}restore/flags/").text
    assert '<th scope="row">live_board</th><td>testers</td><td>–</td><td>participant</td>' in page
    assert "What would change" in page and who_has_it() == []
    assert client.post(f"{bag}restore/flags/").status_code == 422
    done = client.post(f"{bag}restore/flags/", {"reason": "it was the network"})
    assert (done.status_code, "Restored." in done.text, who_has_it()) == (200, True, ["participant"])
    again = client.post(f"{bag}restore/flags/", {"reason": "pressed twice"})
    assert (again.status_code, "Nothing was changed" in again.text) == (200, True)
    (line,) = lines("rollout.restore")
    assert (line.actor, line.reason, line.subject) == (
        cast.owner.username,
        "it was the network",
        "live_board",
    )


def test_on_the_page_a_stage_needs_a_fresh_baseline_and_off_needs_none(cast: Cast, bag: str) -> None:
    Baseline.objects.update(at=timezone.now() - timedelta(days=8))
    client = staff(cast, *BOTH)
    refused = client.post(f"{bag}restore/flags/", {"reason": "it was the network"})
    assert (refused.status_code, who_has_it()) == (422, [])
    assert "no baseline of this class of host" in refused.text and "Nothing was changed." in refused.text
    assert ([line.subject for line in lines("rollout.refused")], lines("rollout.restore")) == (
        ["live_board"],
        [],
    )
    calm = bags.seal("by-hand").name
    operations.add("live_board", "participant", actor="shell", reason="a try")
    done = client.post(f"/ops/bags/{calm}/restore/flags/", {"reason": "back to nobody"})
    assert (done.status_code, who_has_it()) == (200, [])
    restoring.apply(bags.find(bag.split("/")[3]), actor="root", reason="with the shell")
    assert who_has_it() == ["participant"]


def test_who_has_no_account_any_more_is_named(cast: Cast, bag: str) -> None:
    type(cast.owner).objects.filter(pk=cast.participant.pk).update(username="renamed")
    page = staff(cast, *BOTH).get(f"{bag}restore/flags/").text
    assert "live_board: participant has no account any more" in page


def test_who_left_since_is_named_and_gets_nothing_back(cast: Cast, bag: str) -> None:
    operations.leave("live_board", cast.participant)
    client = staff(cast, *BOTH)
    left_out = "live_board: participant is left out. They left the test themselves"
    assert left_out in client.get(f"{bag}restore/flags/").text
    done = client.post(f"{bag}restore/flags/", {"reason": "it was the network"})
    assert (done.status_code, left_out in done.text, who_has_it()) == (200, True, [])


def test_strangers_members_and_staff_without_the_permission_restore_nothing(cast: Cast, bag: str) -> None:
    asked = {"reason": "x"}
    assert Client().post(f"{bag}restore/drafts/", asked).status_code == 302
    client = Client()
    client.force_login(cast.participant)
    for one in (client, staff(cast)):
        for part in ("drafts", "flags"):
            assert one.get(f"{bag}restore/{part}/").status_code == 403
            assert one.post(f"{bag}restore/{part}/", asked).status_code == 403
        assert "restore/" not in one.get(bag).text
    client = staff(cast, "change_killstate")
    assert "restore/flags/" not in client.get(bag).text
    assert client.post(f"{bag}restore/flags/", asked).status_code == 403
    assert (Draft.objects.count(), who_has_it()) == (0, [])


def test_a_damaged_bag_and_one_of_elsewhere_restore_nothing(cast: Cast, bag: str) -> None:
    client, name = staff(cast, *BOTH), bag.split("/")[3]
    copy = "20260101T000000000000Z-copy"
    shutil.copytree(bags.find(name), bags.find(name).with_name(copy))
    with (bags.find(name) / "data" / "drafts.jsonl").open("a") as file:
        file.write("\n")
    for said, sentence in ((name, "damaged"), (copy, "manage.py bag restore")):
        for part in ("drafts", "flags"):
            for answer in (
                client.get(f"/ops/bags/{said}/restore/{part}/"),
                client.post(f"/ops/bags/{said}/restore/{part}/", {"reason": "x"}),
            ):
                assert (answer.status_code, sentence in answer.text) == (422, True)
    assert (Draft.objects.count(), who_has_it()) == (0, [])


def test_there_is_nothing_else_to_restore(cast: Cast, bag: str) -> None:
    client = staff(cast, *BOTH)
    assert client.get(f"{bag}restore/events/").status_code == 404
    assert client.get("/ops/bags/20260101T000000000000Z-none/restore/drafts/").status_code == 404
    assert client.delete(f"{bag}restore/drafts/").status_code == 405
