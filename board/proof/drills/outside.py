"""A server as it is seen from outside: its status file, its processes, its pages, what it has written down."""

import http.client
import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil


class Outside:
    folder: Path
    port: int

    def status(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.folder / "run" / "status.json").read_text()))
        except (OSError, ValueError):
            return {"workers": []}

    def pids(self) -> list[int]:
        return [row["pid"] for row in self.status()["workers"]]

    def cpu_seconds(self) -> float:
        total = 0.0
        for pid in self.pids():
            try:
                times = psutil.Process(pid).cpu_times()
            except psutil.Error:
                continue
            total += times.user + times.system
        return total

    def cores(self, seconds: float) -> float:
        """What all workers use, from now on for so long."""
        began, before = time.monotonic(), self.cpu_seconds()
        time.sleep(seconds)  # the processor's time is measured over it
        return (self.cpu_seconds() - before) / (time.monotonic() - began)

    def gauge(self, name: str) -> float:
        """The highest of all workers."""
        values = [row["gauges"].get(name, 0.0) for row in self.status()["workers"]]
        return float(max(values, default=0.0))

    def is_calm(self) -> bool:
        """Every worker is there, has spoken, and leaves nothing out."""
        rows = self.status()["workers"]
        return bool(rows) and all(row["gauges"].get("ladder_level") == 0 for row in rows)

    def get(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def answers(self, path: str = "/healthz") -> bool:
        try:
            return self.get(path)[0] == 200
        except OSError:
            return False

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What its database says, read beside it."""
        with closing(sqlite3.connect(f"file:{self.folder / 'parley.sqlite3'}?mode=ro", uri=True)) as database:
            return database.execute(query, values).fetchall()

    def bags(self, trigger: str) -> list[Path]:
        """Those that are sealed."""
        folder = self.folder / "bags"
        return [path for path in folder.glob(f"*-{trigger}") if path.is_dir() and path.name[0] != "."]

    def incidents(self, rule: str) -> list[dict[str, Any]]:
        deadline = time.monotonic() + 3  # written once a second
        while time.monotonic() < deadline and not self.filed(rule):
            time.sleep(0.1)  # another process writes it
        return self.filed(rule)

    def filed(self, rule: str) -> list[dict[str, Any]]:
        """What is on file now."""
        return [json.loads(file.read_text()) for file in (self.folder / "incidents").glob(f"*-{rule}.*json")]
