"""What counts as a file of ours: all that pages ask for, and nothing beside it."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

from board import assets
from board.assets import has_file


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    assets._hashed.cache_clear()
    yield
    assets._hashed.cache_clear()


@pytest.mark.parametrize("name", ["js/live/main.js", "admin/css/base.css"])
def test_files_of_the_folders_are_there(name: str) -> None:
    assert has_file(name)


@pytest.mark.parametrize(
    "name",
    ["", "js", "js/live/", "none.js", "../board/settings.py", "/etc/passwd", "a\0b", "a" * 5000, "\ud800"],
)
def test_nothing_else_is(name: str) -> None:
    assert not has_file(name)


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """All files as a server for others sends them: to make them small takes longer than all tests of them."""
    root = tmp_path_factory.mktemp("static")
    small = {"staticfiles": {"BACKEND": "board.assets.Assets"}}
    with override_settings(STATIC_ROOT=root, STORAGES=settings.STORAGES | small):
        call_command("collectstatic", "--noinput", verbosity=0)
        yield root


@pytest.mark.usefixtures("collected")
def test_with_hashed_names_only_those_are_there() -> None:
    hashed = assets.staticfiles_storage.stored_name("js/live/main.js")
    assert hashed != "js/live/main.js" and has_file(hashed)
    assert not has_file("js/live/main.js")
    assert not has_file("none.js")


def test_small_styles_mean_what_the_styles_mean(collected: Path) -> None:
    (small,) = collected.glob("css/states.*.css.gz")
    assert '[data-role="observer"] :is(.card__menu' in gzip.decompress(small.read_bytes()).decode()
    (script,) = collected.glob("js/live/main.*.js.gz")
    assert b"\n//" not in gzip.decompress(script.read_bytes())
