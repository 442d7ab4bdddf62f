from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_portal_and_sessions"),
    ]

    operations = [
        migrations.AlterField(
            model_name="onetimelink",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("premier_demarrage", "Premier démarrage"),
                    ("connexion", "Connexion"),
                    ("reinitialisation", "Réinitialisation"),
                ],
                max_length=20,
            ),
        ),
    ]
