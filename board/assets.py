"""Scripts and styles as they are sent: under hashed names, small, compressed."""

import os
from functools import cache
from typing import Any

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import SuspiciousFileOperation
from servestatic.compress import Compressor
from servestatic.storage import CompressedManifestStaticFilesStorage


class WholeStyles(Compressor):  # type: ignore[misc]  # the library is untyped
    """Scripts lose their white space, styles keep it.

    The minifier takes the space before `:is(` inside a layer, and what is left is another rule."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._styles = Compressor(**options | {"minify": False})

    def compress(self, path: str) -> list[str]:
        compress = self._styles.compress if path.endswith(".css") else super().compress
        return list(compress(path))


class Assets(CompressedManifestStaticFilesStorage):
    """A module's imports name hashed files, too: after an update no page mixes old modules with new ones."""

    support_js_module_import_aggregation = True

    def create_compressor(self, **options: Any) -> WholeStyles:
        return WholeStyles(**options)


def has_file(name: str) -> bool:
    """Whether there is such a file below /static/; without hashed names a few looks at the disk."""
    hashed = _hashed()
    return name in hashed if hashed else _is_found(name)


@cache
def _hashed() -> frozenset[str]:
    return frozenset(getattr(staticfiles_storage, "hashed_files", {}).values())


def _is_found(name: str) -> bool:
    try:
        found = finders.find(name)
    except (SuspiciousFileOperation, ValueError):  # outside of the folders, or no name of a file at all
        return False
    return isinstance(found, str) and os.path.isfile(found)
