"""Parley's own server: a supervisor and its workers."""

import errno
import resource
import socket
import threading
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from board.game_day.playing import stand_by
from board.residents.life import live
from board.residents.rehearsal import rehearse
from safeguards import conf, incidents, kill
from safeguards.judging import Rules
from safeguards.recording import Keeper
from safeguards.resources import cgroup
from safeguards.supervisor import Supervisor

ENTRIES = {"uvicorn": "board.server:run", "daphne": "board.server_daphne:run"}
BACKLOG = 2048
DESCRIPTORS = 16_384
FLUSH_SECONDS = 0.5
DAPHNE = (
    "daphne has no back-pressure and no deadlines: slow readers cost memory there. "
    "Use it to compare, not to serve; see docs/safeguards.md."
)


class Command(BaseCommand):
    help = "Serve Parley: a supervisor with its worker processes on one socket."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--workers", type=int, default=settings.WORKERS)
        parser.add_argument("--server", choices=sorted(ENTRIES), default="uvicorn")

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_impossible(options)
        raise_descriptors()
        sock = listen(options["host"], options["port"])
        host, port = sock.getsockname()[:2]
        connection.close()
        self.stdout.write(f"Parley serves http://{host}:{port}/ (Ctrl-C ends it)")
        self.stdout.flush()
        if options["server"] == "daphne":
            self.stderr.write(DAPHNE)
        kill.watch()
        threading.Thread(target=write_down, name="incidents", daemon=True).start()
        for patient in (live, rehearse, stand_by):
            threading.Thread(target=patient, args=(host, port), name=patient.__name__, daemon=True).start()
        Supervisor(
            ENTRIES[options["server"]],
            sock,
            options["workers"],
            settings.DATA_DIR / "run",
            rules=rules(),
            word=word,
            record=incidents.record,
            note=Keeper().note,
        ).run()


def word() -> tuple[float | None, str | None]:
    """When a source last said whether to kill, and why it is killed; a reader that has died reads again."""
    kill.watch()
    return kill.known_at(), kill.killed()


def write_down() -> None:
    """In a thread: a database that hangs must not hold up the supervisor."""
    while True:
        try:
            incidents.flush()
            kill.settle()
        except Exception as error:
            print(f"An incident could not be written down: {error}", flush=True)
        time.sleep(FLUSH_SECONDS)  # this thread does nothing else


def rules() -> Rules:
    """When a worker is ended, from the settings."""
    return Rules(
        stack_after=conf.number("beat_stack_seconds"),
        silent=conf.number("beat_recycle_seconds"),
        spin_cores=conf.number("spin_cores"),
        spin_seconds=conf.number("spin_seconds"),
        rss_bytes=min(conf.number("rss_bytes"), cgroup.memory_bytes()),
        rss_share=settings.PARLEY.get("rss_share_trip", 0.9),
        drain=conf.number("drain_seconds"),
        term=conf.number("term_seconds"),
        budget=conf.limit("restart_budget"),
        window=conf.number("restart_window_seconds"),
        rest=conf.number("recycled_rest_seconds"),
        acts=settings.LADDER == "act",
    )


def raise_descriptors() -> None:
    """As many as this process may give itself: a flood's connections are kept waiting, and each takes one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
    if 0 <= soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def refuse_impossible(options: dict[str, Any]) -> None:
    """Raises CommandError with a sentence."""
    if options["workers"] < 1:
        raise CommandError("Parley needs at least one worker.", returncode=2)
    if options["workers"] > 1 and not settings.REDIS_URL:
        raise CommandError(
            "More than one worker needs REDIS_URL: without it, they could not tell each other.", returncode=2
        )
    if settings.DEMO and options["host"] not in {"127.0.0.1", "localhost", "::1"}:
        raise CommandError("DEMO=1 lets anybody in: it runs on 127.0.0.1 only.", returncode=2)
    refuse_old_database()


def refuse_old_database() -> None:
    try:
        executor = MigrationExecutor(connection)
        behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise CommandError(f"The database does not answer: {error}") from error
    if behind:
        raise CommandError("The database is not up to date. Run: python manage.py migrate")


def listen(host: str, port: int) -> socket.socket:
    """The one socket that all workers share. Raises CommandError with a sentence."""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        sock.close()
        raise CommandError(why_not(host, port, error)) from error
    sock.setblocking(False)
    return sock


def why_not(host: str, port: int, error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use. Choose another one with --port or PORT."
    return f"Parley cannot listen on {host}, port {port}: {error}."
