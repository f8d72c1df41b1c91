"""Settings for a server that leaves no connection of a held key unread: it cuts them at once."""

from board.settings import *  # noqa: F403 - all settings, but for those below

PARLEY = {"hold_connections": 0}
