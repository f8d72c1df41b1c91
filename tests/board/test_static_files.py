"""What counts as a file of ours: all that pages ask for, and nothing beside it."""

import gzip
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command

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


def test_with_hashed_names_only_those_are_there(settings: Any, tmp_path: Any) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "board.assets.Assets"}}
    call_command("collectstatic", "--noinput", verbosity=0)
    hashed = assets.staticfiles_storage.stored_name("js/live/main.js")
    assert hashed != "js/live/main.js" and has_file(hashed)
    assert not has_file("js/live/main.js")
    assert not has_file("none.js")


def test_small_styles_mean_what_the_styles_mean(settings: Any, tmp_path: Any) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "board.assets.Assets"}}
    call_command("collectstatic", "--noinput", verbosity=0)
    (small,) = tmp_path.glob("css/states.*.css.gz")
    assert '[data-role="observer"] :is(.card__menu' in gzip.decompress(small.read_bytes()).decode()
    (script,) = tmp_path.glob("js/live/main.*.js.gz")
    assert b"\n//" not in gzip.decompress(script.read_bytes())
