"""Addresses in lower case: people are found by them however they write them."""

from django.db import migrations
from django.db.models.functions import Lower


def lower_emails(apps, schema_editor):
    users = apps.get_model("auth", "User").objects
    users.exclude(email=Lower("email")).update(email=Lower("email"))


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("gallery", "0013_invitation"),
    ]

    operations = [migrations.RunPython(lower_emails, migrations.RunPython.noop)]
