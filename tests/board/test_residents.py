"""Where and how synthetic residents live; the clock and who acts are held by hand, the rest is real."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from board.models import Board, User
from board.operations.residents import NameTaken, evict_residents, house_residents
from board.residents.life import ANEW_SECONDS, LOOK_SECONDS, Life, seconds_between
from board.residents.place import reached_at
from board.residents.resident import MOVED, NotLetIn, came
from collaboration.models import Channel, CollaborationEvent
from safeguards import kill, rollout
from safeguards.models import Flag, StageRun
from safeguards.rollout import baselines, residents
from tests.support.cast import Cast, person
from tests.support.clock import Clock
from tests.support.staged import FEATURE, begin, workers

ADDRESS = ("127.0.0.1", 1)
pytestmark = pytest.mark.usefixtures("quiet")


class Body:
    """Acts for a resident; every act takes `seconds`."""

    seconds = 0.04
    came = True
    is_let_in = True
    status = 404

    def __init__(self, clock: Clock) -> None:
        self.clock, self.acts = clock, []

    def __call__(self, _address: tuple[str, int], tenant: Any) -> Any:
        body = self

        class One:
            def read(self) -> bool:
                return body.act(f"{tenant.username} reads")

            def write(self) -> bool:
                return body.act(f"{tenant.username} writes")

        return One()

    def act(self, what: str) -> bool:
        self.acts.append((self.clock(), what))
        self.clock.pass_(self.seconds)
        if not self.is_let_in:
            raise NotLetIn(self.status)
        return self.came


@pytest.fixture
def body(clock: Clock) -> Body:
    return Body(clock)


@pytest.fixture
def life(clock: Clock, body: Body) -> Life:
    return Life(ADDRESS, clock, body)


@pytest.fixture
def stage(cast: Cast, settings: Any) -> StageRun:
    run = begin()
    workers(settings, {"ladder_level": 0})
    return run


def live(life: Life, clock: Clock, seconds: float, settings: Any) -> None:
    until = clock() + seconds
    while clock() < until:
        workers(settings, {"ladder_level": 0})
        clock.pass_(life.turn())


def test_nobody_acts_while_nothing_is_tested(cast: Cast, life: Life, body: Body, settings: Any) -> None:
    workers(settings, {"ladder_level": 0})
    rollout.add(FEATURE, "owner", actor="root")  # directly, with the shell
    assert life.turn() == LOOK_SECONDS
    rollout.everyone(FEATURE, actor="root", reason="ready")
    assert life.turn() == LOOK_SECONDS
    assert body.acts == [] and not User.objects.filter(username__startswith="synthetic-").exists()


def test_each_reads_once_and_writes_once_in_ten_seconds(
    stage: StageRun, life: Life, body: Body, clock: Clock, settings: Any
) -> None:
    live(life, clock, 29, settings)
    assert len(body.acts) == 18
    assert sorted(what for _at, what in body.acts[:6]) == [
        f"synthetic-resident-{number} {verb}" for number in (1, 2, 3) for verb in ("reads", "writes")
    ]
    stage.refresh_from_db()
    assert stage.residents_at is None
    live(life, clock, 4, settings)
    stage.refresh_from_db()
    assert stage.residents["acts"] in {18, 19}
    assert (stage.residents["median_ms"], stage.residents["failed"]) == (40.0, 0)


def test_never_more_than_one_request_a_second(settings: Any) -> None:
    settings.PARLEY = {"residents": 30}
    assert seconds_between() == 1.0


@pytest.mark.parametrize(
    "gauges", [[], [{}], [{"ladder_level": 2}], [{"ladder_level": 0}, {"ladder_level": 3}]]
)
def test_nobody_acts_without_workers_or_from_level_2_on(
    stage: StageRun, life: Life, body: Body, settings: Any, gauges: list[dict[str, float]]
) -> None:
    workers(settings, *gauges)
    assert life.turn() == LOOK_SECONDS
    assert body.acts == []


def test_nobody_acts_while_live_is_killed(stage: StageRun, life: Life, body: Body) -> None:
    kill.on("test", "admin")
    assert life.turn() == LOOK_SECONDS and body.acts == []
    kill.off("calm", "admin")
    life.turn()
    assert len(body.acts) == 1


def test_nobody_acts_without_knowing_what_is_usual(stage: StageRun, life: Life, body: Body) -> None:
    baselines.keep({})
    life.turn()
    assert body.acts == []


def test_with_residents_off_nothing_is_taken_back(
    stage: StageRun, life: Life, body: Body, clock: Clock, settings: Any
) -> None:
    settings.PARLEY = {"residents": 0}
    body.seconds = 3.0
    live(life, clock, 300, settings)
    stage.refresh_from_db()
    assert body.acts == [] and stage.ended_at is None
    assert rollout.verdict(stage).word == "HOLD"


def test_who_waits_for_three_blocks_takes_the_stage_back(
    stage: StageRun, life: Life, body: Body, clock: Clock, settings: Any
) -> None:
    live(life, clock, 40, settings)
    body.seconds, began = 0.5, clock()
    while StageRun.objects.filter(pk=stage.pk, ended_at=None).exists():
        live(life, clock, 1, settings)
    assert 60 < clock() - began < 125
    stage.refresh_from_db()
    assert stage.ended_by == "auto:canary-residents"
    assert not Flag.objects.get(name=FEATURE).users.filter(username="owner").exists()
    body.seconds, runs = 0.04, StageRun.objects.count()
    live(life, clock, 120, settings)
    assert StageRun.objects.count() == runs


def test_three_failures_in_a_row_take_the_stage_back_at_once(
    stage: StageRun, life: Life, body: Body, clock: Clock, settings: Any
) -> None:
    body.came, began = False, clock()
    live(life, clock, 4, settings)
    stage.refresh_from_db()
    assert stage.violation == "everybody else got no answer several times in a row"
    assert clock() - began < 10


def test_who_is_not_let_in_moves_and_blames_nobody(
    stage: StageRun, life: Life, body: Body, clock: Clock, settings: Any
) -> None:
    life.turn()
    (before,) = {tenant.slug for tenant in life.tenants}
    body.is_let_in = False
    acts = len(body.acts)
    live(life, clock, 100, settings)
    assert len(body.acts) - acts == 4  # no more than twice a minute, whoever turns them away
    body.is_let_in = True
    live(life, clock, 40, settings)
    assert {tenant.slug for tenant in life.tenants} != {before}
    stage.refresh_from_db()
    assert stage.ended_at is None


@pytest.mark.parametrize(
    ("status", "words"),
    [(301, "Set TRUSTED_PROXIES to the number of proxies"), (404, "turned away by name")],
)
def test_who_is_not_let_in_says_why_until_a_block_is_seen(
    stage: StageRun, life: Life, body: Body, clock: Clock, settings: Any, status: int, words: str
) -> None:
    body.is_let_in, body.status = False, status
    life.turn()
    stage.refresh_from_db()
    light = residents.light(stage)
    assert light.word == "HOLD" and words in light.words
    body.is_let_in = True
    live(life, clock, 40, settings)
    stage.refresh_from_db()
    assert residents.light(stage).word == "PASS"


def test_a_server_that_does_not_know_of_its_proxy_sends_them_to_https_for_ever(
    stage: StageRun, settings: Any
) -> None:
    """What a redirect to https says, as this very site gives it."""
    settings.SECURE_SSL_REDIRECT = True
    answer = Client().get("/boards/x/")
    assert answer.status_code == MOVED
    with pytest.raises(NotLetIn) as turned_away:
        came(answer.status_code)
    assert turned_away.value.trouble == "https"


def test_they_move_now_and_then_and_leave_nothing(
    stage: StageRun, life: Life, body: Body, clock: Clock, settings: Any
) -> None:
    life.turn()
    events, channels = CollaborationEvent.objects.count(), Channel.objects.count()
    clock.pass_(ANEW_SECONDS)
    life.turn()
    assert (CollaborationEvent.objects.count(), Channel.objects.count()) == (events, channels)
    assert Session.objects.count() == 3
    rollout.off(FEATURE, actor="admin")
    life.turn()
    assert Session.objects.count() == 0
    assert not Board.objects.filter(created_by__username__startswith="synthetic-").exists()
    assert User.objects.filter(username__startswith="synthetic-resident-").count() == 3


def test_nobody_else_sees_their_board(cast: Cast) -> None:
    (slug, *_rest) = (tenant.slug for tenant in house_residents(3))
    client = Client()
    client.force_login(cast.owner)
    assert client.get(f"/boards/{slug}/").status_code == 404
    assert slug not in client.get("/").text


def test_their_sessions_open_their_board_and_end_with_it(cast: Cast) -> None:
    tenants = house_residents(3)
    client = Client()
    client.cookies["sessionid"] = tenants[1].session
    assert client.get(f"/boards/{tenants[1].slug}/").status_code == 200
    evict_residents(tenants)
    evict_residents(tenants)
    assert client.get(f"/boards/{tenants[1].slug}/").status_code == 302


def test_an_account_that_somebody_can_sign_in_to_is_no_resident(cast: Cast) -> None:
    somebody = person("synthetic-resident-2")
    somebody.set_password("a word that somebody knows")
    somebody.save()
    with pytest.raises(NameTaken):
        house_residents(3)


def test_nobody_signs_up_as_one(db: None) -> None:
    fields = {"username": "Synthetic-me", "password1": "long enough 9", "password2": "long enough 9"}
    answer = Client().post("/accounts/signup/", fields)
    assert answer.status_code == 422 or "own" in answer.text
    assert not User.objects.exists()


def test_who_listens_everywhere_is_reached_here() -> None:
    assert [reached_at(host) for host in ("0.0.0.0", "::", "192.0.2.7")] == [
        "127.0.0.1",
        "::1",
        "192.0.2.7",
    ]
