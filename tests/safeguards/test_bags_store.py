"""Bags are found by strict names, kept by rule, and a changed one is refused."""

import os
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import bagit
import pytest

from safeguards import bags
from safeguards.bags import collecting, completing, form, later, sealing, store, zipping
from safeguards.models import AuditEntry

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def here(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(collecting, "_collectors", {})
    later.reset()
    yield
    later.reset()


def pretend(number: int) -> str:
    """The name of one that looks like a bag; sealing each would take its time."""
    name = f"202601{number // 24 + 1:02}T{number % 24:02}0000000000Z-made-up"
    (store.home() / name / "data").mkdir(parents=True)
    (store.home() / name / "data" / "x").write_text("x" * 1000)
    form.close(store.home() / name, [])
    return name


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


def test_the_zip_holds_the_same_bag(tmp_path: Path) -> None:
    bag = bags.seal("by-hand")
    packed = b"".join(zipping.pieces(bag))
    with zipfile.ZipFile(BytesIO(packed)) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "out")
    bagit.Bag(str(tmp_path / "out" / bag.name)).validate()
    assert b"".join(zipping.pieces(bag)) == packed


def test_a_bag_whose_sealing_the_database_missed_is_whole_and_not_vouched_for() -> None:
    bag = bags.seal("by-hand")
    copy = store.home() / "20260101T000000000000Z-copy"
    shutil.copytree(bag, copy)
    with pytest.raises(bags.NotVouched):
        bags.verify(copy.name)


def unzipped(packed: bytes, to: Path) -> Path:
    with zipfile.ZipFile(BytesIO(packed)) as archive:
        archive.extractall(to)
    (bag,) = to.iterdir()
    return bag


def exchanged(name: str) -> None:
    """As when the two minutes after are added: other figures, and another manifest."""
    with store.turn(), sealing.workshop(name) as fresh:
        for file in (store.home() / name / "data").iterdir():
            shutil.copy2(file, fresh / "data")
        (fresh / "data" / "metrics.jsonl").write_text("{}\n" * 9000)
        form.close(fresh, [])
        store.exchange(store.home() / name, fresh)


@pytest.mark.parametrize("meanwhile", [exchanged, lambda name: shutil.rmtree(store.home() / name)])
@pytest.mark.parametrize("pieces", [0, 1, 3])
def test_a_download_is_the_bag_of_its_first_moment(
    tmp_path: Path, meanwhile: Callable[[str], None], pieces: int
) -> None:
    name = bags.seal("by-hand").name
    before = form.check(store.home() / name)
    coming = zipping.zipped(name)
    packed = [next(coming) for _ in range(pieces)]
    meanwhile(name)
    bag = unzipped(b"".join([*packed, *coming]), tmp_path / "out")
    assert form.check(bag) == before


def during_opening(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """`act` once, when the first files of a bag are open and the others are not."""
    real, left = zipping._files, [act]

    def files(folder: int) -> Iterator[tuple[str, int]]:
        for number, found in enumerate(real(folder)):
            yield found
            if number == 1 and left:
                left.pop()()

    monkeypatch.setattr(zipping, "_files", files)


def test_what_is_exchanged_while_it_is_opened_comes_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = bags.seal("by-hand").name
    during_opening(monkeypatch, lambda: exchanged(name))
    packed = b"".join(zipping.zipped(name))
    assert form.check(unzipped(packed, tmp_path / "out")) == form.check(store.home() / name)


def test_what_is_removed_while_it_is_opened_is_no_half_one(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [pretend(number) for number in range(21)]
    during_opening(monkeypatch, bags.prune)
    with pytest.raises(bags.NoSuchBag):
        zipping.zipped(names[0])


def test_a_disk_that_fails_on_the_way_leaves_no_whole_zip(monkeypatch: pytest.MonkeyPatch) -> None:
    coming = zipping.zipped(bags.seal("by-hand").name)
    packed = [next(coming)]

    def broken(*_args: Any) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(zipping._Pipe, "take", broken)
    with pytest.raises(OSError):
        packed.extend(coming)
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(BytesIO(b"".join(packed)))


def test_one_that_is_being_exchanged_is_found() -> None:
    name = pretend(1)
    (store.home() / name).rename(store.home() / f"{store.OLD}{name}")
    assert bags.find(name).is_dir()


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
