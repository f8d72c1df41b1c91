"""A new installation knows the live board's flag, and nobody has it."""

from typing import Any

from django.db import migrations


def create(apps: Any, schema_editor: Any) -> None:
    apps.get_model("safeguards", "Flag").objects.get_or_create(
        name="live_board", defaults={"superusers": False, "note": "Changes appear at once, without a reload."}
    )


class Migration(migrations.Migration):
    dependencies = [("safeguards", "0001_initial")]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
