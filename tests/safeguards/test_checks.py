"""What `manage.py check` says about who watches the server."""

import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.core import checks

from safeguards import status


def said(*, deploy: bool = False) -> list[str]:
    found = checks.run_checks(include_deployment_checks=deploy)
    return [str(message.id) for message in found if str(message.id).startswith("safeguards")]


@pytest.mark.parametrize(("command", "ids"), [("runserver", ["safeguards.W001"]), ("check", [])])
def test_the_development_server_is_not_watched(
    monkeypatch: pytest.MonkeyPatch, command: str, ids: list[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["manage.py", command])
    assert said() == ids


def test_another_server_is_found_by_what_is_missing_beside_it(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path
    (tmp_path / "run").mkdir()
    assert said() == []
    assert said(deploy=True) == ["safeguards.W002"]
    status.write(tmp_path / "run", {"at": time.time(), "restarts": 0, "workers": []})
    assert said(deploy=True) == []
