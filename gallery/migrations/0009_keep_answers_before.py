"""What an answer replaced moves from `was_yes` to `before`.

Who gave it nobody noted, and for its time stands the later one's. Of faces that were taken away
before, an undo brings back the last answers only.
"""

from uuid import uuid4

from django.db import migrations


def to_before(apps, schema_editor):
    corrections = apps.get_model("gallery", "Correction").objects.filter(was_yes__isnull=False)
    for correction in corrections.iterator():
        at = correction.created_at.isoformat()
        told = {"is_yes": correction.was_yes, "person": None, "batch": str(uuid4()), "at": at}
        correction.before = [told]
        correction.save(update_fields=["before"])


def to_was_yes(apps, schema_editor):
    for correction in apps.get_model("gallery", "Correction").objects.exclude(before=[]).iterator():
        correction.was_yes = correction.before[-1]["is_yes"]
        correction.save(update_fields=["was_yes"])


class Migration(migrations.Migration):
    dependencies = [("gallery", "0008_answers_before")]

    operations = [migrations.RunPython(to_before, to_was_yes)]
