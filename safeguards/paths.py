"""What kind of request this is, from its method and path alone: which limit counts it."""

import re
from typing import Any

from safeguards.identity import address_of, browser_key, browser_of, cookies_of, header, is_proven

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
SIGN_INS = frozenset({"/accounts/login/", "/accounts/signup/", "/demo/enter/", "/admin/login/"})
# A form that changes a password counts as a write of its person, and hashes as a sign-in does.
PASSWORDS = SIGN_INS | {"/account/password/", "/admin/password_change/"}
HEALTH = frozenset({"/healthz", "/readyz", "/metrics"})
STATIC = "/static/"
OPERATE = ("/ops/", "/admin/safeguards/")  # where staff stop what runs away
# What they have to see for that, and afterwards; a bag that is downloaded would keep its place for as long as it takes.
LOOKS = re.compile(r"/ops/((incidents|runbooks)/.*)?|/admin/safeguards/.*")
WATCH = "/ops/stream/"  # the figures of the operations page, once a second
DRAFT = re.compile(r"/boards/[^/]+/drafts/[^/]+/")
LIVE = re.compile(r"/boards/[^/]+/(stream|events|pulse)/")
LIVE_BUCKETS = {"stream": "stream", "events": "repair", "pulse": "pulse"}
# What also counts against everybody together; pulses and drafts by themselves, so that cursors never use up what
# streams need, nor what is only typed what is said.
SHARED = {
    "write": "writes",
    "operate": "writes",  # of strangers alone
    "stream": "feature",
    "repair": "feature",
    "pulse": "pulses",
    "draft": "drafts",
}
EVERYBODY = frozenset({*SHARED.values(), "strangers"})


def is_static(scope: Any) -> bool:
    return str(scope["path"]).startswith(STATIC)


def is_raw(scope: Any) -> bool:
    """Answered before Django, without a thread: neither queue nor body."""
    return bucket_of(scope) in {"stream", "repair", "pulse", "watch"}


def operates(scope: Any) -> bool:
    """Presses what stops others, or looks at the page where that is pressed."""
    return bucket_of(scope) == "operate" or (
        scope["method"] not in WRITES and LOOKS.fullmatch(str(scope["path"])) is not None
    )


def hashes_a_password(scope: Any) -> bool:
    """Slow on purpose: work that keeps a core busy, and that anybody may ask for."""
    return scope["method"] in WRITES and str(scope["path"]) in PASSWORDS


def bucket_of(scope: Any) -> str:
    """The name of its limit; empty for static files, which are not counted."""
    path, writes = str(scope["path"]), scope["method"] in WRITES
    if is_static(scope):
        return ""
    if path in HEALTH:
        return "health"
    if path == WATCH:
        return "watch"
    if writes and path in SIGN_INS:
        return "sign_in_address"
    if live := LIVE.fullmatch(path):
        return LIVE_BUCKETS[live.group(1)]
    if writes and DRAFT.fullmatch(path):
        return "draft"
    if writes and path.startswith(OPERATE):
        return "operate"
    return "write" if writes else "read"


def resumes(scope: Any) -> bool:
    """Whether a stream follows one that was lost: a page that opens tells where it begins, too."""
    again = b"again=1" in scope.get("query_string", b"").split(b"&")
    return again or bool(header(scope, b"last-event-id"))


def key_for(bucket: str, person: str, scope: Any) -> str:
    """Sign-ins and health by address, streams by person, browser and board, the rest by person.

    Repairs, too: which browser asks is a free claim, boards are quickly made, and one thread serves them all."""
    if bucket in {"sign_in_address", "health"}:
        return f"address:{address_of(scope)}"
    if bucket != "stream" or not is_proven(person):
        return person
    return f"{person}|{browser_key(browser_of(cookies_of(scope)))}|{scope['path'][:200]}"
