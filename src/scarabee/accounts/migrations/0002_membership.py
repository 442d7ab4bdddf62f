import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Apart from 0001, because dossiers point at users and memberships at dossiers."""

    dependencies = [
        ("accounts", "0001_initial"),
        ("dossiers", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                (
                    "role",
                    models.CharField(choices=[("gestionnaire", "Gestionnaire"), ("lecture", "Lecture")], max_length=12),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="accounts.user",
                    ),
                ),
                (
                    "dossier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="dossiers.dossier",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "dossier"), name="membership_once"),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["gestionnaire", "lecture"])),
                        name="membership_known_role",
                    ),
                ],
            },
        ),
    ]
