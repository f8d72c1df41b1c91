"""A bag of a colleague is replayed from wherever it lies; whatever is in it, it ends in a sentence."""

import json
import os
import random
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from safeguards.bags import brought, evidence, facts, form, hearing, parts, replaying, zipping
from safeguards.models import AuditEntry
from tests.safeguards.bagged import document, loop

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bag_folder")]


NAME = "20260101T000000000000Z-request-loop"


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """The folder of a bag that another server made, somewhere else; this one never heard of it."""
    loop(facts.causes, 40)
    bag = tmp_path / "from a colleague" / NAME
    (bag / "data").mkdir(parents=True)
    (bag / "data" / "causes.json").write_text(json.dumps(evidence.trees(evidence.Moment(), hearing.Heard())))
    form.close(bag, [("Trigger", "request-loop")])
    return bag


def ours(bag: Path) -> None:
    """As if this server had sealed it."""
    AuditEntry.objects.create(action="bag.seal", subject=bag.name, after={"sha256": form.check(bag)})


def replay(capsys: pytest.CaptureFixture[str], said: Path | str, *more: str) -> dict[str, Any]:
    with pytest.raises(SystemExit) as left:
        call_command("drill", "--replay", str(said), *more)
    assert left.value.code == 0
    return json.loads(capsys.readouterr().out)


def refused(said: Path | str) -> str:
    with pytest.raises(CommandError) as error:
        call_command("drill", "--replay", str(said), "--trust")
    assert error.value.returncode == 2
    return str(error.value)


def zipped(bag: Path) -> Path:
    file = bag.with_suffix(".zip")
    file.write_bytes(b"".join(zipping.pieces(bag)))
    return file


def resealed(bag: Path, seconds: Any) -> Path:
    told = document(bag, "causes.json") | {"seconds": seconds}
    (bag / "data" / "causes.json").write_text(json.dumps(told))
    form.close(bag, [])
    return bag


