from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from collaboration.models import Channel

pytestmark = pytest.mark.django_db


def epochs() -> dict[str, str]:
    return dict(Channel.objects.values_list("name", "epoch"))


def test_a_restore_gives_every_channel_a_new_epoch() -> None:
    Channel.objects.bulk_create([Channel(name="board-one"), Channel(name="board-two")])
    before = epochs()
    out = StringIO()
    call_command("rotate_epoch", stdout=out)
    assert "2 channels" in out.getvalue()
    assert all(before[name] != epoch for name, epoch in epochs().items())


def test_one_channel_by_name_and_no_other() -> None:
    Channel.objects.bulk_create([Channel(name="board-one"), Channel(name="board-two")])
    before = epochs()
    call_command("rotate_epoch", "board-one", stdout=StringIO())
    assert [name for name, epoch in epochs().items() if before[name] != epoch] == ["board-one"]


def test_an_unknown_channel_is_named() -> None:
    with pytest.raises(CommandError, match="board-none"):
        call_command("rotate_epoch", "board-none", stdout=StringIO())
