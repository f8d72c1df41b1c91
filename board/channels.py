"""django-eventstream's channel manager: who may read a board's channel."""

from typing import Any

from django_eventstream.channelmanager import ChannelManagerBase

from board.access import find_seat


class BoardChannels(ChannelManagerBase):  # type: ignore[misc]  # the library is untyped
    """Kept once per thread by the library, so it holds no state."""

    def get_channels_for_request(self, request: Any, view_kwargs: dict[str, Any]) -> set[str]:
        return set()  # the library's own views are not mounted

    def can_read_channel(self, user: Any, channel: str) -> bool:
        return user is not None and find_seat(user, channel.removeprefix("board-")) is not None

    def is_channel_reliable(self, channel: str) -> bool:
        return True
