from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("maintenance", "0002_posts")]

    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("kind", models.CharField(max_length=10)),
                ("machine", models.CharField(max_length=150)),
                ("pid", models.PositiveBigIntegerField()),
                ("version", models.CharField(max_length=40)),
                ("started_at", models.DateTimeField()),
                ("beaten_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "machine", "pid"), name="heartbeat_once"),
                ],
            },
        ),
    ]
