"""What Django's checks say about the safeguards."""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks
from django.utils.translation import gettext as _

from safeguards import status


def supervised(app_configs: Any, **more: Any) -> list[checks.CheckMessage]:
    """`runserver` has no supervisor: nothing outside the process ends it when it runs away."""
    if "runserver" not in sys.argv[1:2]:
        return []
    hint = _("Serve with `manage.py serve`; it needs no other set-up.")
    return [checks.Warning(_("No supervisor watches this server."), hint=hint, id="safeguards.W001")]


def deployed(app_configs: Any, **more: Any) -> list[checks.CheckMessage]:
    """With `--deploy`: another server than ours runs no checks itself, so it is looked for from beside it."""
    if status.read(Path(settings.DATA_DIR) / "run") is not None:
        return []
    said = _(
        "No supervisor is at work on this DATA_DIR: a server that runs here is not watched from outside."
    )
    hint = _("Serve with `manage.py serve`, and check again while it runs.")
    return [checks.Warning(said, hint=hint, id="safeguards.W002")]
