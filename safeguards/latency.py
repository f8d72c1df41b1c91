"""How long something took, in words: what is shorter than two digits show is said to be so, and never to be nothing."""

from django.utils.translation import gettext as _

LEAST_SECONDS = 0.01


def words(seconds: float) -> str:
    if seconds < LEAST_SECONDS:
        return _("less than 0.01 s")
    return _("%(seconds)s s") % {"seconds": f"{seconds:.2f}"}
