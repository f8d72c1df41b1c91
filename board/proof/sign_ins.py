"""Thirty colleagues behind one address sign in at once: when each is in, and what the worker is taken for meanwhile.

`python manage.py shell -v0 -c "from board.proof.sign_ins import main; main()"`"""

import http.client
import json
import threading
import time
from typing import Any
from urllib.parse import urlencode

from board.proof.drills.lab import Lab

PASSWORD, TOKEN = "correct horse battery", "d" * 32
MAKE = """
from django.contrib.auth.hashers import make_password
from board.models import User
kept = make_password("{password}")
User.objects.bulk_create(User(username=f"colleague-{{n}}", password=kept) for n in range({people}))
"""
SECONDS = 40.0  # patience


def measure(people: int, addresses: int) -> dict[str, Any]:
    with Lab("board.settings", 1, {}, {}) as lab:
        lab.manage("shell", "-v0", "-c", MAKE.format(password=PASSWORD, people=people))
        (before,), bystander = lab.pids(), lab.people(1)[0].stream()
        began, answers, level, cores = time.monotonic(), list[tuple[float, int]](), 0, 0.0

        def sign_in(number: int) -> None:
            status = _post(lab.port, f"colleague-{number}", f"127.0.0.{2 + number % addresses}")
            answers.append((round(time.monotonic() - began, 2), status))

        threads = [threading.Thread(target=sign_in, args=(n,), daemon=True) for n in range(people)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads) and time.monotonic() - began < SECONDS:
            level = max(level, int(lab.gauge("ladder_level")))
            cores = max(cores, lab.gauge("cpu_cores"))
            time.sleep(0.5)  # it is told once a second
        return {
            "in": sum(status == 303 for _at, status in answers),
            "of": people,
            "last_s": max((at for at, _status in answers), default=None),
            "highest_level": level,
            "most_cores": round(cores, 2),
            "same_worker": lab.pids() == [before],
            "bystander_kept_its_stream": not bystander.ended.is_set(),
        }


def _post(port: int, name: str, address: str) -> int:
    form = urlencode({"username": name, "password": PASSWORD, "csrfmiddlewaretoken": TOKEN})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrftoken={TOKEN}"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS, source_address=(address, 0))
    try:
        connection.request("POST", "/accounts/login/", form, headers | {"Sec-Fetch-Site": "same-origin"})
        return connection.getresponse().status
    except OSError:
        return 599
    finally:
        connection.close()


def main(people: int = 30, addresses: int = 1) -> None:
    print(json.dumps(measure(people, addresses)))
