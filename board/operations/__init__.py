from board.operations.base import Done, actor_for
from board.operations.boards import archive_board, create_board, rename_board, unarchive_board
from board.operations.bulk import move_cards
from board.operations.cards import create_card, delete_card, edit_card, move_card, restore_card
from board.operations.errors import Refused
from board.operations.links import add_link, remove_link
from board.operations.outcomes import park_card, reopen_card, resolve_card
from board.operations.people import (
    add_member,
    change_role,
    create_invite,
    invite_for,
    join_board,
    remove_member,
    revoke_invites,
)
from board.operations.reactions import add_reaction, remove_reaction
from board.operations.replies import (
    add_reply,
    delete_reply,
    edit_reply,
    promote_reply,
    reopen_reply,
    resolve_reply,
    restore_reply,
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
    "add_link",
    "add_member",
    "add_reaction",
    "add_reply",
    "archive_board",
    "change_role",
    "create_board",
    "create_card",
    "create_invite",
    "create_session",
    "create_zone",
    "delete_card",
    "delete_reply",
    "edit_card",
    "edit_reply",
    "end_session",
    "invite_for",
    "join_board",
    "move_card",
    "move_cards",
    "move_zone",
    "park_card",
    "pause_session",
    "promote_reply",
    "remove_link",
    "remove_member",
    "remove_reaction",
    "rename_board",
    "rename_session",
    "rename_zone",
    "reopen_card",
    "reopen_reply",
    "resolve_card",
    "resolve_reply",
    "restore_card",
    "restore_reply",
    "resume_session",
    "revoke_invites",
    "start_session",
    "unarchive_board",
    "undo",
]
