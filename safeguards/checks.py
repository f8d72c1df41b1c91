"""What Django's checks say about the safeguards."""

import sys
from typing import Any

from django.core import checks
from django.utils.translation import gettext as _


def supervised(app_configs: Any, **more: Any) -> list[checks.CheckMessage]:
    """`runserver` has no supervisor: nothing outside the process ends it when it runs away."""
    if "runserver" not in sys.argv[1:2]:
        return []
    hint = _("Serve with `manage.py serve`; it needs no other set-up.")
    return [checks.Warning(_("No supervisor watches this server."), hint=hint, id="safeguards.W001")]
