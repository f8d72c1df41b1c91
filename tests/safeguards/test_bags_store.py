"""Bags are found by strict names, and kept by rule."""

import os
import shutil
import time
from pathlib import Path

import pytest

from safeguards import bags
from safeguards.bags import form, store
from safeguards.models import AuditEntry
from tests.safeguards.bagged import pretend

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bag_folder")]


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "../secret_key", ".turn", "20260101T000000000000Z-../x", "20260101T000000000000Z-"),
        *("20260101T000000000000Z-X", "20260101T000000000000Z-x\n", "20260101T000000000000Z-x/..", "/etc"),
        *("20260101T000000000000Z-none", "\x00", ".new-20260101T000000000000Z-x"),
    ],
)
def test_a_name_is_never_a_path(name: str) -> None:
    pretend(1)
    with pytest.raises(bags.NoSuchBag):
        bags.find(name)


def test_a_link_is_no_bag(tmp_path: Path) -> None:
    name = pretend(1)
    (store.home() / name).rename(tmp_path / "elsewhere")
    (store.home() / name).symlink_to(tmp_path / "elsewhere")
    assert bags.every() == []
    with pytest.raises(bags.NoSuchBag):
        bags.find(name)


def test_only_the_newest_twenty_and_the_pinned_ones_stay() -> None:
    names = [pretend(number) for number in range(25)]
    bags.pin(names[0], by="ada")
    assert sorted(bags.prune()) == names[1:5]
    assert sorted(bag.name for bag in bags.every()) == [names[0], *names[5:]]
    bags.unpin(names[0], by="ada")
    assert bags.prune() == [names[0]]
    assert bags.prune() == []


def test_more_bytes_than_allowed_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [pretend(number) for number in range(4)]
    bags.pin(names[0], by="ada")
    monkeypatch.setattr(store, "BYTES", 3_000)
    assert bags.prune() == [names[1]]
    monkeypatch.setattr(store, "BYTES", 10)
    assert bags.prune() == [names[2]]  # the newest one and the pinned one stay
    assert [bag.name for bag in bags.every()] == [names[3], names[0]]


def test_whoever_keeps_or_removes_bags_leaves_a_line() -> None:
    names = [pretend(number) for number in range(22)]
    bags.pin(names[0], by="ada")
    bags.pin(names[0], by="ada")
    bags.unpin(names[0], by="bob")
    bags.prune(by="ada")
    bags.prune(by="ada")
    rows = AuditEntry.objects.order_by("id").values_list("actor_kind", "actor", "action", "subject")
    assert list(rows) == [
        ("user", "ada", "bag.pin", names[0]),
        ("user", "ada", "bag.pin", names[0]),
        ("user", "bob", "bag.unpin", names[0]),
        ("user", "ada", "bag.prune", "bags"),
        ("user", "ada", "bag.prune", "bags"),
    ]
    first, again, _unpinned, pruned, nothing = AuditEntry.objects.order_by("id")
    assert (first.before, again.before) == ({"pinned": False}, {"pinned": True})
    assert (pruned.after, nothing.after) == ({"removed": [names[1], names[0]]}, {"removed": []})


def test_what_is_removed_by_itself_leaves_a_line_and_what_is_not_leaves_none() -> None:
    names = [pretend(number) for number in range(21)]
    bags.prune()
    bags.prune()
    (line,) = AuditEntry.objects.all()
    assert (line.actor_kind, line.actor, line.after) == ("auto", "auto:bags", {"removed": [names[0]]})


def test_what_was_removed_before_one_could_not_be_is_in_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [pretend(number) for number in range(22)]
    remove = store.shutil.rmtree

    def stuck(path: Path) -> None:
        if path.name.endswith(names[0]):
            raise OSError(30, "Read-only file system")
        remove(path)

    monkeypatch.setattr(store.shutil, "rmtree", stuck)
    with pytest.raises(OSError):
        bags.prune(by="ada")
    assert AuditEntry.objects.get().after == {"removed": [names[1]]}


def test_a_bag_that_was_being_exchanged_comes_back() -> None:
    name = pretend(1)
    (store.home() / name).rename(store.home() / f"{store.OLD}{name}")
    left = store.home() / f"{store.FRESH}{name}-abc"
    left.mkdir()
    with store.turn():
        assert [bag.name for bag in bags.every()] == [name]
    assert left.exists()  # somebody may work on it
    before = time.time() - store.LEFT_SECONDS - 1
    os.utime(left, (before, before))
    with store.turn():
        assert not left.exists()


def test_only_its_owner_reads_the_folder() -> None:
    bag = bags.seal("by-hand")
    assert bag.stat().st_mode & 0o077 == 0
    assert store.home().stat().st_mode & 0o077 == 0


def test_one_that_is_being_exchanged_is_found() -> None:
    name = pretend(1)
    (store.home() / name).rename(store.home() / f"{store.OLD}{name}")
    assert bags.find(name).is_dir()


def test_a_removed_bag_is_gone_at_once_and_what_is_left_is_tidied(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [pretend(number) for number in range(21)]

    def killed(path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(store.shutil, "rmtree", killed)
        bags.prune()
    with pytest.raises(bags.NoSuchBag):
        bags.find(names[0])
    with store.turn():
        assert not list(store.home().glob(f"{store.GONE}*"))
    assert len(bags.every()) == 20


def test_one_that_goes_while_they_are_listed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [pretend(1), pretend(2)]
    real = form.info

    def info(bag: Path) -> dict[str, str]:
        if bag.name == names[0]:
            shutil.rmtree(bag)
        return real(bag)

    monkeypatch.setattr(form, "info", info)
    assert [bag.name for bag in bags.every()] == [names[1]]
