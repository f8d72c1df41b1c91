"""What a process does once, before anybody waits for it: else its first visitors would wait three times as long."""

import gc

from django.conf import settings
from django.template.loader import get_template
from django.urls import reverse

FOLDERS = ("board", "errors")  # of templates that people see most, or in a bad moment


def warm() -> None:
    reverse("board-list")  # the first address builds the table of all
    root = settings.BASE_DIR / "templates"
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.html")):
            get_template(path.relative_to(root).as_posix())
    # What is there by now stays for ever. Looked through for garbage now and then, it would stop the process for 0.16 s.
    gc.freeze()
