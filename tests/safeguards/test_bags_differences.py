"""What a bag says of the code that runs: the commit, and in what the files differ from it, without secrets."""

import os
import subprocess
from pathlib import Path

import pytest

from safeguards import bags
from safeguards.bags import differences, form, parts, scrub
from safeguards.rollout import baselines

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bag_folder")]
CANARY = "canary-bird-4711"


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit, from which nothing differs yet."""
    root = tmp_path / "code"
    root.mkdir()
    (root / "a.py").write_text("calm = 1\n")
    git(root, "init", "-q")
    git(root, "add", "a.py")
    git(root, "-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "All")
    for module in (differences, baselines):
        monkeypatch.setattr(module, "ROOT", root)
    monkeypatch.delenv("COMMIT", raising=False)
    return root


def git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def told(bag: Path) -> str:
    return (bag / "data" / differences.PART).read_text()


def test_the_differences_themselves_are_in_the_bag(code: Path) -> None:
    (code / "a.py").write_text("calm = 1\nloud = 2\n")
    (code / "b.py").write_text("nobody = 'has seen this'\n")
    bag = bags.seal("by-hand")
    text = told(bag)
    assert "a.py | 1 +" in text and "+loud = 2\n" in text
    assert "new, and only named here: b.py" in text and "has seen this" not in text
    info = form.info(bag)
    assert info["Deployed-Commit"] == git(code, "rev-parse", "HEAD")
    assert info["Local-Differences"] == "data/differences.txt"
    assert "Cut" not in info and "Missing" not in info


def test_where_nothing_differs_it_says_so(code: Path) -> None:
    assert told(bags.seal("by-hand")) == differences.NONE


def test_secrets_in_changed_files_stay_out(code: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", f"key-{CANARY}")
    lines = [
        f"near = 'key-{CANARY}'",
        f'"password": "one, {CANARY}"',
        f"SMTP_PASS={CANARY} {CANARY}",
        f"settings['SECRET_KEY'] = 'two, {CANARY}'",
        f"aws_access_key_id: {CANARY}",
        "-----BEGIN RSA PRIVATE KEY-----",
        CANARY,
        "-----END RSA PRIVATE KEY-----",
        "far = 3",
        "-----BEGIN PRIVATE KEY-----",
        CANARY,
    ]
    (code / "a.py").write_text("\n".join(lines))
    text = told(bags.seal("by-hand"))
    assert CANARY not in text
    assert "+near = '[removed]'" in text and "+far = 3" in text and '+"password": [removed]' in text


def test_what_is_too_long_is_cut_at_a_whole_line_and_says_so(
    code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = f"word-{CANARY}"
    monkeypatch.setenv("OTHER_TOKEN", secret)
    (code / "a.py").write_text("".join(f"x_{number} = '{secret}'\n" for number in range(2000)))
    for most in range(3000, 3040):  # the end falls into the middle of a secret, too
        monkeypatch.setitem(parts.MOST, differences.PART, most)
        found = differences.differences()
        assert found.is_cut and found.text.endswith("\n")
    bag = bags.seal("by-hand")
    assert told(bag).endswith(parts.CUT) and "x_9 = '[removed]'" in told(bag)
    assert CANARY not in told(bag)
    assert form.info(bag)["Cut"] == differences.PART


def test_a_line_that_nobody_wrote_by_hand_is_left_out(code: Path) -> None:
    (code / "a.py").write_text("x" * 5000 + "\nloud = 2\n")
    text = told(bags.seal("by-hand"))
    assert "[a line of 5002 characters is left out]" in text and "+loud = 2" in text


def test_a_server_installed_without_a_repository_says_so(
    code: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (code / "site-packages").mkdir()  # within a repository that is not its own
    for module in (differences, baselines):
        monkeypatch.setattr(module, "ROOT", code / "site-packages")
    bag = bags.seal("by-hand")
    assert told(bag) == "They are not known. This server was installed without its repository.\n"
    assert form.info(bag)["Deployed-Commit"] == "not known"


def test_without_git_it_says_so(code: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    bag = bags.seal("by-hand")
    assert told(bag) == "They are not known. git is not installed here.\n"
    assert form.info(bag)["Deployed-Commit"] == "not known"


def test_a_repository_that_git_cannot_read_is_said_to_be(code: Path) -> None:
    (code / ".git" / "HEAD").unlink()
    assert told(bags.seal("by-hand")) == "They are not known. git cannot read its repository.\n"


def test_a_git_that_hangs_is_not_waited_for(
    code: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "git"
    slow.write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    slow.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(differences, "SECONDS", 0.05)
    assert differences.differences().why == "git did not answer in time."


def test_words_without_a_secret_stay() -> None:
    code = "def pass_on(token):\n    pass\n= x\npassage = 'of time'\n| 3 ++"
    assert scrub.Scrubber().code(code) == code
