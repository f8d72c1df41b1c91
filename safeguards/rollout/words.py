"""Who has a feature, in words that an operator can trust."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from safeguards import flags, stages
from safeguards.models import Flag, Tester
from safeguards.rollout.operations import status
from safeguards.rollout.verdicts import clock_time, running, stage_of
from safeguards.stages import Stage

STALE = timedelta(days=30)


def sentence(flag: Flag) -> str:
    """One sentence or two about who has this flag now."""
    named = sum(not stages.is_synthetic(name) for name in status(flag)["testers"])
    if flag.everyone:
        return _("On for everyone.")
    stage = stage_of(flag)
    if flag.everyone is False or not (named or flag.superusers or flag.share or stage is Stage.SYNTHETIC):
        return _("Off: nobody has it.")
    if stage is Stage.SYNTHETIC and not named:
        people = _("On for synthetic people; nobody else.")
    elif flag.share:
        people = ngettext(
            "On for %(share)s %% of all people, and %(count)s named tester.",
            "On for %(share)s %% of all people, and %(count)s named testers.",
            named,
        ) % {"share": flag.share, "count": named}
    else:
        people = ngettext(
            "On for %(count)s named tester; nobody else.",
            "On for %(count)s named testers; nobody else.",
            named,
        ) % {"count": named}
    return f"{people} {_('Superusers: yes.') if flag.superusers else _('Superusers: no.')}"


def notices(flag: Flag) -> list[str]:
    """What somebody should see to."""
    made = []
    if flag.owner_id is None:
        made.append(_("Nobody answers for this flag."))
    if flag.expires_at is not None and flag.expires_at <= timezone.now():
        made.append(_("It has expired, and is off for everybody."))
    run = running(flag)
    if run is not None and timezone.now() - run.began_at > STALE and flag.stage != Stage.EVERYONE:
        made.append(_("It has been in this stage for more than 30 days: promote it, or switch it off."))
    if run is not None and not run.guarded:
        made.append(_("Unguarded: given directly by somebody with the shell."))
    return made


def explain(flag: Flag, person: Any) -> str:
    """Would this person get it, and why?"""
    if flag.everyone is not None:
        return _("Yes: everyone has it.") if flag.everyone else _("No: it is off for everybody.")
    if not person.is_active:
        return _("No: this account is switched off.")
    return _named(flag, person) or _in_share(flag, person)


def is_on_now(flag: Flag, person: Any) -> bool:
    """What pages are told at this moment; kill switch, level and quarantine included."""
    return bool(flags.is_effective(flag.name, person.pk))


def _named(flag: Flag, person: Any) -> str:
    tester = Tester.objects.filter(flag=flag, user=person).first()
    if tester is not None:
        return _("Yes, tester since %(since)s.") % {"since": clock_time(tester.since)}
    if flag.users.filter(pk=person.pk).exists():
        return _("Yes: named on the list.")
    if flag.superusers and person.is_superuser:
        return _("Yes: superusers have it.")
    return ""


def _in_share(flag: Flag, person: Any) -> str:
    place = stages.place(flag.name, person.pk)
    if place < flag.share:
        return _("Yes: within the %(share)s %% of all people.") % {"share": flag.share}
    if flag.share:
        return _("No: at %(place)s %%, outside of the %(share)s %%.") % {
            "place": round(place),
            "share": flag.share,
        }
    return _("No: not named as a tester.")
