from board.operations.base import Done, actor_for
from board.operations.boards import archive_board, create_board, rename_board, unarchive_board
from board.operations.cards import create_card, delete_card, edit_card, move_card, restore_card
from board.operations.errors import Refused
from board.operations.people import (
    add_member,
    change_role,
    create_invite,
    invite_for,
    join_board,
    remove_member,
    revoke_invites,
)
from board.operations.sessions import (
    create_session,
    end_session,
    pause_session,
    rename_session,
    resume_session,
    start_session,
)
from board.operations.undo import undo
from board.operations.zones import create_zone, move_zone, rename_zone

__all__ = [
    "Done",
    "Refused",
    "actor_for",
    "add_member",
    "archive_board",
    "change_role",
    "create_board",
    "create_card",
    "create_invite",
    "create_session",
    "create_zone",
    "delete_card",
    "edit_card",
    "end_session",
    "invite_for",
    "join_board",
    "move_card",
    "move_zone",
    "pause_session",
    "remove_member",
    "rename_board",
    "rename_session",
    "rename_zone",
    "restore_card",
    "resume_session",
    "revoke_invites",
    "start_session",
    "unarchive_board",
    "undo",
]
