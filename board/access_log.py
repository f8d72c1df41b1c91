"""One line per answered request, when ACCESS_LOG=1: time, method, path, status. Queries stay out of it."""

from typing import Any

from django.conf import settings
from django.utils import timezone

FILE = "access.log"


def logged(application: Any) -> Any:
    """The application itself, or one that also writes DATA_DIR/run/access.log."""
    return AccessLog(application) if settings.ACCESS_LOG else application


class AccessLog:
    def __init__(self, application: Any) -> None:
        self.application = application
        folder = settings.DATA_DIR / "run"
        folder.mkdir(parents=True, exist_ok=True)
        # Unbuffered appends of one short line each: several workers can share the file.
        self.file = (folder / FILE).open("ab", buffering=0)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return

        async def noting(message: Any) -> None:
            if message["type"] == "http.response.start":
                self._note(scope, message["status"])
            await send(message)

        await self.application(scope, receive, noting)

    def _note(self, scope: Any, status: int) -> None:
        at = timezone.now().isoformat(timespec="milliseconds")
        path = scope["path"].encode("unicode_escape", "backslashreplace").decode("ascii").replace(" ", "%20")
        self.file.write(f"{at} {scope['method']} {path} {status}\n".encode())
