"""Questions that may hang, asked so that a bag does not: each in a thread, with a time to answer in."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from django.db import connections

logger = logging.getLogger(__name__)
Found = TypeVar("Found")
SECONDS = 3.0  # for one question


class Unanswered(Exception):
    """No answer, or an error instead of one; the message is fit for the bag."""


class Patience:
    """`seconds` for all questions together. Once the database does not answer, it is not asked again."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._silent = ""

    def left(self) -> float:
        return max(0.0, self._until - time.monotonic())

    def ask(self, question: Callable[[], Found], *, database: bool = True) -> Found:
        """The answer. Raises Unanswered."""
        if database and self._silent:
            raise Unanswered(self._silent)
        asked: _Asked[Found] = _Asked(question)
        thread = threading.Thread(target=asked.run, name="bag-question", daemon=True)
        thread.start()
        thread.join(min(SECONDS, self.left()))
        try:
            return asked.answer()
        except Unanswered as error:
            if database:
                self._silent = str(error)
            raise


class _Asked(Generic[Found]):
    def __init__(self, question: Callable[[], Found]) -> None:
        self._question = question
        self._answers: list[Found] = []
        self._error = ""

    def run(self) -> None:
        try:
            self._answers.append(self._question())
        except Exception as error:  # whatever it is: the bag is sealed without this part, and says so
            logger.warning("A part of a bag could not be had: %s", error)
            self._error = f"{type(error).__name__}: it could not be read"
        finally:
            connections.close_all()

    def answer(self) -> Found:
        if self._answers:
            return self._answers[0]
        raise Unanswered(self._error or "no answer in time")
