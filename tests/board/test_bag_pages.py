"""The pages of incident bags: staff look, who may kill acts, and the work on the boards is in the bag."""

import shutil
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import bagit
import pytest
from django.test import Client

from safeguards import bags, incidents
from safeguards.bags import later, sealing, store, zipping
from safeguards.models import AuditEntry, Incident
from tests.safeguards.bagged import lines
from tests.support.cast import Cast, staff

pytestmark = pytest.mark.django_db(transaction=True)
POSTS = ("seal/", "prune/", "{name}/download/", "{name}/verify/", "{name}/pin/")


@pytest.fixture(autouse=True)
def here(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    yield
    later.reset()


def test_strangers_and_members_see_nothing(cast: Cast) -> None:
    name = bags.seal("by-hand").name
    client = Client()
    assert client.get("/ops/bags/").status_code == 302
    client.force_login(cast.participant)
    for path in ("", f"{name}/"):
        assert client.get(f"/ops/bags/{path}").status_code == 403
    for path in POSTS:
        assert client.post(f"/ops/bags/{path.format(name=name)}", {"reason": "x"}).status_code == 403
    assert len(bags.every()) == 1


def test_staff_look_and_only_who_may_kill_acts(cast: Cast) -> None:
    name = bags.seal("by-hand").name
    client = staff(cast)
    assert "/ops/bags/" in client.get("/ops/").text
    assert name in client.get("/ops/bags/").text and "Seal a bag" not in client.get("/ops/bags/").text
    assert "Payload-Oxum" in client.get(f"/ops/bags/{name}/").text
    for path in POSTS:
        assert client.post(f"/ops/bags/{path.format(name=name)}", {"reason": "x"}).status_code == 403
    assert not AuditEntry.objects.filter(action="bag.download").exists()


def test_a_bag_and_its_incident_lead_to_each_other(cast: Cast) -> None:
    incidents.record("canary-residents", {"feature": "live_board"})
    incidents.flush()
    incident, client = Incident.objects.get(rule="canary-residents"), staff(cast)
    names = [bags.seal("canary-residents", "live_board").name for _time in range(2)]
    page = client.get(f"/ops/incidents/{incident.uid}/").text
    report = client.get(f"/ops/incidents/{incident.uid}/report.md").text
    for name in names:
        assert f'href="/ops/bags/{name}/"' in page
        assert f"- Bag: [{name}](/ops/bags/{name}/)" in report
        assert f'href="/ops/incidents/{incident.uid}/"' in client.get(f"/ops/bags/{name}/").text
    shutil.rmtree(bags.find(names[0]))
    page = client.get(f"/ops/incidents/{incident.uid}/").text
    report = client.get(f"/ops/incidents/{incident.uid}/report.md").text
    assert f'href="/ops/bags/{names[0]}/"' not in page and names[0] in page
    assert f"- Bag: {names[0]}\n- It is not on this host" in report


def test_sealed_verified_pinned_taken_and_pruned(cast: Cast, tmp_path: Path) -> None:
    card = cast.card("What did the <b>customers</b> see?")
    client = staff(cast, "change_killstate")
    assert "There are none yet" in client.get("/ops/bags/").text
    sealed = client.post("/ops/bags/seal/", {"reason": "odd <i>noise</i>"})
    assert sealed.status_code == 303
    (bag,) = bags.every()
    assert sealed["Location"] == f"/ops/bags/{bag.name}/"
    page = client.get(sealed["Location"]).text
    assert "odd &lt;i&gt;noise&lt;/i&gt;" in page and cast.owner.username in page
    events = lines(bag.path, "events.jsonl")
    assert events[0]["data"]["card"]["body"] == card.body
    assert events[0]["seq"] > events[-1]["seq"]
    verified = client.post(f"{sealed['Location']}verify/")
    assert (verified.status_code, "Whole and unchanged" in verified.text) == (200, True)
    assert client.post(f"{sealed['Location']}pin/", {"action": "pin"}).status_code == 303
    assert "Unpin" in client.get(sealed["Location"]).text and "pinned" in client.get("/ops/bags/").text
    assert client.post(f"{sealed['Location']}pin/", {"action": "unpin"}).status_code == 303
    answer = client.post(f"{sealed['Location']}download/")
    assert answer["Content-Disposition"] == f'attachment; filename="{bag.name}.zip"'
    with zipfile.ZipFile(BytesIO(answer.getvalue())) as archive:
        archive.extractall(tmp_path / "out")
    bagit.Bag(str(tmp_path / "out" / bag.name)).validate()
    assert client.post("/ops/bags/prune/").status_code == 303
    assert len(bags.every()) == 1
    assert list(AuditEntry.objects.values_list("action", flat=True)) == [
        *("bag.prune", "bag.download", "bag.unpin", "bag.pin", "bag.seal")
    ]
    assert {line.actor for line in AuditEntry.objects.all()} == {cast.owner.username}


def test_a_changed_bag_is_told_in_words(cast: Cast) -> None:
    bag = bags.seal("by-hand")
    (bag / "data" / "stacks.txt").write_text("nothing happened")
    client = staff(cast, "change_killstate")
    assert "data/stacks.txt was changed" in client.post(f"/ops/bags/{bag.name}/verify/").text
    (bag / "bag-info.txt").unlink()
    assert "cannot be read" in client.get(f"/ops/bags/{bag.name}/").text
    assert client.get("/ops/bags/").status_code == 200


@pytest.mark.parametrize(
    "name", ["..", "%2e%2e", "..%2fsecret_key", "20260101T000000000000Z-none", "x%00", ".turn"]
)
def test_no_path_leads_out(cast: Cast, name: str) -> None:
    client = staff(cast, "change_killstate")
    assert client.get(f"/ops/bags/{name}/").status_code == 404
    for act in ("download", "verify", "pin"):
        assert client.post(f"/ops/bags/{name}/{act}/").status_code == 404


def test_without_a_reason_or_room_there_is_a_sentence(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    client = staff(cast, "change_killstate")
    refused = client.post("/ops/bags/seal/", {"reason": "  "})
    assert (refused.status_code, "Say why" in refused.text) == (422, True)

    def full(*_args: Any) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sealing.form, "close", full)
    refused = client.post("/ops/bags/seal/", {"reason": "noise"})
    assert (refused.status_code, "No space left" in refused.text, "noise" in refused.text) == (
        503,
        True,
        True,
    )
    monkeypatch.setattr(store, "turn", full)
    assert client.post("/ops/bags/prune/").status_code == 503


@pytest.mark.parametrize("act", ["download", "verify", "pin", ""])
def test_one_that_is_removed_at_this_moment_is_not_there(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    name, client, real = bags.seal("by-hand").name, staff(cast, "change_killstate"), store.find
    found: list[Path] = []

    def find(said: str) -> Path:
        found.append(real(said))
        if len(found) == 1:
            shutil.rmtree(found[0])
        return found[0]

    for module in (store, bags):
        monkeypatch.setattr(module, "find", find)
    path = f"/ops/bags/{name}/"
    answer = client.post(f"{path}{act}/") if act else client.get(path)
    assert found and answer.status_code == (404 if act != "pin" else 303)
    assert not AuditEntry.objects.filter(action="bag.download").exists()


def test_a_bag_that_cannot_be_read_is_not_sent(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    name, client = bags.seal("by-hand").name, staff(cast, "change_killstate")

    def many(*_args: Any, **_more: Any) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(zipping.os, "fwalk", many)
    answer = client.post(f"/ops/bags/{name}/download/")
    assert (answer.status_code, "cannot be read" in answer.text) == (503, True)


def test_other_methods_are_refused(cast: Cast) -> None:
    name = bags.seal("by-hand").name
    client = staff(cast, "change_killstate")
    for path in POSTS:
        assert client.get(f"/ops/bags/{path.format(name=name)}").status_code in {404, 405}
    assert client.post("/ops/bags/").status_code == 405
