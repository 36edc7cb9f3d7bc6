"""Triggers: with every write to a face its decision block is emptied, and its changes counted up.

A later migration that makes SQLite copy the table `gallery_face` loses its triggers there, and
must call `watch` again; the tests of gallery.blocks fail without them.
"""

from django.db import migrations

# Of each block once, in the same order for all, so that two who write wait for each other. What is
# packed is not compressed: that wins a third, and costs more time than all the rest.
POSTGRESQL = """
    ALTER TABLE gallery_decisionblock ALTER packed SET STORAGE EXTERNAL;
    CREATE FUNCTION gallery_faces_written() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO gallery_decisionblock (gallery_id, number, changes)
            SELECT gallery_id, photo_id / 16384, 1 FROM changed GROUP BY 1, 2 ORDER BY 1, 2
            ON CONFLICT (gallery_id, number)
            DO UPDATE SET changes = gallery_decisionblock.changes + 1, packed = NULL, faces = NULL;
        RETURN NULL;
    END $$;
    CREATE FUNCTION gallery_faces_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM gallery_decisionblock
            WHERE (gallery_id, number) IN (SELECT gallery_id, photo_id / 16384 FROM changed)
            ORDER BY gallery_id, number FOR UPDATE;
        UPDATE gallery_decisionblock SET changes = changes + 1, packed = NULL, faces = NULL
            WHERE (gallery_id, number) IN (SELECT gallery_id, photo_id / 16384 FROM changed);
        RETURN NULL;
    END $$;
    CREATE TRIGGER faces_inserted AFTER INSERT ON gallery_face REFERENCING NEW TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION gallery_faces_written();
    CREATE TRIGGER faces_updated AFTER UPDATE ON gallery_face REFERENCING NEW TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION gallery_faces_written();
    CREATE TRIGGER faces_deleted AFTER DELETE ON gallery_face REFERENCING OLD TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION gallery_faces_deleted();
"""
POSTGRESQL_BACK = """
    DROP TRIGGER faces_inserted ON gallery_face;
    DROP TRIGGER faces_updated ON gallery_face;
    DROP TRIGGER faces_deleted ON gallery_face;
    DROP FUNCTION gallery_faces_written();
    DROP FUNCTION gallery_faces_deleted();
"""
WRITTEN = """
    INSERT INTO gallery_decisionblock (gallery_id, number, changes)
        VALUES (NEW.gallery_id, NEW.photo_id / 16384, 1)
        ON CONFLICT (gallery_id, number)
        DO UPDATE SET changes = changes + 1, packed = NULL, faces = NULL;
"""
SQLITE = (
    f"CREATE TRIGGER faces_inserted AFTER INSERT ON gallery_face BEGIN {WRITTEN} END",
    f"CREATE TRIGGER faces_updated AFTER UPDATE ON gallery_face BEGIN {WRITTEN} END",
    """
    CREATE TRIGGER faces_deleted AFTER DELETE ON gallery_face BEGIN
        UPDATE gallery_decisionblock SET changes = changes + 1, packed = NULL, faces = NULL
            WHERE gallery_id = OLD.gallery_id AND number = OLD.photo_id / 16384;
    END
    """,
)
SQLITE_BACK = tuple(f"DROP TRIGGER faces_{what}" for what in ("inserted", "updated", "deleted"))
THERE_ALREADY = """
    INSERT INTO gallery_decisionblock (gallery_id, number, changes)
        SELECT DISTINCT gallery_id, photo_id / 16384, 1 FROM gallery_face
"""


def watch(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL, params=None)
    else:
        for statement in SQLITE:
            schema_editor.execute(statement, params=None)
    schema_editor.execute(THERE_ALREADY)


def unwatch(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_BACK, params=None)
    else:
        for statement in SQLITE_BACK:
            schema_editor.execute(statement, params=None)
    apps.get_model("gallery", "DecisionBlock").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("gallery", "0005_decision_blocks")]

    operations = [migrations.RunPython(watch, unwatch)]
