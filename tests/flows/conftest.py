from collections.abc import Iterator

import pytest

from tests.support.streams import OPEN, close_all


@pytest.fixture(autouse=True)
def no_stream_is_left_open() -> Iterator[None]:
    yield
    close_all()
    assert not OPEN
