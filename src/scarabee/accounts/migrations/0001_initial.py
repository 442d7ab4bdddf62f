import django.db.models.deletion
from django.db import migrations, models

import scarabee.maintenance.clock


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("username", models.CharField(max_length=150, verbose_name="nom d’utilisateur")),
                (
                    "username_key",
                    models.CharField(
                        editable=False,
                        error_messages={"unique": "Un compte porte déjà ce nom."},
                        max_length=300,
                        unique=True,
                    ),
                ),
                ("is_administrator", models.BooleanField(default=False, verbose_name="administrateur")),
                ("is_active", models.BooleanField(default=True, verbose_name="actif")),
                ("created_at", models.DateTimeField(default=scarabee.maintenance.clock.now, editable=False)),
            ],
            options={"ordering": ["username_key"]},
        ),
        migrations.CreateModel(
            name="OneTimeLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[("premier_demarrage", "Premier démarrage"), ("connexion", "Connexion")],
                        max_length=20,
                    ),
                ),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.user"
                    ),
                ),
            ],
        ),
    ]
