"""Rules that hold the house up."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.db.migrations.loader import MigrationLoader
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parents[2]
TEXT = {".py", ".js", ".html", ".css", ".md", ".toml", ".txt", ".yml", ""}


def tracked() -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    return [ROOT / name for name in names if (ROOT / name).suffix in TEXT and (ROOT / name).is_file()]


def test_the_layers_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_migrations_depend_downwards_only() -> None:
    graph = MigrationLoader(None).graph
    allowed = {"board": set(), "collaboration": {"collaboration"}, "safeguards": {"safeguards", "board"}}
    ours = set(allowed)
    first = graph.node_map["board", "0001_initial"]
    assert not {parent.key[0] for parent in first.parents} & (ours - {"board"})
    for (app, _name), node in graph.node_map.items():
        if app in {"collaboration", "safeguards"}:
            assert {parent.key[0] for parent in node.parents} & ours <= allowed[app]


def test_no_view_is_exempt_from_csrf() -> None:
    def views(patterns: list[URLPattern | URLResolver]) -> list[object]:
        found: list[object] = []
        for pattern in patterns:
            found += views(pattern.url_patterns) if isinstance(pattern, URLResolver) else [pattern.callback]
        return found

    every = views(get_resolver().url_patterns)
    assert len(every) > 50
    assert [view for view in every if getattr(view, "csrf_exempt", False)] == []


def test_only_the_wire_sends_and_only_the_applier_writes_html() -> None:
    scripts = {path.name: path.read_text() for path in (ROOT / "static/js").rglob("*.js")}
    sending = re.compile(r"\bfetch\(|\bEventSource\b|XMLHttpRequest|sendBeacon|WebSocket")
    assert [name for name, text in scripts.items() if sending.search(text)] == ["wire.js"]
    writing = re.compile(r"createPolicy|DOMParser|innerHTML|insertAdjacentHTML|outerHTML")
    assert [name for name, text in scripts.items() if writing.search(text)] == ["applier.js"]


def test_import_lines_end_in_a_semicolon() -> None:
    # Hashed names are written into such lines only.
    for path in (ROOT / "static/js").rglob("*.js"):
        for line in path.read_text().splitlines():
            assert not line.startswith("import ") or line.endswith(";"), f"{path.name}: {line}"


@pytest.mark.parametrize("word", ["style=", "onclick=", "<script>", "|safe"])
def test_templates_hold_nothing_that_the_policy_forbids(word: str) -> None:
    found = [path.name for path in (ROOT / "templates").rglob("*.html") if word in path.read_text()]
    # The two places where cleaned Markdown is shown.
    assert sorted(found) == (["_card.html", "_reply.html"] if word == "|safe" else [])


def test_every_template_text_can_be_translated() -> None:
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        text = re.sub(r"{% block body_class %}.*?{% endblock %}", "", text)
        bare = re.sub(r"{%.*?%}|{{.*?}}|<[^>]*>|{#.*?#}", " ", text, flags=re.DOTALL)
        bare = re.sub(r"\b(Parley)\b|[^A-Za-z]+", " ", bare)
        if "blocktranslate" not in text:
            assert not re.search(r"[a-z]{4,}", bare), (path.name, bare.split())


def test_every_setting_from_the_environment_is_documented() -> None:
    names = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "board/settings.py").read_text()))
    documented = (ROOT / "docs/settings.md").read_text()
    assert names
    assert [name for name in sorted(names) if f"`{name}`" not in documented] == []


def test_the_repository_speaks_of_the_product_alone() -> None:
    forbidden = re.compile("/" + r"(?:work|root)/|\.\./" + "shared|TO" + "DO|FIX" + "ME")
    assert [str(path) for path in tracked() if forbidden.search(path.read_text())] == []
