"""Each answer given so far becomes its person's opinion, and so do those that it replaced."""

from itertools import islice

from django.db import migrations

CHUNK = 1000


def keep(apps, schema_editor):
    Opinion = apps.get_model("gallery", "Opinion")
    people = set(apps.get_model("auth", "User").objects.values_list("pk", flat=True))
    rows = apps.get_model("gallery", "Correction").objects.order_by("pk")
    found = rows.values_list("face", "attribute", "person", "is_yes", "before")
    waiting = found.iterator(chunk_size=CHUNK)
    while some := list(islice(waiting, CHUNK)):
        last = {}
        for face, attribute, person, is_yes, before in some:
            given = [(entry["person"], entry["is_yes"]) for entry in before]
            for who, answer in [*given, (person, is_yes)]:  # the latest last
                if who in people:
                    last[face, attribute, who] = answer
        Opinion.objects.bulk_create(
            [
                Opinion(face_id=face, attribute=name, person_id=who, is_yes=answer, batch=None)
                for (face, name, who), answer in last.items()
            ]
        )


def forget(apps, schema_editor):
    apps.get_model("gallery", "Opinion").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("gallery", "0026_opinion")]

    operations = [migrations.RunPython(keep, forget)]
