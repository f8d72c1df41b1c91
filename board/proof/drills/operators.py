"""What people with all permissions do wrong: too much at once, twice, and both at the same time."""

import http.client
import threading
from urllib.parse import urlencode
from uuid import uuid4

from board.proof.drills.bar import AUDIT, COST, INCIDENTS
from board.proof.drills.bounds import wait
from board.proof.drills.drill import Drill
from board.proof.drills.lab import Lab
from board.proof.people import Person

ADMINS = "from board.models import User; User.objects.filter(username__in={names}).update(is_staff=True, is_superuser=True)"
FLAG = "SELECT id FROM safeguards_flag WHERE name = 'live_cursors'"
STATE = "SELECT stage, everyone FROM safeguards_flag WHERE name = 'live_cursors'"
# What people did: on a busy machine rules write lines of their own.
BY_PEOPLE = "FROM safeguards_auditentry WHERE id > {since} AND actor_kind = 'user' ORDER BY id"
LINES, WHO = f"SELECT action {BY_PEOPLE}", f"SELECT actor, action {BY_PEOPLE}"
KILLED = "SELECT killed FROM safeguards_killstate"
KILLS = ("kill.on", "kill.on", "kill.off")
FLAP_SECONDS = 3.0  # three readings of the flags and of the kill state
LAST = "SELECT COALESCE(MAX(id), 0) FROM safeguards_auditentry"
REHEARSED = "from board.proof.staged import rehearsed; rehearsed('live_cursors')"
OFF = "from safeguards import rollout; rollout.off('live_cursors', actor='drill')"


class OperatorError(Drill):
    """Everyone at once, a kill thrown twice, two admins who name a tester each where there is room for one."""

    number, name, runbook = "D16", "operator-error", "rollback"
    proof = {"D16": ("two at once: testers named",)}
    within = 5.0
    excused = dict.fromkeys(
        (INCIDENTS, AUDIT), "people act, no rule: their audit lines are bounds of their own"
    ) | {COST: "a few clicks: nothing goes on"}

    def run(self, lab: Lab) -> None:
        self.move_in(lab)
        ada, ben, reader, first, second = lab.people(5)
        lab.manage("shell", "-v0", "-c", ADMINS.format(names=[ada.name, ben.name]))
        lab.manage("shell", "-v0", "-c", OFF)
        page = f"/admin/safeguards/flag/{lab.rows(FLAG)[0][0]}/change/"
        before = lab.rows(STATE)
        self._too_much_at_once(lab, ada, page)
        self.bound("everyone at once: the flag", lab.rows(STATE), equals=before)
        self._twice(lab, ada, reader)
        lab.manage("shell", "-v0", "-c", REHEARSED)
        self._at_the_same_time(lab, page, [(ada, first), (ben, second)])

    def _too_much_at_once(self, lab: Lab, admin: Person, page: str) -> None:
        since = lab.rows(LAST)[0][0]
        # The page said "off" to whoever presses.
        statuses = [
            send(admin, page, action=action, reason="now", place="off.") for action in ("everyone", "promote")
        ]
        self.bound("everyone at once: answers", statuses, equals=[422, 422])
        lines = [line for (line,) in lab.rows(LINES.format(since=since))]
        self.bound("everyone at once: audit", lines, equals=["rollout.refused", "rollout.refused"])

    def _twice(self, lab: Lab, admin: Person, reader: Person) -> None:
        since, stream = lab.rows(LAST)[0][0], reader.stream()
        statuses = [send(admin, "/ops/switch/", action="on", reason="twice") for _ in range(2)]
        self.contained = wait(stream.ended.is_set, self.within)
        self.bound("killed twice: answers", statuses, equals=[303, 303])
        self.bound("killed twice: goodbyes", [bye["reason"] for bye in stream.of("bye")], equals=["killed"])
        self._stays(lab, "killed twice", KILLED)
        self.bound("killed twice: a new stream", reader.stream("browser-again").status, equals=204)
        send(admin, "/ops/switch/", action="off", reason="on again")
        self.takes("killed twice: live again after off, s", lambda: _is_live(reader), at_most=20.0, every=1.1)
        lines = lab.rows(WHO.format(since=since))
        self.bound("killed twice: audit", lines, equals=[(admin.name, did) for did in KILLS])

    def _at_the_same_time(self, lab: Lab, page: str, pairs: list[tuple[Person, Person]]) -> None:
        statuses: list[int] = []
        gate = threading.Barrier(len(pairs))

        def name(admin: Person, tester: Person) -> None:
            gate.wait(10)
            said = {"action": "add", "username": tester.name, "reason": "both at once", "consented": "1"}
            statuses.append(send(admin, page, **said))

        since = lab.rows(LAST)[0][0]
        threads = [threading.Thread(target=name, args=pair) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        self.bound("two at once: answers", sorted(statuses), equals=[302, 422])
        named = lab.rows("SELECT COUNT(*) FROM safeguards_tester WHERE added_by LIKE 'drill-%'")[0][0]
        self.bound("two at once: testers named", named, equals=1)
        lines = lab.rows(WHO.format(since=since))
        did = sorted(line for _who, line in lines)
        self.bound("two at once: audit", did, equals=["rollout.add", "rollout.refused"])
        admins = sorted(admin.name for admin, _tester in pairs)
        self.bound("two at once: both are in it", sorted(who for who, _line in lines), equals=admins)
        self._stays(lab, "two at once", STATE)

    def _stays(self, lab: Lab, what: str, query: str) -> None:
        """What they did is not undone and done again by anything that reads it each second."""
        before = lab.rows(query)
        changed = wait(lambda: lab.rows(query) != before, FLAP_SECONDS, every=0.1)
        self.bound(f"{what}: stays as it is for, s", min(changed, FLAP_SECONDS), at_least=FLAP_SECONDS)


def _is_live(person: Person) -> bool:
    return person.stream(f"browser-{uuid4()}").status == 200


def send(person: Person, path: str, **fields: str) -> int:
    """A form, as a browser sends it; its status."""
    connection = http.client.HTTPConnection("127.0.0.1", person.port, timeout=20)
    try:
        person.cookies.setdefault("csrftoken", "d" * 32)
        body = urlencode(fields | {"csrfmiddlewaretoken": person.cookies["csrftoken"]})
        more = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"http://127.0.0.1:{person.port}",
        }
        connection.request("POST", path, body, person.headers(**more))
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()
