"""A changed bag is refused, and one that is just being completed is not."""

import shutil
from pathlib import Path
from typing import Any

import bagit
import pytest

from safeguards import bags
from safeguards.bags import completing, form, store
from safeguards.models import AuditEntry
from tests.safeguards.bagged import exchanged

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bag_folder")]


def changed(bag: Path) -> None:
    (bag / "data" / "stacks.txt").write_text("nothing happened")


def added(bag: Path) -> None:
    (bag / "data" / "more.txt").write_text("nothing happened")


def removed(bag: Path) -> None:
    (bag / "data" / "stacks.txt").unlink()


def linked(bag: Path) -> None:
    (bag / "data" / "stacks.txt").unlink()
    (bag / "data" / "stacks.txt").symlink_to("/etc/hostname")


def told_otherwise(bag: Path) -> None:
    (bag / "bag-info.txt").write_text((bag / "bag-info.txt").read_text().replace("by-hand", "by-nobody"))


def outside(bag: Path) -> None:
    manifest = bag / "manifest-sha256.txt"
    manifest.write_text(manifest.read_text() + f"{'0' * 64}  ../../secret_key\n")


def without_manifest(bag: Path) -> None:
    (bag / "manifest-sha256.txt").unlink()


def sealed_anew(bag: Path) -> None:
    changed(bag)
    form.close(bag, [("Trigger", "by-hand")])
    bagit.Bag(str(bag)).validate()


@pytest.mark.parametrize(
    "tamper", [changed, added, removed, linked, told_otherwise, outside, without_manifest, sealed_anew]
)
def test_a_changed_bag_is_refused(tamper: Any) -> None:
    bag = bags.seal("by-hand")
    assert bags.verify(bag.name) == bag
    tamper(bag)
    with pytest.raises(bags.Damaged):
        bags.verify(bag.name)


def test_a_changed_bag_is_not_sealed_anew_when_it_is_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    bag = bags.seal("by-hand")
    changed(bag)
    with pytest.raises(bags.Damaged):
        bags.complete(bag)
    monkeypatch.setattr(completing, "due", lambda: [bag.name])
    completing.complete_due()
    with pytest.raises(bags.Damaged):
        bags.verify(bag.name)


def test_a_bag_whose_sealing_the_database_missed_is_whole_and_not_vouched_for() -> None:
    bag = bags.seal("by-hand")
    copy = store.home() / "20260101T000000000000Z-copy"
    shutil.copytree(bag, copy)
    with pytest.raises(bags.NotVouched):
        bags.verify(copy.name)


def test_one_that_is_exchanged_while_it_is_verified_is_not_called_damaged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = bags.seal("by-hand").name
    real, acts = form._compare, [lambda: complete_now(name)]

    def compare(bag: Path, *more: Any) -> None:
        if acts:
            acts.pop()()
        real(bag, *more)

    monkeypatch.setattr(form, "_compare", compare)
    assert bags.verify(name).name == name and not acts


def complete_now(name: str) -> None:
    exchanged(name)
    sums = form.check(store.home() / name)
    AuditEntry.objects.create(action="bag.complete", subject=name, after={"sha256": sums})
