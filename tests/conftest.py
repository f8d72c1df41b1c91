"""A data folder of its own for every test run, and the fixed cast."""

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker

from collaboration.turns import ENDS
from safeguards import leases
from safeguards.kernel.lease import Lease
from tests.support.server import migrated, ready_made

# How fast the machine is says nothing about the code.
hypothesis_settings.register_profile("parley", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("parley")
pytest_plugins = ["tests.support.cast", "tests.safeguards.bagged"]
SLOW = ("tests/browser", "tests/flows")  # they wait for servers and browsers


def pytest_configure() -> None:
    """What makes guessing slow would make signing in slow here, and looking for all files each new client."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["MIGRATE"] = False
        # What a thread of a test keeps, the next test may not touch; servers of tests keep theirs.
        connection.settings_dict["CONN_MAX_AGE"] = 0
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.SERVESTATIC_USE_FINDERS = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that wait are spread evenly between those that compute: side by side, neither holds up the other."""
    files = list(dict.fromkeys(item.path for item in items))
    waits = {item.path: item.nodeid.startswith(SLOW) for item in items}
    place = {}
    for kind in (True, False):
        alike = [file for file in files if waits[file] is kind]
        place.update({file: number / len(alike) for number, file in enumerate(alike)})
    items.sort(key=lambda item: place[item.path])


def pytest_sessionfinish(session: pytest.Session) -> None:
    database = Path(connection.settings_dict.get("TEST", {}).get("NAME") or "")
    for end in ENDS:
        for file in database.parent.glob(f"{database.name}*{end}") if database.name else ():
            file.unlink()
    if not hasattr(session.config, "workerinput") and "READY_MADE" not in os.environ:
        shutil.rmtree(ready_made(), ignore_errors=True)


@pytest.fixture(autouse=True)
def lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody watches the kill switch in a test without a server; the lease has tests of its own."""
    granted = Lease(time.monotonic, seconds=1e9)
    granted.renew()
    monkeypatch.setattr(leases, "lease", granted)
    monkeypatch.setattr(leases, "_measured_at", [])


@pytest.fixture(autouse=True, scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The tests never touch the data of a board that runs from this checkout."""
    before, settings.DATA_DIR = settings.DATA_DIR, tmp_path_factory.mktemp("data")
    yield settings.DATA_DIR
    settings.DATA_DIR = before


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Migrated once for all processes of a test run, in a file that each takes over.

    waffle makes tables for its own flag model too; nobody uses them, and PostgreSQL cannot truncate around them."""
    with django_db_blocker.unblock():
        if connection.vendor == "sqlite":
            begin_anew()
            # Django would empty each table, and make all permissions again.
            TransactionTestCase._fixture_teardown = begin_anew
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE IF EXISTS waffle_flag_groups, waffle_flag_users, waffle_flag")


def begin_anew(_test: object = None) -> None:
    """The tables as the migrations left them."""
    connection.ensure_connection()
    with closing(sqlite3.connect(migrated() / "parley.sqlite3")) as made:
        made.backup(connection.connection)
