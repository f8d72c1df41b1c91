"""The sign-in form: wrong passwords are counted for a name and an address, behind a proxy too."""

from typing import Any

import pytest
from django.test import Client

from tests.safeguards.conftest import Clock

PROXY = "10.0.0.1"


def fail(name: str, address: str) -> Any:
    words = {"username": name, "password": "wrong"}
    return Client(REMOTE_ADDR=PROXY).post("/accounts/login/", words, headers={"X-Forwarded-For": address})


@pytest.mark.django_db
def test_the_eleventh_wrong_password_waits_and_nobody_elses_does(clock: Clock, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    assert [fail("ada", "192.0.2.1").status_code for _ in range(10)] == [422] * 10
    refused = fail("ada", "192.0.2.1")
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) >= 6
    assert fail("ada", "192.0.2.2").status_code == 422
    assert fail("ben", "192.0.2.1").status_code == 422


@pytest.mark.django_db
def test_off_the_guessing_goes_on(clock: Clock, settings: Any) -> None:
    settings.LIMITS = "wide"
    assert {fail("ada", "192.0.2.1").status_code for _ in range(12)} == {422}


@pytest.mark.django_db
def test_the_refusal_names_the_limit(client: Client, clock: Clock) -> None:
    for _ in range(11):
        answer = client.post("/accounts/login/", {"username": "nobody", "password": "x"})
    assert answer.status_code == 429
    assert answer["RateLimit"].startswith('"sign_in_failure";r=0;t=')
    assert answer["RateLimit-Policy"] == '"sign_in_failure";q=10;w=60'
