"""Typed readers for environment variables; a wrong value stops the start with a sentence."""

import os
import secrets
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def switch(name: str, *, default: bool) -> bool:
    value = text(name, "1" if default else "0").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}: set it to 1 or 0.")


def number(name: str, default: int) -> int:
    value = text(name, str(default))
    if not value.isdigit():
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to a whole number.")
    return int(value)


def one_of(name: str, *choices: str) -> str:
    """The variable's value; the first choice when it is not set."""
    value = text(name, choices[0]).lower()
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to one of {', '.join(choices)}.")
    return value


def names(name: str) -> list[str]:
    return [part.strip() for part in text(name).split(",") if part.strip()]


def web_address(name: str) -> str:
    """Empty, or an http or https address."""
    value = text(name)
    try:
        url = urlsplit(value)
        is_good = url.scheme in {"http", "https"} and url.hostname and url.port != 0
    except ValueError:  # a port that is no number
        is_good = False
    if value and not is_good:
        raise ImproperlyConfigured(f"{name} is no http:// or https:// address.")
    return value


def mail_server(name: str) -> dict[str, Any]:
    """Django's settings for an `smtp://user:password@host:port`, `smtp+tls://…` or `smtps://…` address."""
    value = text(name, "smtp://localhost")
    try:
        url = urlsplit(value)
        port = url.port
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} names a port that is no number.") from error
    ports = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    if url.scheme not in ports or not url.hostname:
        raise ImproperlyConfigured(
            f"{name} starts with {url.scheme!r}: use smtp://…, smtp+tls://… or smtps://…."
        )
    return {
        "EMAIL_HOST": url.hostname,
        "EMAIL_PORT": port or ports[url.scheme],
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_TLS": url.scheme == "smtp+tls",
        "EMAIL_USE_SSL": url.scheme == "smtps",
    }


def database(name: str, default: str) -> dict[str, Any]:
    """Django's settings for a `sqlite:///path` or `postgres://user:password@host:port/name` address."""
    url = urlsplit(text(name, default))
    if url.scheme == "sqlite":
        return sqlite(unquote(url.path)[1:] if url.path.startswith("//") else unquote(url.path))
    if url.scheme in {"postgres", "postgresql"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(url.path[1:]),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": url.hostname or "",
            "PORT": str(url.port or ""),
            "CONN_MAX_AGE": 0,
            "OPTIONS": {
                "pool": {"min_size": 1, "max_size": 8, "timeout": 5, "num_workers": 1},
                "options": "-c lock_timeout=3000 -c statement_timeout=5000",
                # A host that has vanished is noticed in seconds, not in the system's own quarter of an hour.
                "connect_timeout": 3,
                "tcp_user_timeout": 5000,
                "keepalives_idle": 5,
                "keepalives_interval": 2,
                "keepalives_count": 2,
            },
        }
    raise ImproperlyConfigured(f"{name} starts with {url.scheme!r}: use sqlite:///… or postgres://….")


def sqlite(path: str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "CONN_MAX_AGE": None,  # one for each thread: opening it reads the whole schema, which costs ten queries
        # A file of its own for every test run: several threads of a test write to it.
        "TEST": {"NAME": f"{tempfile.gettempdir()}/parley-test-{os.getpid()}.sqlite3"},
        "OPTIONS": {
            # Writers queue for the lock at BEGIN instead of failing with "database is locked" at the upgrade.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
    }


def secret_key(folder: Path, *, production: bool) -> str:
    """SECRET_KEY from the environment; outside production one is made once and kept in a 0600 file."""
    if key := text("SECRET_KEY"):
        return key
    if production:
        raise ImproperlyConfigured("SECRET_KEY is not set: production needs one of its own.")
    path = folder / "secret_key"
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text().strip()
