"""What has to be true before more people get a feature, by the rules of the flag page."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from safeguards import stages
from safeguards.models import Flag
from safeguards.rollout import baselines
from safeguards.rollout.people import named
from safeguards.rollout.verdicts import Word, running, stage_of, verdict
from safeguards.stages import Stage


class ReasonMissing(Exception):
    """Giving a feature to more people needs a reason."""


class NotReady(Exception):
    """The rules of a guarded rollout say no; the message says why, and what to do."""


def place(flag: Flag) -> str:
    """How far it is, and in which stay: what a page shows, and sends back with the buttons that move it from there."""
    run = running(flag)
    return f"{stage_of(flag)}.{run.pk if run else ''}"


def must_be_at(flag: Flag, shown: str) -> None:
    """Who pressed twice, or beside somebody else, has not seen where it is now. Raises NotReady."""
    if place(flag) != shown:
        raise NotReady(
            _(
                "The stage has changed since this page was opened. "
                "See below where it is now, and press again if it shall move from there. Nothing was changed."
            )
        )


def may_grow(flag: Flag) -> Stage:
    """The stage that follows. From off on it needs the PASS of the stage before. Raises NotReady."""
    stage = stage_of(flag)
    following = stages.after(stage)
    if following is None:
        raise NotReady(_("Everyone has it already."))
    must_be_armed()
    if stage is not Stage.OFF:
        run = running(flag)
        said = verdict(run) if run is not None else None
        if said is None or said.word is not Word.PASS:
            why = " ".join(said.reasons) if said else _("Nothing was seen of this stage yet.")
            raise NotReady(f"{said.word if said else Word.HOLD}: {why}")
    return following


def may_add(flag: Flag, person: Any, *, consented: bool, reason: str) -> None:
    """Raises ReasonMissing and NotReady."""
    if not reason.strip():
        raise ReasonMissing
    if not consented:
        raise NotReady(_("Ask them first, and say here that they agreed. Nothing was changed."))
    if stages.is_synthetic(person.get_username()):
        raise NotReady(
            _("This is a synthetic person: they try things out in the stage of their own, or in none.")
        )
    stage = stage_of(flag)
    if stage is Stage.EVERYONE:
        raise NotReady(_("Everyone has it already."))
    must_be_armed()
    if stage is Stage.OFF:
        raise NotReady(
            _(
                "Synthetic people try it first: promote it to their stage, and name a tester once that says PASS."
            )
        )
    if stage is Stage.SYNTHETIC:
        may_grow(flag)  # the first tester is the next stage
        return
    must_not_have_failed(flag)
    most = stages.capacity(stage)
    if named(flag).exclude(pk=person.pk).count() >= most:
        raise NotReady(
            _("This stage has room for %(most)s. Promote it first, once it says PASS.") % {"most": most}
        )


def must_not_have_failed(flag: Flag) -> None:
    """What broke a contract in this stage would break it again. Raises NotReady."""
    run = running(flag)
    if run is not None and run.violation:
        raise NotReady(
            _(
                "FAIL: %(why)s. Find out why, and go one stage back first: there it is judged anew. "
                "Nothing was changed."
            )
            % {"why": run.violation.rstrip(".")}
        )


def may_last(flag: Flag, until: datetime | None, *, reason: str) -> None:
    """Later than now said gives it to people for longer, and back to them when it has expired; sooner is always free.
    Raises ReasonMissing and NotReady."""
    was = flag.expires_at
    if was is None or (until is not None and until <= was) or stage_of(flag) is Stage.OFF:
        return
    if not reason.strip():
        raise ReasonMissing
    if was <= timezone.now():
        must_be_armed()


def must_be_armed() -> None:
    """There is something to measure it against. Raises NotReady."""
    if baselines.fresh() is None:
        raise NotReady(
            _(
                "There is no baseline of this class of host younger than seven days. "
                "Record one with manage.py baseline record."
            )
        )
