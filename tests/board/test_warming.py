"""A process that serves has read its templates and its addresses before the first visitor comes."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOADED = """
import gc
import board.asgi
watched = len(gc.get_objects())
from django.template.base import Template
from django.urls import get_resolver
from django.template.loader import get_template
made, before = [], Template.__init__
def counted(self, *given, **named):
    made.append(1)
    before(self, *given, **named)
Template.__init__ = counted
get_template("board/board.html"), get_template("errors/error.html")
print(len(made), get_resolver()._populated, watched < gc.get_freeze_count() / 100)
"""


def test_the_first_page_compiles_nothing_and_no_later_one_waits_while_garbage_is_sought() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["0", "True", "True"]
