"""What flows up from the board to the rooms below is registered here, and nowhere else."""

from django.apps import AppConfig


class BoardConfig(AppConfig):
    name = "board"
    verbose_name = "Boards"

    def ready(self) -> None:
        from board import registrations

        registrations.register()