@pytest.mark.parametrize("packed", [False, True])
def test_one_of_a_colleague_needs_a_word_of_trust(
    theirs: Path, packed: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    path = zipped(theirs) if packed else theirs
    with pytest.raises(CommandError, match=r"--trust replays it all the same: nothing in it is executed"):
        call_command("drill", "--replay", str(path))
    told = replay(capsys, path, "--trust")
    assert (told["replay"], told["put_aside"], told["requests"]) == (str(path), ["user:1"], 40)


@pytest.mark.parametrize("packed", [False, True])
def test_one_of_this_server_needs_none_wherever_it_lies(
    theirs: Path, tmp_path: Path, packed: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    ours(theirs)
    copy = tmp_path / "renamed"
    shutil.copytree(theirs, copy)
    assert replay(capsys, zipped(copy) if packed else copy)["requests"] == 40


def test_one_of_this_server_that_was_sealed_anew_is_refused(theirs: Path) -> None:
    ours(theirs)
    assert "sealed anew" in refused(resealed(theirs, []))


def test_what_is_no_bag_is_said_to_be_none(tmp_path: Path) -> None:
    assert "There is no bag" in refused(tmp_path / "nothing")
    assert "There is no bag" in refused("")
    assert "There is no bag" in refused("a\0b")
    assert "path cannot be read" in refused("x" * 5000)
    os.mkfifo(tmp_path / "pipe")
    assert "neither a folder nor a zip" in refused(tmp_path / "pipe")
    (tmp_path / "text").write_text("no zip")
    assert "no zip" in refused(tmp_path / "text")
    (tmp_path / "empty").mkdir()
    assert "cannot be read" in refused(tmp_path / "empty")


HOSTILE: list[Any] = [
    *(7, [7], [[]], [{}], {"at": 1}),
    *([{"at": at, "caused": [], "requests": [["a", "b", "read", "page", 1]]}] for at in (10**400, -1, True)),
    *([{"at": at, "caused": [], "requests": [["a", "b", "read", "page", 1]]}] for at in (1.5, "1", None)),
    [{"at": 1, "caused": [], "requests": [["a", "b", "read", "page", 10**30]]}],
    [{"at": 1, "caused": [], "requests": [["a", "b", "read", "page", 60]] * 2}],
    [{"at": 1, "caused": [], "requests": [["a" * 9000, "b", "read", "page", 1]]}],
    [{"at": 1, "caused": [["a", "b", "c"]], "requests": [["a", "b", "read", "page", 1]]}],
    [{"at": 1, "caused": [], "requests": [[["a"], "b", "read", "page", 1]]}],
    [{"at": at, "caused": [], "requests": [["a", "b", "read", "page", 1]]} for at in (1, 900)],
    [{"at": 1, "caused": [], "requests": [["a", "b", "read", "page", 1]]}] * 50,
]


@pytest.mark.parametrize("seconds", HOSTILE, ids=range(len(HOSTILE)))
def test_numbers_and_types_of_nobody_end_in_a_sentence(
    theirs: Path, seconds: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "MOST", 100)
    assert "data/causes.json" in refused(resealed(theirs, seconds))


@pytest.mark.parametrize("text", ["[" * 90_000, '{"seconds": ' + "9" * 9000 + "}", "\udcff", '{"a": 1'])
def test_what_no_parser_takes_ends_in_a_sentence(theirs: Path, text: str) -> None:
    (theirs / "data" / "causes.json").write_text(text, errors="surrogateescape")
    form.close(theirs, [])
    assert "data/causes.json" in refused(theirs)


def test_a_part_longer_than_we_write_it_is_not_parsed(theirs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(parts.MOST, "causes.json", 100)
    assert "longer than a bag's can be" in refused(theirs)


def test_strange_words_are_counted_like_others(theirs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [["\ud800", "\x1b[31m", "no such kind", "no such cause", 3], ["user:1", "b", "", "script", 2]]
    resealed(theirs, [{"at": 1, "caused": [["user:1", "b", "\ud800", 5]], "requests": rows}])
    assert replay(capsys, theirs, "--trust")["requests"] == 5


def _traversal(bag: Path) -> None:
    line = f"{'0' * 64}  ../../etc/pass\x1b[31mwd\n"
    with (bag / form.MANIFEST).open("a") as file:
        file.write(line)
    tags = [f"{form._sum(bag / name)}  {name}\n" for name in form.SUMMED]
    (bag / form.TAGS).write_text("".join(tags))


def _link(bag: Path) -> None:
    (bag / "data" / "stacks.txt").symlink_to("/etc/hostname")


def _pipe(bag: Path) -> None:
    os.mkfifo(bag / "data" / "a pipe")  # whoever opened it would wait for ever


def _large(bag: Path) -> None:
    with (bag / "data" / "large").open("w") as file:
        file.truncate(form.BYTES)


def _many(bag: Path) -> None:
    for number in range(form.FILES):
        (bag / "data" / f"{number}").touch()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_traversal, "../../etc/pass?[31mwd is missing"),
        (_link, "There is a link in it"),
        (_pipe, "a pipe is no file"),
        (_large, "more than a bag can be"),
        (_many, "more than a bag can be"),
    ],
)
def test_files_that_no_bag_has_end_in_a_sentence(
    theirs: Path, change: Callable[[Path], None], sentence: str
) -> None:
    change(theirs)
    assert sentence in refused(theirs)


def _entry(name: str, mode: int = 0, kind: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr, entry.compress_type = mode << 16, kind
    return entry


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ([_entry("../../out")], "no place for a file of a bag"),
        ([_entry("/tmp/out")], "no place"),
        ([_entry("bag/../out")], "no place"),
        ([_entry("bag/data/\x1b[31m")], "?[31m is no place"),
        ([_entry("bag/data/stacks.txt", stat.S_IFLNK)], "a link"),
        ([_entry("bag/data/x", kind=zipfile.ZIP_LZMA)], "packed in a way"),
        ([_entry("bag/data/x"), _entry("bag/data/X")], "twice"),
        ([_entry("bag/data/x"), _entry("other/data/x")], "one folder"),
        ([], "one folder"),
        ([_entry(f"bag/data/{number}") for number in range(form.FILES + 1)], "more than a bag"),
        ([_entry(f"bag/data/{number}") for number in range(6000)], "longer than a bag's"),
    ],
)
def test_a_zip_with_anything_else_ends_in_a_sentence(
    tmp_path: Path, entries: list[zipfile.ZipInfo], sentence: str
) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for entry in entries:
            archive.writestr(entry, b"")
    assert sentence in refused(tmp_path / "x.zip")
    assert not (tmp_path.parent / "out").exists() and not Path("/tmp/out").exists()


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form, "BYTES", 1000)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bag/data/x", b"0" * 100_000)
    monkeypatch.setattr(brought.zipfile.ZipFile, "open", None)
    assert "more than a bag can be" in refused(tmp_path / "bomb.zip")


def test_a_bomb_that_lies_about_its_size_stops_at_what_it_said(tmp_path: Path) -> None:
    file = tmp_path / "bomb.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bag/data/x", b"0" * 100_000)
    file.write_bytes(file.read_bytes().replace((100_000).to_bytes(4, "little"), (9).to_bytes(4, "little")))
    assert "broken" in refused(file)


def test_a_zip_with_any_byte_changed_is_replayed_whole_or_refused(
    theirs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, dice, broken = zipped(theirs).read_bytes(), random.Random(7), tmp_path / "broken.zip"
    ends = set()
    for _try in range(120):
        changed = bytearray(whole)
        for _byte in range(dice.choice([1, 1, 4])):
            changed[dice.choice([dice.randrange(len(whole)), -dice.randrange(1, 900)])] = dice.randrange(256)
        broken.write_bytes(changed[: dice.choice([len(whole), len(whole), dice.randrange(len(whole))])])
        try:
            call_command("drill", "--replay", str(broken), "--trust")
        except CommandError as error:
            ends.add(str(error))
        except SystemExit:
            assert json.loads(capsys.readouterr().out)["requests"] == 40
    assert len(ends) >= 2
