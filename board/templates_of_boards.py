"""What a new board can start with."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class BoardTemplate:
    key: str
    title: Any
    text: Any
    cards: list[tuple[str, Any]]


_ALL = [
    BoardTemplate(
        "decision",
        _("Decision"),
        _("Weigh the options, say what is known and what is believed, write down what was decided."),
        [
            ("topic", _("What do we have to decide, and by when?")),
            ("question", _("Which options do we have?")),
            ("question", _("What would make each option fail?")),
            ("question", _("Who is affected and has not been asked?")),
        ],
    ),
    BoardTemplate(
        "retrospective",
        _("Retrospective"),
        _("Look back together: what helped, what got in the way, what to try next."),
        [
            ("topic", _("What helped us?")),
            ("topic", _("What got in our way?")),
            ("question", _("What surprised us?")),
            ("question", _("What do we try next, and who starts?")),
        ],
    ),
    BoardTemplate(
        "incident",
        _("Incident"),
        _("Separate facts from guesses while it is happening, and keep the trail."),
        [
            ("topic", _("What do people see, and since when?")),
            ("question", _("What changed just before?")),
            ("question", _("How do we stop the damage now?")),
            ("topic", _("Who tells whom, and when?")),
        ],
    ),
    BoardTemplate(
        "q-and-a",
        _("Q&A"),
        _("Collect questions, answer them one after the other, keep the answers."),
        [("topic", _("Ask anything: one question per card."))],
    ),
    BoardTemplate(
        "investigation",
        _("Investigation"),
        _("Claims, the facts for and against them, and what is still a guess."),
        [
            ("question", _("What do we want to find out?")),
            ("topic", _("What do we know for certain?")),
            ("guess", _("What is our best explanation so far?")),
            ("question", _("Which observation would prove it wrong?")),
        ],
    ),
]
TEMPLATES = {template.key: template for template in _ALL}
