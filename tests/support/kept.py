"""Rows that all tests of a module begin with, made once: each test takes back only what it does itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import transaction
from pytest_django import DjangoDbBlocker

Made = TypeVar("Made")


@contextmanager
def kept(blocker: DjangoDbBlocker, make: Callable[[], Made]) -> Iterator[Made]:
    """For a module's fixture that asks for `django_db_setup`; no test of that module may commit."""
    around = transaction.atomic()
    around._from_testcase = True  # what is durable may be within, as in any test
    with blocker.unblock():
        around.__enter__()
        made = make()
    try:
        yield made
    finally:
        with blocker.unblock():
            transaction.set_rollback(True)
            around.__exit__(None, None, None)
