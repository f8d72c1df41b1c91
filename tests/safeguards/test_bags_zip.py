"""A download is one whole bag, whatever happens to it on the way."""

import shutil
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import bagit
import pytest

from safeguards import bags
from safeguards.bags import form, store, zipping
from tests.safeguards.bagged import exchanged, pretend

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bag_folder")]


def test_the_zip_holds_the_same_bag(tmp_path: Path) -> None:
    bag = bags.seal("by-hand")
    packed = b"".join(zipping.pieces(bag))
    with zipfile.ZipFile(BytesIO(packed)) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "out")
    bagit.Bag(str(tmp_path / "out" / bag.name)).validate()
    assert b"".join(zipping.pieces(bag)) == packed


def unzipped(packed: bytes, to: Path) -> Path:
    with zipfile.ZipFile(BytesIO(packed)) as archive:
        archive.extractall(to)
    (bag,) = to.iterdir()
    return bag


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
