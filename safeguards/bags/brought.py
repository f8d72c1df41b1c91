"""A bag from anywhere: one of this server, or a folder or zip that somebody brought. Nothing in it is believed before
it was bounded and checked against its own sums."""

import os
import re
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, FileIO
from pathlib import Path
from typing import IO, cast

from safeguards.bags import form, seals, store
from safeguards.bags.form import Damaged

# Flat, as ours are: no name leads anywhere else, and none is hidden.
ENTRY = re.compile(r"([0-9A-Za-z_-][\w.-]{0,200})/((?:data/)?[0-9A-Za-z_-][\w.-]{0,100})", re.ASCII)
HOW = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # others unpack without a bound on memory
PIECE = 64 * 1024
AT_ONCE = 256 * 1024  # of the zip; its list of contents is read in one piece
# What zipfile raises for bytes that are no zip.
NO_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


@contextmanager
def opened(said: str, *, trust: bool = False) -> Iterator[Path]:
    """The folder of a whole bag. `said`: a name in DATA_DIR/bags, else a path to a folder or a zip.

    `trust`: also one that this server did not make. Raises NoSuchBag, Damaged and NotVouched."""
    with _folder(said) as bag:
        try:
            seals.vouch(bag.name, form.check(bag), moved=True)
        except seals.NotVouched:
            if not trust:
                raise
        yield bag


@contextmanager
def _folder(said: str) -> Iterator[Path]:
    try:
        yield store.find(said)
        return
    except store.NoSuchBag:
        path, kind = Path(said), _kind(said)
    if stat.S_ISDIR(kind):
        yield path.resolve()
    elif stat.S_ISREG(kind):
        with tempfile.TemporaryDirectory(prefix="parley-bag-") as room:
            yield _unpacked(path, Path(room))
    else:
        raise Damaged("There is neither a folder nor a zip at this path.")


def _kind(said: str) -> int:
    try:
        return os.stat(said).st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise store.NoSuchBag(said) from error
    except OSError as error:
        raise Damaged(f"Its path cannot be read: {error.strerror}.") from error


def _unpacked(path: Path, room: Path) -> Path:
    try:
        with _Careful(FileIO(path)) as file, zipfile.ZipFile(cast(IO[bytes], file)) as archive:
            return _unpack(archive, room)
    except NO_ZIP as error:
        raise Damaged("It is no zip, or a broken one.") from error
    except OSError as error:
        raise Damaged(f"It cannot be unpacked: {error.strerror or error}.") from error


def _unpack(archive: zipfile.ZipFile, room: Path) -> Path:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > form.FILES or sum(entry.file_size for entry in entries) > form.BYTES:
        raise Damaged("Unpacked it would be more than a bag can be.")
    places = [_place(entry) for entry in entries]
    roots = {root for root, _name in places}
    if len(roots) != 1:
        raise Damaged("A zip holds one folder, with one bag.")
    if len({name.lower() for _root, name in places}) < len(places):
        raise Damaged("One of its files is in the zip twice.")
    bag = room / roots.pop()
    (bag / "data").mkdir(parents=True)
    for entry, (_root, name) in zip(entries, places, strict=True):
        # No more comes out than the list says: zipfile holds to it.
        with archive.open(entry) as source, (bag / name).open("xb") as target:
            while piece := source.read(PIECE):
                target.write(piece)
    return bag


def _place(entry: zipfile.ZipInfo) -> tuple[str, str]:
    """Its folder, and its place therein."""
    found = ENTRY.fullmatch(entry.filename)
    if found is None:
        raise Damaged(f"{form.shown(entry.filename)} is no place for a file of a bag.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Damaged("There is a link in it.")
    if entry.compress_type not in HOW:
        raise Damaged("It is packed in a way that bags are not.")
    return found[1], found[2]


class _Careful(BufferedReader):
    """A list of contents that claims millions of files is not read."""

    def read(self, size: int | None = -1, /) -> bytes:
        asked = size if size is not None and size >= 0 else os.fstat(self.fileno()).st_size - self.tell()
        if asked > AT_ONCE:
            raise Damaged("Its list of contents is longer than a bag's can be.")
        return super().read(size)
