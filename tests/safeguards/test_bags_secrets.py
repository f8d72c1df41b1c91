"""No secret is found in any file of a bag, wherever it was."""

from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore

from board.models import User
from board.operations.tokens import make_token
from safeguards import bags, incidents
from safeguards.bags import collecting, facts, scrub
from safeguards.identity import make_who
from safeguards.models import AuditEntry
from tests.safeguards.bagged import everything, loop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bag_folder")]
CANARY = "canary-bird-4711"


def seeded(settings: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Every kind of secret, and each of them said aloud where people and rules may write."""
    settings.SECRET_KEY = f"key-{CANARY}"
    settings.REDIS_URL = f"redis://:redis-{CANARY}@127.0.0.1:1/0"
    settings.EMAIL_HOST_PASSWORD = f"mail-{CANARY}"
    settings.PARLEY = {"webhook_token": f"parley-{CANARY}"}
    settings.DATABASES["default"]["PASSWORD"] = f"base-{CANARY}"
    monkeypatch.setenv("DATABASE_URL", f"postgres://parley:url-{CANARY}@db/parley")
    monkeypatch.setenv("INCIDENT_WEBHOOK", f"https://hooks.example/services/{CANARY}")
    monkeypatch.setenv("EMAIL_URL", f"smtp://mail:smtp-{CANARY}@mail.example")
    user = User.objects.create_user("ada", password=f"word-{CANARY}")
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session.create()
    assert session.session_key
    return {
        "token": make_token(user, "a program", "write", None, ""),
        "session": session.session_key,
        "who": make_who(user.pk, session.session_key),
        "password": user.password,
        "key": settings.SECRET_KEY,
        "mail": settings.EMAIL_HOST_PASSWORD,
        "redis": settings.REDIS_URL,
        "url": f"postgres://parley:url-{CANARY}@db/parley",
        "hook": f"https://hooks.example/services/{CANARY}",
        "smtp": f"smtp://mail:smtp-{CANARY}@mail.example",
        "base": f"base-{CANARY}",
    }


def test_seeded_secrets_are_in_no_file(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = seeded(settings, monkeypatch)
    aloud = "; ".join(secrets.values())
    AuditEntry.objects.create(
        actor="ada",
        action="rollout.off",
        subject="live_board",
        before={"token": secrets["token"], "said": [aloud]},
        reason=f"somebody pasted {aloud} and the cookie browser=abcdefgh12345678 and password=hunter2hunter2",
    )
    incidents.record("memory", {"figures": aloud, "cookie": "sessionid=whatever"})
    incidents.flush()
    monkeypatch.setattr(collecting, "_collectors", {"events": lambda window: [{"text": f"I wrote {aloud}"}]})
    loop(facts.causes)
    text = everything(bags.seal("memory", by="ada", reason=f"because of {aloud}"))
    found = [name for name, secret in secrets.items() if secret in text]
    assert found == []
    assert CANARY not in text
    assert "browser-1" not in text and "abcdefgh12345678" not in text and "hunter2" not in text
    assert "somebody pasted" in text and "I wrote" in text


def test_without_the_scrubber_they_would_be_there(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrub.Scrubber, "text", lambda self, text, work=False: text)
    secrets = seeded(settings, monkeypatch)
    AuditEntry.objects.create(actor="x", action="y", subject="z", reason="; ".join(secrets.values()))
    text = everything(bags.seal("memory"))
    assert all(secret in text for secret in secrets.values())


def test_what_people_wrote_stays_as_it_is() -> None:
    work = {
        "text": "The password: who knows? The token = a coin. Order 5f2b6c0d4e1a4b7c8d9e0f1a2b3c4d5e was late.",
        "mid": "0b9c7a52-3f0e-4f2e-9d7c-1c2d3e4f5a6b",
        "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "at": "2026-01-02T03:04:05.678Z",
        "numbers": [1, 2.5, None, True],
    }
    assert scrub.Scrubber().clean(work, work=True) == work


@pytest.mark.parametrize(
    "text",
    [
        "redis://:hidden-word@host/0",
        "Authorization: Bearer hidden-word",
        "sessionid=hidden-word; csrftoken=hidden-word",
        "api_key: hidden-word",
        "https://chat.example/hooks/hidden-word",
        "pbkdf2_sha256$1000$salt$hidden-word",
    ],
)
def test_what_looks_like_a_secret_goes(text: str) -> None:
    assert "hidden-word" not in scrub.Scrubber().text(text)
