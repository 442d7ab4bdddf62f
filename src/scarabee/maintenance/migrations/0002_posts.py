from django.db import migrations, models

import scarabee.maintenance.clock


class Migration(migrations.Migration):
    dependencies = [("maintenance", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="schemastamp",
            name="version",
            field=models.CharField(blank=True, default="", max_length=40),
        ),
        migrations.CreateModel(
            name="Window",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("token", models.CharField(max_length=32)),
                ("reason", models.CharField(max_length=200)),
                ("actor_name", models.CharField(max_length=150)),
                ("actor_user_id", models.BigIntegerField(null=True)),
                ("via", models.CharField(max_length=10)),
                ("machine", models.CharField(max_length=150)),
                ("pid", models.PositiveBigIntegerField(default=0)),
                ("opened_at", models.DateTimeField(default=scarabee.maintenance.clock.now)),
                ("closes_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Presence",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("dossier_uuid", models.UUIDField()),
                ("user_id", models.BigIntegerField()),
                ("user_name", models.CharField(max_length=150)),
                ("opened_at", models.DateTimeField(default=scarabee.maintenance.clock.now)),
                ("seen_at", models.DateTimeField(default=scarabee.maintenance.clock.now)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["dossier_uuid", "user_id"], name="presence_once"),
                ],
            },
        ),
    ]
