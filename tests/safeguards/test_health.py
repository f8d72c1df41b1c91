"""How each tester fares, in words beside their name."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from safeguards import rollout
from safeguards.models import Flag
from safeguards.models import Tester as Row
from safeguards.rollout import health, operations
from tests.support.cast import Cast

FEATURE = "live_board"


@pytest.fixture
def tester(cast: Cast) -> Row:
    rollout.add(FEATURE, "owner", actor="shell")
    return Row.objects.get()


@pytest.mark.parametrize(
    ("seen", "ago", "tone", "words"),
    [
        ({}, None, "idle", "Not seen yet."),
        ({"requests": 40}, 10, "good", "Healthy for 12 min: no error in 40 requests, every contract kept."),
        ({"requests": 40, "errors": 2}, 10, "bad", "2 errors in 40 requests."),
        ({"requests": 400, "errors": 1}, 10, "idle", "1 error in 400 requests."),
    ],
)
def test_in_words(tester: Row, seen: dict[str, int], ago: float | None, tone: str, words: str) -> None:
    now = timezone.now()
    for name, count in seen.items():
        setattr(tester, name, count)
    tester.since = now - timedelta(minutes=12.5)
    tester.seen_at = None if ago is None else now - timedelta(seconds=ago)
    assert health.of(tester) == (tone, words)


def test_who_is_silent_is_not_called_healthy(tester: Row) -> None:
    tester.requests, tester.seen_at = 40, timezone.now() - timedelta(minutes=16)
    made = health.of(tester)
    assert made.tone == "idle" and made.words.startswith("Silent since ")


def test_what_they_lost_it_by_before_is_said_on_the_page(tester: Row, cast: Cast) -> None:
    operations.rollback(FEATURE, actor="auto:hops", reason="a chain", username="owner")
    rollout.add(FEATURE, "owner", actor="shell")
    cast.observer.is_staff = cast.observer.is_superuser = True
    cast.observer.save()
    client = Client()
    client.force_login(cast.observer)
    page: Any = client.get(reverse("admin:safeguards_flag_change", args=[Flag.objects.get(name=FEATURE).pk]))
    assert 'data-tone="idle">Not seen yet. Before: rolled back by hops, ' in page.text
    assert 'id="off-took">No open stream was closed' in page.text
