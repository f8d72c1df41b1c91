"""A new installation knows the flags of the indicators, and nobody has them."""

from typing import Any

from django.db import migrations

FLAGS = {
    "live_presence": "Who is here, on which card, and who is typing or editing.",
    "live_cursors": "Where others point.",
}


def create(apps: Any, schema_editor: Any) -> None:
    for name, note in FLAGS.items():
        apps.get_model("safeguards", "Flag").objects.get_or_create(
            name=name, defaults={"superusers": False, "note": note}
        )


class Migration(migrations.Migration):
    dependencies = [("safeguards", "0002_live_board_off")]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
