from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="SchemaStamp",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("stamp", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="JournalEntry",
            fields=[
                ("sequence", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("actor_name", models.CharField(max_length=150)),
                ("actor_user_id", models.BigIntegerField(null=True)),
                ("via", models.CharField(max_length=10)),
                ("system_account", models.CharField(max_length=150)),
                ("code", models.CharField(max_length=60)),
                ("dossier_uuid", models.UUIDField(null=True)),
                ("facts", models.JSONField(default=dict)),
                ("previous_hash", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "ordering": ["-sequence"],
                "indexes": [
                    models.Index(fields=["dossier_uuid", "-sequence"], name="journal_by_dossier"),
                    models.Index(fields=["code", "-sequence"], name="journal_by_code"),
                ],
            },
        ),
    ]
