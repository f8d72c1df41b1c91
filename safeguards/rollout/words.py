"""Who has a feature, in words that an operator can trust."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from safeguards.models import Flag
from safeguards.rollout.operations import status


def sentence(flag: Flag) -> str:
    """One sentence or two about who has this flag now."""
    named = len(status(flag)["testers"])
    if flag.everyone:
        return _("On for everyone.")
    if flag.everyone is False or not (named or flag.superusers):
        return _("Off: nobody has it.")
    people = ngettext(
        "On for %(count)s named tester; nobody else.", "On for %(count)s named testers; nobody else.", named
    ) % {"count": named}
    return f"{people} {_('Superusers: yes.') if flag.superusers else _('Superusers: no.')}"
