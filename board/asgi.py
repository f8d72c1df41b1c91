"""What an ASGI server loads."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "board.settings")
django.setup(set_prefix=False)

from board.routing import application  # noqa: E402  # it needs the models, which are only there now
from board.warming import warm  # noqa: E402  # the same

warm()

__all__ = ["application"]
