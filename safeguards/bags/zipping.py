"""A bag as one file, made while it is sent: neither memory nor disk holds it as a whole."""

import errno
import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, BinaryIO, cast

from safeguards.bags import store

PIECE = 256 * 1024


class _Pipe:
    """Keeps what was written until it is taken."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes, /) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """zipfile asks for it."""

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def zipped(name: str) -> Iterator[bytes]:
    """The zip of one of this server's bags, as it is now: what removes it or adds to it meanwhile changes nothing.

    Raises NoSuchBag and OSError, before the first piece."""
    for _try in range(store.TRIES):
        try:
            return pieces(store.find(name))
        except FileNotFoundError:
            continue  # another one has taken its place, or none
    raise store.NoSuchBag(name)


def pieces(bag: Path) -> Iterator[bytes]:
    """The zip of a bag, its folder's name in front of each file's. All files are open once this returns.

    Raises OSError; FileNotFoundError where the folder went away meanwhile."""
    with ExitStack() as held:
        coming = _packed(bag.name, _opened(bag, held), held.pop_all())
    next(coming)  # from now on it closes them, also where nobody takes a piece
    return coming


def _opened(bag: Path, held: ExitStack) -> list[tuple[str, BinaryIO]]:
    """Through the folder itself, wherever it is moved: never some files of one bag and some of the next."""
    folder = os.open(bag, os.O_RDONLY | os.O_DIRECTORY)
    try:
        found: list[tuple[str, BinaryIO]] = [
            (name, held.enter_context(os.fdopen(file, "rb"))) for name, file in _files(folder)
        ]
        if not os.path.samestat(os.fstat(folder), os.stat(bag)):
            raise FileNotFoundError(errno.ENOENT, "exchanged meanwhile")
    finally:
        os.close(folder)
    return found


def _files(folder: int) -> Iterator[tuple[str, int]]:
    for place, _folders, names, here in os.fwalk(".", dir_fd=folder):
        for name in names:
            if stat.S_ISREG(os.stat(name, dir_fd=here, follow_symlinks=False).st_mode):
                yield (Path(place) / name).as_posix(), os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=here)


def _packed(bag: str, files: list[tuple[str, BinaryIO]], held: ExitStack) -> Iterator[bytes]:
    pipe = _Pipe()
    with held, zipfile.ZipFile(cast(IO[bytes], pipe), "w", zipfile.ZIP_DEFLATED) as archive:
        yield b""
        for name, source in sorted(files, key=lambda file: file[0]):
            # Not written as of now: two downloads of one bag are the same bytes.
            entry = zipfile.ZipInfo(f"{bag}/{name}")
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w") as target:
                while piece := source.read(PIECE):
                    target.write(piece)
                    yield pipe.take()
    yield pipe.take()
