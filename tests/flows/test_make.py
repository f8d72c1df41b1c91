"""The first command of a new user: what is in the way is said in one sentence."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import tasks
from tests.support.server import ROOT

pytestmark = pytest.mark.flow


def run(folder: Path, **environment: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, str(folder / "tasks.py"), "run"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A checkout with a virtual environment that is empty, as far as the set-up goes."""
    for name in ("tasks.py", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, tmp_path)
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    base = Path(sys._base_executable)
    (programs / "python").symlink_to(base)
    (programs / "pip").touch()
    return tmp_path


def test_a_port_in_use_is_named_with_a_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        code, _out, error = run(ROOT, PORT=port)
    assert code == 1
    assert error == f"Port {port} is in use. End what uses it, or choose another one: make run PORT=8001\n"


def test_a_port_that_is_no_number_is_said() -> None:
    assert run(ROOT, PORT="eight")[2] == "PORT is 'eight': set it to a number.\n"


def test_without_a_network_the_packages_are_asked_for_in_a_sentence(fresh: Path) -> None:
    nowhere = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_RETRIES": "0",
        "PIP_CONFIG_FILE": os.devnull,
    }
    code, _out, error = run(fresh, PORT="0", **nowhere)
    assert code == 1
    assert error.startswith("The packages could not be installed; is there a network?")
    assert "Traceback" not in error and error.count("\n") == 1


def test_an_old_python_is_told_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tasks, "OLDEST", (99, 0))
    with pytest.raises(SystemExit) as end:
        tasks.main()
    assert end.value.code == 1
    assert capsys.readouterr().err.startswith("Parley needs Python 3.11 or newer; this is 3.")
