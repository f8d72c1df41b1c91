"""The first stage: synthetic people try a feature out before anybody else does, and say what was wrong."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from safeguards.models import StageRun
from safeguards.rollout import residents
from safeguards.stages import Stage

SILENCE = gettext_lazy("No tester was there lately; silence proves nothing.")
TROUBLES = {
    "plain": gettext_lazy(
        "Live boards are off for the synthetic people, so that they cannot try this: give live_board first."
    ),
    "page": gettext_lazy("The synthetic people did not get the page of their board."),
    "stream": gettext_lazy("The synthetic people got no stream of their board."),
    "change": gettext_lazy("A change of the synthetic people was not taken."),
    "unheard": gettext_lazy("The synthetic people did not hear a change of their own over their stream."),
    "pulse": gettext_lazy(
        "The server did not take what the synthetic people's page told of what they are doing."
    ),
    "https": residents.SENT_TO_HTTPS,
    "turned-away": gettext_lazy("The synthetic people are turned away by name; they move and try again."),
}


def staged() -> list[StageRun]:
    """The stays that they are there for."""
    return [run for run in residents.watched() if run.stage == Stage.SYNTHETIC]


def tell(runs: list[StageRun], trouble: str) -> None:
    """One of TROUBLES, empty when all went well. It writes only what is new."""
    mine = StageRun.objects.filter(pk__in=[run.pk for run in runs], ended_at=None)
    mine.exclude(rehearsal=trouble).update(rehearsal=trouble)


def holds(run: StageRun) -> str:
    """Why what they do is no PASS, in words; empty when nothing is wrong."""
    return str(TROUBLES.get(run.rehearsal, "")) if run.stage == Stage.SYNTHETIC else ""


def silence(run: StageRun) -> str:
    """What to say while nobody who tests is there."""
    if run.stage == Stage.SYNTHETIC:
        return _(
            "No synthetic person was there lately; silence proves nothing. They act while manage.py serve runs, "
            "live is on and the server is not pressed."
        )
    return str(SILENCE)
