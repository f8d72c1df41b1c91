"""What residents say is among the lights of the operations page."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from board.ops import stored, workers
from board.ops.lights import Light, lights
from safeguards import flags
from safeguards.models import StageRun
from safeguards.rollout import residents
from safeguards.rollout.block_test import Block
from tests.support.cast import Cast, staff
from tests.support.staged import begin


@pytest.fixture(autouse=True)
def fresh(cast: Cast, settings: Any, tmp_path: Any) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    flags.forget()
    stored.forget()
    yield
    flags.forget()
    stored.forget()


def said() -> Light:
    stored.read()
    (light,) = [light for light in lights(None, workers.standing(None)) if light.name == "Residents"]
    return light


def test_residents_are_idle_then_good_then_bad(cast: Cast) -> None:
    assert said() == ("Residents", "idle", "nothing is tested")
    run = begin()
    assert said().tone == "idle" and "have not said anything" in said().word
    residents.tell([run], Block(18, 0, 41.0, 80.0, 110.0, 0))
    assert said().tone == "good" and said().word.startswith("live_board: Everybody else notices nothing.")
    assert "live_board: Everybody else notices nothing." in staff(cast).get("/ops/").text
    long_ago = timezone.now() - timedelta(minutes=31)
    StageRun.objects.update(began_at=long_ago, residents_at=long_ago)
    assert said().tone == "bad" and "silence proves nothing" in said().word


def test_who_is_sent_to_https_says_what_to_do(cast: Cast) -> None:
    run = begin()
    StageRun.objects.update(began_at=timezone.now() - timedelta(minutes=31))
    residents.turned_away([run], "https")
    assert said().tone == "bad" and "Set TRUSTED_PROXIES" in said().word
