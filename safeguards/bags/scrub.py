"""No secret leaves with a bag: what is known to be one is taken out, and what looks like one."""

import os
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

GONE = "[removed]"
LEAST = 6  # characters; a shorter value would blank ordinary words
NAMED = re.compile(
    r"secret|passw|passphrase|_pass(?:$|_)|pwd|token|credential|(?:api|access|signing|session)_?key|private|cookie|dsn|hook",
    re.I,
)
ADDRESSES = re.compile(r"(_URL|_URI|_DSN)$")
# Settings that are no secrets although their names sound so.
HARMLESS = frozenset(
    {
        "SESSION_COOKIE_NAME",
        "CSRF_COOKIE_NAME",
        "LANGUAGE_COOKIE_NAME",
        "PUBLIC_URL",
        "STATIC_URL",
        "MEDIA_URL",
    }
)
URL_LOGIN = re.compile(r"(?<=://)[^/\s:@\"']*:[^/\s@\"']+(?=@)")
SHAPES = (
    URL_LOGIN,
    # Our own tokens, of 43 characters, and others like them: small and great letters and digits in one piece.
    re.compile(r"(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*\d)[A-Za-z0-9_-]{40,}(?![\w-])"),
    # A session key: 32 small letters and digits that are no hexadecimal number.
    re.compile(r"(?<![\w-])(?=[a-z0-9]*[g-z])(?=[a-z0-9]*\d)[a-z0-9]{32}(?![\w-])"),
    re.compile(r"(?<!\w)\d+:[0-9a-f]{64}(?!\w)"),  # the `who` cookie
    re.compile(r"(?:pbkdf2_\w+|argon2\w*|bcrypt\w*|scrypt|md5)\$\S+"),
    re.compile(r"(?i)(?<=bearer )[^\s\"',;]+"),
    re.compile(r"(?i)https?://\S*hook\S*"),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S),
)
# Without one of these no shape is in a text: most texts are looked through once, not seven times.
LONG = re.compile(r"(?<![\w-])[\w-]{32}")
MARKS = ("://", "$", "bearer ", "private key-")
SAID = re.compile(
    r"(?i)\b((?:sessionid|csrftoken|browser|who|set-cookie|cookie|authorization|\w*passw\w*|\w*secret\w*|\w*token|"
    r"\w*api[_-]?key)\s*[=:]\s*)[^\s,;]+"
)
# In code and configuration: what stands behind such a name, to the end of the line, whatever it is.
ASSIGNED = re.compile(
    r"(?im)(\b\w*(?:secret|passw|passphrase|_pass|pwd|token|credential|(?:api|access|signing|session)_?key|private|cookie|"
    r"dsn|hook)\w*[\"'\]]*[ \t]*[=:]).*$"
)


class Scrubber:
    """Made anew for each bag: the environment is read then."""

    def __init__(self) -> None:
        known = {value for value in _known() if len(value) >= LEAST}
        # The longest first, so that none leaves a rest of another.
        found = "|".join(re.escape(value) for value in sorted(known, key=len, reverse=True))
        self._known = re.compile(found) if found else None

    def text(self, text: str, *, work: bool = False) -> str:
        """`work`: what people wrote. There only values and shapes of secrets go, not words that speak of them."""
        if self._known is not None:
            text = self._known.sub(GONE, text)
        if _may_hold_one(text):
            for shape in SHAPES:
                text = shape.sub(GONE, text)
        return text if work else SAID.sub(rf"\1{GONE}", text)

    def code(self, text: str) -> str:
        return ASSIGNED.sub(rf"\1 {GONE}", self.text(text))

    def clean(self, value: Any, *, work: bool = False) -> Any:
        """The same of all texts in a document, and everything under a name that a secret would have."""
        if isinstance(value, str):
            return self.text(value, work=work)
        if isinstance(value, dict):
            return {
                self.text(str(key), work=work): (
                    GONE if not work and NAMED.search(str(key)) else self.clean(part, work=work)
                )
                for key, part in value.items()
            }
        if isinstance(value, list | tuple | set | frozenset):
            return [self.clean(part, work=work) for part in value]
        return value


def _may_hold_one(text: str) -> bool:
    small = text.lower()
    return any(mark in small for mark in MARKS) or LONG.search(text) is not None


def _known() -> Iterator[str]:
    for name, value in os.environ.items():
        yield from _secrets_in(name, value)
    for name in dir(settings):
        if name.isupper() and isinstance(said := getattr(settings, name, None), str):
            yield from _secrets_in(name, said)
    yield settings.SECRET_KEY
    yield from getattr(settings, "SECRET_KEY_FALLBACKS", [])
    for database in settings.DATABASES.values():
        yield str(database.get("PASSWORD") or "")


def _secrets_in(name: str, value: str) -> Iterator[str]:
    if name in HARMLESS:
        return
    if NAMED.search(name):
        yield value
    elif ADDRESSES.search(name):
        try:
            password = urlsplit(value).password
        except ValueError:
            yield value
            return
        if password:
            yield from (value, password)
