import asyncio
import threading

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import DatabaseError
from django.test import RequestFactory
from django.utils import timezone
from waffle import flag_is_active

from safeguards import flags, kill, kill_sources, rollout
from safeguards.flag_rows import Answer
from safeguards.models import AppendOnly, AuditEntry, Flag
from tests.support.cast import Cast, person


@pytest.fixture(autouse=True)
def fresh(db):
    flags.forget()
    kill.forget()
    cache.clear()
    yield
    kill_sources.path().unlink(missing_ok=True)
    kill.forget()
    flags.forget()


def asked_by(user) -> bool:
    request = RequestFactory().get("/")
    request.user = user
    return flag_is_active(request, "live_board")


def test_nobody_has_it_on_a_new_installation(cast: Cast):
    Flag.objects.get(name="live_board")
    assert not asked_by(cast.owner)
    assert not asked_by(AnonymousUser())


def test_superusers_do_not_have_it_by_themselves():
    admin = person("admin")
    admin.is_superuser = admin.is_staff = True
    admin.save()
    assert not asked_by(admin)


def test_a_superuser_has_it_when_the_flag_says_so():
    admin = person("admin")
    admin.is_superuser = True
    admin.save()
    Flag.objects.filter(name="live_board").update(superusers=True)
    flags.refresh()
    assert asked_by(admin)


def test_a_tester_has_it_and_the_neighbour_does_not(cast: Cast, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        rollout.add("live_board", "owner", actor="admin")
    assert asked_by(cast.owner)
    assert not asked_by(cast.participant)


def test_answers_need_no_query(cast: Cast, django_assert_num_queries):
    asked_by(cast.owner)
    with django_assert_num_queries(0):
        asked_by(cast.owner)
        asked_by(cast.stranger)


def test_the_cache_never_decides(cast: Cast):
    flag = Flag.objects.get(name="live_board")
    cache.set(Flag._cache_key("live_board"), Flag(name="live_board", everyone=True))
    assert not asked_by(cast.owner)
    flag.users.add(cast.owner)
    flags.refresh()
    cache.set(Flag._cache_key("live_board"), Flag(name="live_board", everyone=False))
    assert asked_by(cast.owner)


def test_clearing_the_testers_is_noticed(cast: Cast):
    flag = Flag.objects.get(name="live_board")
    flag.users.add(cast.owner)
    flags.refresh()
    assert asked_by(cast.owner)
    flag.users.clear()
    flags.refresh()
    assert not asked_by(cast.owner)


def test_a_cookie_changes_nothing(cast: Cast):
    request = RequestFactory().get("/?dwft_live_board=1")
    request.user = cast.owner
    request.COOKIES["dwf_live_board"] = "True"
    assert not flag_is_active(request, "live_board")


def test_an_unknown_or_deleted_flag_is_off(cast: Cast):
    flag = Flag.objects.get(name="live_board")
    flag.everyone = True
    flag.save()
    flags.refresh()
    assert asked_by(cast.owner)
    flag.delete()
    flags.refresh()
    assert not asked_by(cast.owner)
    assert not flags.is_on("no_such_flag", cast.owner.pk)


def test_an_expired_flag_is_off(cast: Cast):
    Flag.objects.filter(name="live_board").update(everyone=True, expires_at=timezone.now())
    flags.refresh()
    assert not asked_by(cast.owner)


def test_an_inactive_person_has_nothing(cast: Cast):
    Flag.objects.filter(name="live_board").update(everyone=True)
    flags.refresh()
    cast.owner.is_active = False
    assert not asked_by(cast.owner)


def test_the_kill_switch_is_part_of_the_answer(cast: Cast):
    Flag.objects.filter(name="live_board").update(everyone=True)
    flags.refresh()
    assert asked_by(cast.owner)
    kill.on("too many requests", "admin")
    assert flags.is_on("live_board", cast.owner.pk)
    assert not asked_by(cast.owner)
    kill.off("calm again", "admin")
    assert asked_by(cast.owner)


def test_an_audit_entry_neither_changes_nor_goes():
    entry = AuditEntry.objects.create(actor="admin", action="rollout.off", subject="live_board")
    with pytest.raises(AppendOnly):
        entry.save()
    with pytest.raises(AppendOnly):
        entry.delete()
    assert AuditEntry.objects.filter(pk=entry.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_an_event_loop_may_ask_first(monkeypatch: pytest.MonkeyPatch):
    Flag.objects.update_or_create(name="live_board", defaults={"everyone": True})
    flags.forget()

    async def ask() -> bool:
        return flags.is_on("live_board", 1)

    monkeypatch.setattr(flags, "FIRST_SECONDS", 20.0)  # however busy this machine is
    assert asyncio.run(ask())


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_asked_once_from_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def dead() -> None:
        asked.append(1)
        raise DatabaseError("no database")

    async def ask() -> list[bool]:
        return [flags.is_on("live_cursors_of_nobody", 1) for _ in range(5)]

    monkeypatch.setattr(flags, "refresh", dead)
    flags.forget()
    assert asyncio.run(ask()) == [False] * 5
    assert asked == [1]
    monkeypatch.undo()
    flags.forget()


@pytest.mark.django_db
def test_a_database_that_hangs_holds_up_no_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    hangs, ended, read = threading.Event(), [], threading.Event()

    def slow() -> None:
        ended.append(hangs.wait(5))
        flags._replace(flags._answers, {"a_late_flag": Answer(everyone=True)})
        flags._loaded.set()
        read.set()

    async def ask() -> list[bool]:
        before = [flags.is_on("a_late_flag", 1) for _ in range(3)]
        hangs.set()
        assert await asyncio.to_thread(read.wait, 5)
        return [*before, flags.is_on("a_late_flag", 1)]

    monkeypatch.setattr(flags, "FIRST_SECONDS", 0.01)
    monkeypatch.setattr(flags, "refresh", slow)
    flags.forget()
    assert asyncio.run(ask()) == [False, False, False, True]
    assert ended == [True]  # it did not end by itself
    monkeypatch.undo()
    flags.forget()
