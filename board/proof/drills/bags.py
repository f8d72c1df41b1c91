"""A bag while everything is short: processors, disk, and secrets all over the place."""

import hashlib
import http.client
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import psutil

from board.proof.drills.bar import AUDIT, COST, INCIDENTS, P99
from board.proof.drills.drill import Drill
from board.proof.drills.lab import Lab
from board.proof.people import Person

MIB = 1024 * 1024
FULL = 0.95  # of the disk
CANARY = "canary-bird-4711"
EVENTS = 40
WRITERS = 3  # who have each typed something and not sent it
BUSY_SECONDS = 1.0
SEALED = "SELECT COUNT(*) FROM safeguards_auditentry WHERE action = 'bag.seal' AND subject = '{name}'"
# Run by the server's own `manage.py shell`: one who may seal, and secrets where people and rules write.
STAFF = """
from django.contrib.auth.models import Permission
from board.models import User
from board.operations.tokens import make_token
from safeguards.models import AuditEntry
import json
user = User.objects.get(username="{name}")
user.is_staff = True
user.save()
user.user_permissions.add(Permission.objects.get(codename="change_killstate"))
token = make_token(user, "a program", "write", None, "")
said = f"pasted {{token}} and {session} and key-{canary} and https://hooks.example/{canary}"
AuditEntry.objects.create(actor=user.username, action="drill.said", subject="x", reason=said, after={{"said": said}})
print(json.dumps(token))
"""


class BagUnderFire(Drill):
    """A bag is sealed at 100 % of every processor and with 95 % of the disk full."""

    number, name, runbook = "D15", "bag-under-fire", "overload"
    proof = {"D15": ("secrets found",)}
    within, disk = 10.0, 200 * MIB
    environment = {
        "INCIDENT_WEBHOOK": f"https://hooks.example/{CANARY}",
        "SOME_API_KEY": f"key-{CANARY}",
    }
    # The worker that spins is the one that seals: it is not to be replaced meanwhile.
    limits = {"spin_seconds": 3600.0}
    excused = {
        P99: "every processor is taken by the drill itself",
        COST: "the fire is the drill's own, and burns until the bag is sealed",
        INCIDENTS: "somebody seals by hand: the evidence is the bag",
        AUDIT: "somebody seals by hand: their line is a bound of its own",
    }

    def run(self, lab: Lab) -> None:
        person, *others = lab.people(WRITERS)
        self.move_in(lab)
        session = person.cookies["sessionid"]
        told = lab.manage(
            "shell", "-v0", "-c", STAFF.format(name=person.name, session=session, canary=CANARY)
        )
        key = (lab.folder / "secret_key").read_text().strip()
        secrets = [CANARY, session, person.cookies["who"], json.loads(told.splitlines()[-1]), key]
        for number in range(EVENTS):
            person.add(f"Said before the fire, {number}: " + "x" * 3000)
        for writer in (person, *others):
            writer.ask("PUT", _draft_of(writer), {"text": f"Unsent by {writer.name}, with key-{CANARY}"})
        with _fire(lab), self._little_room(lab):
            bag = self._seal(lab, person)
        self._look(lab, person, bag, secrets)
        self._give_back(lab, [person, *others], bag)

    def _seal(self, lab: Lab, person: Person) -> Path:
        self.bound("processors busy before, %", psutil.cpu_percent(BUSY_SECONDS), at_least=99.0)
        began = time.monotonic()
        status, _page = _post(person, "/ops/bags/seal/", reason="drill")
        self.contained = time.monotonic() - began
        self.bound("sealed on the page, status", status, equals=303)
        bag = max(_bags(lab))
        (lines,) = lab.rows(SEALED.format(name=bag.name))[0]
        self.bound("audit lines of the seal", lines, equals=1)
        return bag

    @contextmanager
    def _little_room(self, lab: Lab) -> Iterator[None]:
        if not lab.has_disk:
            self.not_run.append("the disk 95 % full: needs root, to mount a small disk")
            yield
            return
        filler = lab.folder / "filler"
        room = shutil.disk_usage(lab.folder)
        with filler.open("wb") as file:
            for _piece in range(max(0, int((FULL * room.total - room.used) / MIB)) + 1):
                file.write(b"x" * MIB)
        room = shutil.disk_usage(lab.folder)
        self.bound("disk full before, %", 100 * room.used / room.total, at_least=95.0)
        yield
        filler.unlink()

    def _look(self, lab: Lab, person: Person, bag: Path, secrets: list[str]) -> None:
        self.bound("files that differ from the manifest", _differing(bag), equals=0)
        files = [file for file in bag.rglob("*") if file.is_file()]
        text = "\n".join(file.read_text() for file in files)
        self.bound("secrets found", sum(secret in text for secret in secrets), equals=0)
        self.bound("bytes", sum(file.stat().st_size for file in files), at_most=50_000_000)
        events = [json.loads(line) for line in (bag / "data" / "events.jsonl").read_text().splitlines()]
        self.bound("events kept", len(events), at_least=EVENTS)
        self.bound("parts missing", "\nMissing: " in (bag / "bag-info.txt").read_text(), equals=False)
        verified = lab.manage("bag", "verify", bag.name)
        self.bound("verified by the command", "Whole and unchanged" in verified, equals=True)
        self.bound("downloaded as a zip", self._is_zip(lab, person, bag), equals=True)

    def _give_back(self, lab: Lab, writers: list[Person], bag: Path) -> None:
        """Nothing is left of their drafts; out of the bag each has their own again, and nobody else's."""
        for writer in writers:
            writer.ask("DELETE", _draft_of(writer))
        lost = sum("Unsent by" in _board(writer) for writer in writers)
        lab.manage("bag", "restore", bag.name, "--only", "drafts", "--apply", "--reason", "drill")
        told = [_board(writer).count("Unsent by") for writer in writers]
        own = [f"Unsent by {writer.name}, with " in _board(writer) for writer in writers]
        self.bound("unsent drafts before they were given back", lost, equals=0)
        self.bound(
            "unsent drafts of all restorable", sum(own) if told == [1] * len(told) else 0, equals=WRITERS
        )

    def _is_zip(self, lab: Lab, person: Person, bag: Path) -> bool:
        status, packed = _post(person, f"/ops/bags/{bag.name}/download/")
        file = lab.folder / "taken.zip"
        file.write_bytes(packed)
        return status == 200 and zipfile.is_zipfile(file)


