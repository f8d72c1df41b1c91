"""Parley's own server: a supervisor and its workers."""

import socket
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from safeguards.supervisor import Supervisor

MODULES = {"uvicorn": "board.server", "daphne": "board.server_daphne"}
BACKLOG = 2048


class Command(BaseCommand):
    help = "Serve Parley: a supervisor with its worker processes on one socket."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--workers", type=int, default=settings.WORKERS)
        parser.add_argument("--server", choices=sorted(MODULES), default="uvicorn")

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_impossible(options)
        sock = listen(options["host"], options["port"])
        host, port = sock.getsockname()[:2]
        connection.close()
        self.stdout.write(f"Parley serves http://{host}:{port}/ (Ctrl-C ends it)")
        self.stdout.flush()
        folder = settings.DATA_DIR / "run"
        Supervisor(MODULES[options["server"]], sock, options["workers"], options["server"], folder).run()


def refuse_impossible(options: dict[str, Any]) -> None:
    if options["workers"] < 1:
        raise CommandError("Parley needs at least one worker.")
    if options["workers"] > 1 and not settings.REDIS_URL:
        raise CommandError(
            "More than one worker needs REDIS_URL: without it, they could not tell each other."
        )
    if settings.DEMO and options["host"] not in {"127.0.0.1", "localhost", "::1"}:
        raise CommandError("DEMO=1 lets anybody in: it runs on 127.0.0.1 only.")
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CommandError("The database is not up to date. Run: python manage.py migrate")


def listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        raise CommandError(
            f"Port {port} is in use or not allowed here ({error.strerror}). Set PORT to another one."
        ) from error
    sock.listen(BACKLOG)
    sock.setblocking(False)
    return sock
