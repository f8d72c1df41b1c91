"""Scripts and styles as they are sent: under hashed names, small, compressed."""

import os
from functools import cache

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import SuspiciousFileOperation
from servestatic.storage import CompressedManifestStaticFilesStorage


class Assets(CompressedManifestStaticFilesStorage):
    """A module's imports name hashed files, too: after an update no page mixes old modules with new ones."""

    support_js_module_import_aggregation = True


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
