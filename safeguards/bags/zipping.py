"""A bag as one file, made while it is sent: neither memory nor disk holds it as a whole."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

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


def pieces(bag: Path) -> Iterator[bytes]:
    """The zip of a bag, its folder's name in front of each file's. Raises OSError."""
    pipe = _Pipe()
    with zipfile.ZipFile(cast(IO[bytes], pipe), "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in bag.rglob("*") if path.is_file() and not path.is_symlink()):
            # Not written as of now: two downloads of one bag are the same bytes.
            entry = zipfile.ZipInfo(f"{bag.name}/{file.relative_to(bag).as_posix()}")
            entry.compress_type = zipfile.ZIP_DEFLATED
            with file.open("rb") as source, archive.open(entry, "w") as target:
                while piece := source.read(PIECE):
                    target.write(piece)
                    yield pipe.take()
    yield pipe.take()