@contextmanager
def _fire(lab: Lab) -> Iterator[None]:
    """Every processor computes, and a thread of the worker too."""
    command = [sys.executable, "-c", "while True: pass"]
    burning = [subprocess.Popen(command) for _core in range(os.cpu_count() or 1)]
    lab.fault("spin")
    try:
        yield
    finally:
        lab.fault("spin", on=False)
        for process in burning:
            process.kill()
            process.wait()


def _differing(bag: Path) -> int:
    """By the drill's own sums: files in the manifests that are others, and payload that is in none."""
    told = {}
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        for line in (bag / manifest).read_text().splitlines():
            checksum, _spaces, name = line.partition("  ")
            told[name] = checksum
    sums = {name: hashlib.sha256((bag / name).read_bytes()).hexdigest() for name in told}
    payload = {f"data/{file.name}" for file in (bag / "data").iterdir()}
    return sum(sums[name] != told[name] for name in told) + len(payload - told.keys())


def _bags(lab: Lab) -> list[Path]:
    return [path for path in (lab.folder / "bags").iterdir() if path.is_dir() and path.name[0] != "."]


def _draft_of(person: Person) -> str:
    return f"/boards/{person.slug}/drafts/session/"


def _board(person: Person) -> str:
    return person.ask("GET", f"/boards/{person.slug}/")[1].decode()


def _post(person: Person, path: str, **fields: str) -> tuple[int, bytes]:
    """A plain form, as the page sends it."""
    if "csrftoken" not in person.cookies:
        person.page()
    connection = http.client.HTTPConnection("127.0.0.1", person.port, timeout=60)
    try:
        more = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", path, urlencode(fields), person.headers(**more))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
