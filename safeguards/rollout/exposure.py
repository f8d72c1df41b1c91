"""How much of a stage was seen, against how much has to be before it may grow."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from safeguards import conf
from safeguards.models import StageRun


@dataclass(frozen=True, slots=True)
class Bar:
    name: str
    seen: float
    needed: float

    @property
    def is_full(self) -> bool:
        return self.seen >= self.needed

    @property
    def percent(self) -> int:
        return 100 if self.is_full else int(100 * self.seen / self.needed)


def bars(run: StageRun) -> list[Bar]:
    since = max(run.began_at, run.judge_began_at or run.began_at)
    minutes = (timezone.now() - since).total_seconds() / 60
    seen = (
        ("exposure_requests", _("requests"), run.requests),
        ("exposure_minutes", _("minutes"), round(minutes, 1)),
        ("exposure_edits", _("edits"), run.edits),
        ("exposure_reconnects", _("reconnects"), run.reconnects),
        ("exposure_tabs", _("times with several tabs"), run.tab_episodes),
    )
    return [Bar(str(name), count, conf.number(limit)) for limit, name, count in seen]
