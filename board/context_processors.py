from django.conf import settings
from django.http import HttpRequest

from safeguards import pressure


def site(request: HttpRequest) -> dict[str, object]:
    return {"DEMO": settings.DEMO, "SIGNUP_OPEN": settings.SIGNUP_OPEN, "pressed": pressure.level()}
