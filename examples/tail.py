"""Follow a board: PARLEY=http://127.0.0.1:8000 TOKEN=… python examples/tail.py SLUG"""

import json, os, sys, time, urllib.error, urllib.request  # fmt: skip

server, slug = os.environ.get("PARLEY", "http://127.0.0.1:8000"), sys.argv[1]
last, wait, event = "", 0, {}
while wait is not None:
    time.sleep(wait)  # as long as the server said
    path = f"/boards/{slug}/stream/" if last else f"/api/v1/boards/{slug}"
    headers = {"Authorization": f"Bearer {os.environ['TOKEN']}", "Last-Event-ID": last}
    try:  # a stream says something at least every 15 s
        answer = urllib.request.urlopen(urllib.request.Request(server + path, headers=headers), timeout=60)
        wait = None if answer.status == 204 else 1  # 204: not live, or not for you
        if not last:  # first the snapshot, then the stream from there
            board = json.load(answer)
            last, wait = f"{board['epoch']}-{board['seq']}", 0
        for line in answer:
            name, _, value = line.decode().strip().partition(": ")
            event = event | {name: value} if name else {}  # an empty line ends an event
            if name == "data":
                print(event["event"], value, flush=True)
                last = "" if event["event"] == "reset" else event.get("id", last)  # the snapshot again
                if event["event"] == "bye":  # null: until a person wants it
                    wait = (pause := json.loads(value)["retry_ms"]) and pause / 1000
                if event["event"] in ("bye", "reset"):
                    break
    except (OSError, ValueError) as error:  # 401, 403 and 404 stay as they are; 429 and 503 pass
        code, told = getattr(error, "code", 503), getattr(error, "headers", {})
        wait = None if code < 429 else float(told.get("Retry-After", 2))
