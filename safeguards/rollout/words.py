"""Who has a feature, in words that an operator can trust."""

from datetime import timedelta
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from safeguards import flags, stages
from safeguards.flag_rows import LEFT
from safeguards.models import Flag, Tester
from safeguards.rollout import people, verdicts
from safeguards.rollout.verdicts import clock_time, running, stage_of
from safeguards.stages import Stage

STALE = timedelta(days=30)
NO_TESTER = gettext_lazy("Nobody has it now: this stage has no tester. Add one, or switch it off.")
NOBODY = dict.fromkeys(Stage, NO_TESTER) | {
    Stage.OFF: gettext_lazy("Off: nobody has it."),
    Stage.SYNTHETIC: gettext_lazy("Nobody has it now: the synthetic people have not come yet."),
}


class Standing(NamedTuple):
    """`is_given`: somebody has it, as far as flag and stage say; what switches it off for a while is not in it."""

    stage: Stage
    is_given: bool
    sentence: str


def sentence(flag: Flag) -> str:
    """One sentence or two about who has this flag now."""
    return standing(flag).sentence


def standing(flag: Flag) -> Standing:
    stage = stage_of(flag)
    if stage is not Stage.OFF and verdicts.is_expired(flag):
        return Standing(stage, False, _("Nobody has it now: it has expired."))
    if stage is Stage.EVERYONE:
        return Standing(stage, True, _("On for everyone."))
    supers = flag.superusers and get_user_model().objects.filter(is_superuser=True).exists()
    given = "" if flag.everyone is False else _given_to(flag, stage)
    if flag.everyone is None and supers:
        given = _("%(given)s, and for superusers.") % {"given": given or _("On for nobody by name")}
    elif given:
        given = _("%(given)s; nobody else. Superusers: no.") % {"given": given}
    return Standing(stage, bool(given), given or str(NOBODY[stage]))


def _given_to(flag: Flag, stage: Stage) -> str:
    """Without superusers; empty for nobody."""
    named = people.named(flag).count()
    if flag.share:
        return ngettext(
            "On for %(share)s %% of all people, and %(count)s named tester",
            "On for %(share)s %% of all people, and %(count)s named testers",
            named,
        ) % {"share": flag.share, "count": named}
    if named:
        return ngettext("On for %(count)s named tester", "On for %(count)s named testers", named) % {
            "count": named
        }
    return _("On for synthetic people") if stage is Stage.SYNTHETIC and flag.users.exists() else ""


def notices(flag: Flag) -> list[str]:
    """What somebody should see to."""
    made = []
    if flag.owner is None or not flag.owner.is_active:
        made.append(_("Nobody answers for this flag."))
    if verdicts.is_expired(flag):
        made.append(_("It has expired, and is off for everybody."))
    run = running(flag)
    if run is not None and timezone.now() - run.began_at > STALE and flag.stage != Stage.EVERYONE:
        made.append(_("It has been in this stage for more than 30 days: promote it, or switch it off."))
    if run is not None and not run.guarded:
        made.append(_("Unguarded: given directly by somebody with the shell."))
    return made


def explain(flag: Flag, person: Any) -> str:
    """Would this person get it, and why?"""
    if verdicts.is_expired(flag):
        return _("No: it has expired.")
    if flag.everyone is not None:
        return _("Yes: everyone has it.") if flag.everyone else _("No: it is off for everybody.")
    if not person.is_active:
        return _("No: this account is switched off.")
    return _named(flag, person) or _out(flag, person) or _in_share(flag, person)


def is_on_now(flag: Flag, person: Any) -> bool:
    """What pages are told at this moment; kill switch, level and quarantine included."""
    return bool(flags.is_effective(flag.name, person.pk))


def _named(flag: Flag, person: Any) -> str:
    tester = Tester.objects.filter(flag=flag, user=person).exclude(added_by=LEFT).first()
    if tester is not None:
        return _("Yes, tester since %(since)s.") % {"since": clock_time(tester.since)}
    if flag.users.filter(pk=person.pk).exists():
        return _("Yes: named on the list.")
    if flag.superusers and person.is_superuser:
        return _("Yes: superusers have it.")
    return ""


def _out(flag: Flag, person: Any) -> str:
    left = Tester.objects.filter(flag=flag, user=person, added_by=LEFT).first()
    if left is None:
        return ""
    return _("No: they left or lost it (%(at)s), and no share takes them in until they agree again.") % {
        "at": clock_time(left.since)
    }


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
