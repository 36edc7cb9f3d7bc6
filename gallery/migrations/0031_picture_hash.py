import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gallery", "0030_webhooks")]

    operations = [
        migrations.AddField(
            model_name="photo",
            name="likeness_across",
            field=models.BigIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="photo",
            name="likeness_down",
            field=models.BigIntegerField(editable=False, null=True),
        ),
        migrations.CreateModel(
            name="KeptPair",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "first",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="gallery.photo",
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="gallery.photo",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("first"), models.F("second"), name="pair_kept_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("first__lt", models.F("second"))),
                        name="pair_in_order",
                    ),
                ],
            },
        ),
    ]
