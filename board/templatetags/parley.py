"""Template words of the site."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from board.fragments import card_fragment
from board.models import Card, Role, Zone
from board.models.cards import KIND_LABELS
from collaboration.changes import iso_ms as as_iso_ms
from collaboration.models import CollaborationSession

register = template.Library()
ROLE_LABELS = dict(Role.choices)
PURPOSE_LABELS = dict(Zone.Purpose.choices)


@register.simple_tag
def mid() -> SafeString:
    """The id of the request that a form will make: sent twice, it is carried out once."""
    return format_html('<input type="hidden" name="mid" value="{}">', uuid4())


@register.simple_tag
def show_card(card: Card) -> SafeString:
    return card_fragment(card)


@register.filter
def iso_ms(value: datetime | None) -> str:
    return as_iso_ms(value) if value else ""


@register.filter
def get(found: dict[str, Any], key: str) -> Any:
    return found.get(key)


@register.filter
def clock(session: CollaborationSession) -> str:
    """How long it has run, as when the page was made; scripts let it go on from there."""
    seconds = session.elapsed_ms(timezone.now()) // 1000
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes:02}:{seconds % 60:02}"


@register.filter
def kind_label(key: str) -> Any:
    return KIND_LABELS.get(key, key)


@register.filter
def role_label(key: str) -> Any:
    return ROLE_LABELS.get(key, key)


@register.filter
def purpose_label(key: str) -> Any:
    return PURPOSE_LABELS.get(key, key)
