"""Programs that call the API, each with a token of its own person."""

import pytest

from tests.api.client import Api
from tests.support.cast import Cast


@pytest.fixture
def owner(cast: Cast) -> Api:
    return Api.with_token(cast.owner)


@pytest.fixture
def facilitator(cast: Cast) -> Api:
    return Api.with_token(cast.facilitator)


@pytest.fixture
def participant(cast: Cast) -> Api:
    return Api.with_token(cast.participant)


@pytest.fixture
def observer(cast: Cast) -> Api:
    return Api.with_token(cast.observer)


@pytest.fixture
def stranger(cast: Cast) -> Api:
    return Api.with_token(cast.stranger)
