"""The two minutes after are added to a bag, or not: whatever fails meanwhile, the trail still vouches for it."""

from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import OperationalError

from safeguards import bags
from safeguards.bags import completing, form, seals, store
from safeguards.models import AuditEntry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bag_folder")]


def dead(*_args: Any, **_more: Any) -> Any:
    raise OperationalError("the server is gone")


def full(*_args: Any) -> Any:
    raise OSError(28, "No space left on device")


@pytest.fixture
def bag(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Its two minutes are over."""
    path = bags.seal("by-hand")
    monkeypatch.setattr(completing, "due", lambda: [path.name] if waits(path) else [])
    return path


def waits(bag: Path) -> bool:
    return completing.DUE in form.info(bag)


NO_ANSWER, NO_LINE = {"filter": Mock(return_value=Mock(filter=dead))}, {"create": dead}


@pytest.mark.parametrize("gone", [NO_LINE, NO_ANSWER, NO_LINE | NO_ANSWER])
def test_without_a_database_it_stays_as_sealed_and_is_completed_later(
    bag: Path, gone: dict[str, Any]
) -> None:
    sums = form.check(bag)
    with pytest.MonkeyPatch.context() as patch:
        for name, act in gone.items():
            patch.setattr(AuditEntry.objects, name, act)
        completing.complete_due()
    assert waits(bag) and form.check(bag) == sums
    assert bags.verify(bag.name) == bag
    completing.complete_due()
    assert not waits(bag) and bags.verify(bag.name) == bag


def test_one_that_was_sealed_without_a_database_is_completed_when_it_is_back() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AuditEntry.objects, "create", dead)
        bag = bags.seal("by-hand")
    bags.complete(bag)
    assert not waits(bag) and bags.verify(bag.name) == bag


def test_a_line_whose_exchange_fails_makes_no_bag_a_changed_one(bag: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "exchange", full)
        completing.complete_due()
    assert waits(bag) and bags.verify(bag.name) == bag
    completing.complete_due()
    assert not waits(bag) and bags.verify(bag.name) == bag


def test_an_exchange_that_stops_half_way_gives_the_old_one_back(bag: Path) -> None:
    real = Path.rename

    def rename(path: Path, to: Path) -> Path:
        return full() if path.name.startswith(store.FRESH) else real(path, to)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "rename", rename)
        completing.complete_due()
    assert bags.verify(bag.name) == bag and waits(bag)


def test_one_that_nobody_here_sealed_is_vouched_for_by_no_completion(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AuditEntry.objects, "create", dead)
        bag = bags.seal("by-hand")
    monkeypatch.setattr(seals, "_own", {})  # another process looks: for it, it may have been laid there
    sums = form.check(bag)
    bags.complete(bag)
    assert waits(bag) and form.check(bag) == sums
    with pytest.raises(seals.NotVouched):
        bags.verify(bag.name)
