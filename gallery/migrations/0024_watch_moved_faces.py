"""Triggers: a face that moves to another gallery changes the decision block that it leaves, too.

Those of migration 0006 see only where it comes to.
"""

from django.db import migrations

POSTGRESQL = """
    CREATE TRIGGER faces_left AFTER UPDATE ON gallery_face REFERENCING OLD TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION gallery_faces_deleted();
"""
SQLITE = """
    CREATE TRIGGER faces_left AFTER UPDATE OF gallery_id ON gallery_face
        WHEN OLD.gallery_id <> NEW.gallery_id BEGIN
        UPDATE gallery_decisionblock SET changes = changes + 1, packed = NULL, faces = NULL
            WHERE gallery_id = OLD.gallery_id AND number = OLD.photo_id / 16384;
    END
"""


def watch(apps, schema_editor):
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    schema_editor.execute(POSTGRESQL if is_postgresql else SQLITE, params=None)


def unwatch(apps, schema_editor):
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    schema_editor.execute("DROP TRIGGER faces_left" + " ON gallery_face" * is_postgresql)


class Migration(migrations.Migration):
    dependencies = [("gallery", "0023_trash")]

    operations = [migrations.RunPython(watch, unwatch)]
