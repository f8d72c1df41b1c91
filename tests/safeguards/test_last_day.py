"""A last day that comes later gives a feature to people for longer: it asks for what giving asks for."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from safeguards.models import AuditEntry, Baseline, Flag
from safeguards.rollout import baselines
from tests.support.staged import FEATURE

pytestmark = pytest.mark.usefixtures("forgotten_flags")
NOW = timezone.now()
AGO, SOON, LATER = NOW - timedelta(hours=1), NOW + timedelta(days=3), NOW + timedelta(days=9)


@pytest.fixture
def page(db: None) -> str:
    baselines.keep({})
    return reverse("admin:safeguards_flag_change", args=[Flag.objects.get(name=FEATURE).pk])


def put(**fields: object) -> None:
    Flag.objects.filter(name=FEATURE).update(**{"stage": "25%", "share": 25, **fields})


def ask(admin: Client, page: str, day: object, reason: str = "") -> int:
    text = day.date().isoformat() if isinstance(day, type(NOW)) else ""
    return admin.post(page, {"action": "expire", "expires": text, "reason": reason}).status_code


@pytest.mark.parametrize("day", [LATER, ""])
def test_for_longer_asks_why(admin: Client, page: str, day: object) -> None:
    put(expires_at=SOON)
    assert "Why, if it shall last longer" in admin.get(page).text
    assert ask(admin, page, day) == 422
    assert Flag.objects.get(name=FEATURE).expires_at == SOON
    assert ask(admin, page, day, "they still test") == 302
    line = AuditEntry.objects.get(action="rollout.expire")
    assert line.reason == "they still test"


def test_the_day_that_was_refused_is_still_there(admin: Client, page: str) -> None:
    put(expires_at=SOON)
    day = LATER.date().isoformat()
    assert f'value="{day}"' in admin.post(page, {"action": "expire", "expires": day}).text


def test_an_end_that_comes_sooner_is_free(admin: Client, page: str) -> None:
    put(expires_at=None)
    assert ask(admin, page, LATER) == 302
    assert ask(admin, page, SOON) == 302


@pytest.mark.parametrize("day", [LATER, ""])
def test_what_has_expired_comes_back_only_with_a_baseline(admin: Client, page: str, day: object) -> None:
    put(expires_at=AGO)
    Baseline.objects.all().delete()
    assert ask(admin, page, day, "again") == 422
    assert Flag.objects.get(name=FEATURE).expires_at == AGO
    (line,) = AuditEntry.objects.filter(action="rollout.refused")
    assert "baseline" in line.reason
    baselines.keep({})
    assert ask(admin, page, day, "again") == 302


def test_what_is_off_stays_off_whatever_its_last_day(admin: Client, page: str) -> None:
    put(stage="off", share=0, expires_at=AGO)
    Baseline.objects.all().delete()
    assert ask(admin, page, "") == 302
