"""The development server is live too."""

import pytest

from tests.support.server import Server
from tests.support.streams import Client

pytestmark = pytest.mark.flow


def test_runserver_pushes_changes_and_serves_the_scripts() -> None:
    server = Server("runserver")
    try:
        anna = Client(server, "demo-facilitator")
        reader = anna.stream()
        assert reader.status == 200
        seq = anna.add("from the development server")["seq"]
        reader.wait("change")
        assert reader.seqs() == [seq]
        assert server.get("/static/js/live/main.js")[0] == 200
        reader.close()
    finally:
        server.stop()
