"""One request as the safeguards see it, read once from its headers, without a query."""

import re
from functools import cached_property
from typing import Any

from safeguards import paths
from safeguards.identity import browser_of, cookies_of, header, is_proven, person_key

CAUSE = re.compile(r"[0-9A-Za-z_.:-]{1,64}")


class Asked:
    """`scope` is the ASGI scope of an HTTP request."""

    def __init__(self, scope: Any) -> None:
        self.scope = scope
        self.bucket = paths.bucket_of(scope)
        self.began_something = False  # counted as a cause of its own, as far as this process knows

    @cached_property
    def person(self) -> str:
        """`user:ID` or `token:HASH` where that is proven, else `address:…`."""
        return person_key(self.scope)

    @property
    def queues_as(self) -> str:
        """Whose turn at the gate it is. Health checks and sign-ins have turns of their own."""
        if self.bucket in {"sign_in_address", "health"}:
            return f"{paths.key_for(self.bucket, self.person, self.scope)}|{self.bucket}"
        return self.person

    @property
    def is_proven(self) -> bool:
        return is_proven(self.person)

    @property
    def operates(self) -> bool:
        """Presses what stops others, or opens the page for it, and may be staff: a flood must not keep that out."""
        return self.is_proven and paths.operates(self.scope)

    @cached_property
    def browser(self) -> str:
        return browser_of(cookies_of(self.scope))

    @cached_property
    def cause(self) -> str:
        """The gesture it names; empty for none, or for one that is no id."""
        said = header(self.scope, b"x-cause")
        return said if CAUSE.fullmatch(said) else ""

    @cached_property
    def caused_by(self) -> str:
        """The event it reacts to, as it says."""
        return header(self.scope, b"x-caused-by")[:64]

    @cached_property
    def is_scripted(self) -> bool:
        """Sent by a script of a page: not by typing an address, a link, a form or an <img>."""
        return header(self.scope, b"sec-fetch-dest") == "empty"

    @property
    def is_uncaused(self) -> bool:
        """By script, and nobody's gesture: the page itself sends no more of these than its own bucket holds."""
        if (
            self.caused_by
        ):  # naming any event would buy more reads; reactions that write have limits of their own
            return self.is_scripted and self.bucket == "read"
        return self.is_scripted and not self.cause

    @property
    def is_by_program(self) -> bool:
        """Nobody's hand began it, as it says itself or as a browser says of it."""
        return bool(self.caused_by) or self.is_uncaused
