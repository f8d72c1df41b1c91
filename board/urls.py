"""The whole URL map."""

from django.contrib import admin
from django.urls import include, path

from board.views import accounts, boards, cards, errors, health, joining, sessions, settings, streams

BOARD = [
    path("", boards.board, name="board"),
    path("settings/", settings.settings, name="board-settings"),
    path("rename/", boards.rename, name="board-rename"),
    path("archive/", boards.archive, name="board-archive"),
    path("unarchive/", boards.unarchive, name="board-unarchive"),
    path("undo/", boards.take_back, name="undo"),
    path("trash/", cards.trash, name="trash"),
    path("cards/", cards.create, name="card-create"),
    path("cards/<uuid:card>/", cards.card, name="card"),
    path("cards/<uuid:card>/edit/", cards.edit, name="card-edit"),
    path("cards/<uuid:card>/move/", cards.move, name="card-move"),
    path("cards/<uuid:card>/delete/", cards.delete, name="card-delete"),
    path("cards/<uuid:card>/restore/", cards.restore, name="card-restore"),
    path("zones/", settings.zone_create, name="zone-create"),
    path("zones/<uuid:zone>/rename/", settings.zone_rename, name="zone-rename"),
    path("zones/<uuid:zone>/move/", settings.zone_move, name="zone-move"),
    path("members/", settings.member_add, name="member-add"),
    path("members/<str:username>/role/", settings.member_role, name="member-role"),
    path("members/<str:username>/remove/", settings.member_remove, name="member-remove"),
    path("invites/", settings.invite_create, name="invite-create"),
    path("invites/revoke/", settings.invite_revoke, name="invite-revoke"),
    path("sessions/", sessions.create, name="session-create"),
    path("sessions/<uuid:session>/", sessions.session, name="session"),
    path("sessions/<uuid:session>/start/", sessions.change, {"verb": "start"}, name="session-start"),
    path("sessions/<uuid:session>/pause/", sessions.change, {"verb": "pause"}, name="session-pause"),
    path("sessions/<uuid:session>/resume/", sessions.change, {"verb": "resume"}, name="session-resume"),
    path("sessions/<uuid:session>/end/", sessions.change, {"verb": "end"}, name="session-end"),
    path("sessions/<uuid:session>/rename/", sessions.rename, name="session-rename"),
    # These are answered before Django, by board.streams and board.pulses; here they have their names.
    path("stream/", streams.needs_asgi, name="board-stream"),
    path("events/", streams.needs_asgi, name="board-events"),
    path("pulse/", streams.needs_asgi, name="board-pulse"),
]
urlpatterns = [
    path("", boards.index, name="board-list"),
    path("boards/new/", boards.new, name="board-new"),
    path("boards/<str:slug>/", include(BOARD)),
    path("join/<str:token>/", joining.join, name="join"),
    path("accounts/login/", accounts.SignIn.as_view(), name="login"),
    path("accounts/logout/", accounts.sign_out, name="logout"),
    path("accounts/signup/", accounts.sign_up, name="signup"),
    path("account/", accounts.account, name="account"),
    path("account/password/", accounts.password, name="account-password"),
    path("account/sign-out-everywhere/", accounts.sign_out_everywhere, name="account-signout-everywhere"),
    path("demo/enter/", accounts.demo_enter, name="demo-enter"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("api/v1/", include("board.api.urls")),
    path("admin/", admin.site.urls),
]
handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
