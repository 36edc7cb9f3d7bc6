"""Fill in how many faces each photo has; the whole picture that stands in for none is not one."""

from django.db import migrations
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce


def count_faces(apps, schema_editor):
    photo = apps.get_model("gallery", "Photo")
    counted = (
        photo.objects.filter(pk=OuterRef("pk"))
        .values("pk")
        .annotate(count=Count("faces", filter=~Q(faces__detector="whole")))
        .values("count")
    )
    photo.objects.order_by().update(face_count=Coalesce(Subquery(counted), 0))


class Migration(migrations.Migration):
    dependencies = [("gallery", "0002_people_say")]

    operations = [migrations.RunPython(count_faces, migrations.RunPython.noop)]
