from typing import Any

from django.db import migrations, models


def set_aside(apps: Any, schema_editor: Any) -> None:
    """What undo withdrew, in the days when it did not let rates wait again."""
    rates = apps.get_model("returns", "PasRate").objects.using(schema_editor.connection.alias)
    rates.filter(state="withdrawn").update(state="set_aside", why="annulé")


class Migration(migrations.Migration):
    dependencies = [("returns", "0001_initial")]
    operations = [
        migrations.RunPython(set_aside, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="pasrate",
            name="state",
            field=models.CharField(
                choices=[("waiting", "à valider"), ("applied", "appliqué"), ("set_aside", "écarté")],
                default="waiting",
                max_length=12,
            ),
        ),
    ]
