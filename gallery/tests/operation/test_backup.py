import gzip
import json
import shutil
from contextlib import contextmanager
from datetime import datetime

import pytest
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from gallery import storage
from gallery.library import deletion
from gallery.models import ApiToken, Face, Photo, Sign
from gallery.operation import backup as module
from gallery.operation.backup import take_backup
from gallery.operation.backups import BackupError, Shelf, file_of
from gallery.operation.restore import restore_backup
from gallery.operation.rows import read_rows, snapshot
from gallery.tests.buckets import address_of, s3_server, storages_at
from gallery.tests.factories import make_face, make_gallery, make_user, make_version
from gallery.tests.pictures import files_of, make_upload
from gallery.uploads.adding import add_photo
from ml.models import ModelVersion
from ml.networks.checkpoint import read_config
from ml.tests.conftest import make_checkpoint

# A snapshot is a transaction of its own, and a restore makes the tables anew.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(autouse=True)
def own_data_folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path / "var"


@pytest.fixture
def shelf(tmp_path) -> Shelf:
    return Shelf(tmp_path / "backups")


@pytest.fixture
def photo() -> Photo:
    photo, _ = add_photo(make_gallery(), make_upload())
    return photo


def rows_in(backup, table: str) -> list[dict]:
    return list(read_rows(file_of(backup, table)))


def test_a_backup_holds_the_picture_of_every_photo(photo, shelf):
    backup, manifest = take_backup(shelf.folder)

    assert manifest.pictures == 1 and manifest.lost == []
    with default_storage.open(photo.file_name()) as stored:
        assert shelf.picture(photo.stored_sha256).read_bytes() == stored.read()
    assert [row["uuid"] for row in rows_in(backup, "gallery.photo")] == [str(photo.uuid)]


def test_nobody_else_can_read_a_backup(photo, shelf):
    backup, _ = take_backup(shelf.folder)

    for path in (backup, backup / "manifest.json", shelf.picture(photo.stored_sha256)):
        assert path.stat().st_mode & 0o077 == 0


def test_the_next_backup_copies_only_new_files(photo, shelf, monkeypatch):
    take_backup(shelf.folder)
    copied = []
    add_photo(photo.gallery, make_upload(colour="blue"))
    open_file = module.storage.open_file
    monkeypatch.setattr(
        module.storage, "open_file", lambda name: copied.append(name) or open_file(name)
    )

    take_backup(shelf.folder)

    assert copied == files_of(Photo.objects.first())


def test_a_backup_holds_originals_and_a_restore_brings_them_back(photo, shelf):
    backup, manifest = take_backup(shelf.folder)
    assert (manifest.originals, manifest.lost_originals) == (1, [])
    photo.delete_files()

    restore_backup(backup, force=True)

    assert photo.open_original().read() == make_upload().read()
    assert Photo.objects.get().original_bytes == photo.original_bytes


def test_an_original_that_is_gone_is_named_and_does_not_stop_the_backup(photo, shelf, capsys):
    default_storage.delete(photo.original_file())

    call_command("backup", shelf.folder)

    assert "0 originals" in (said := capsys.readouterr()).out
    assert "The originals of 1 photos are gone" in said.err
    restore_backup(shelf.backups()[0], force=True)
    assert Photo.objects.get() == photo


def test_a_backup_of_before_originals_were_kept_can_be_restored(photo, shelf):
    photo.delete_files()
    storage.save(photo.file_name(), b"clean")
    Photo.objects.update(original_bytes=0, stored_sha256=storage.sha256_of(photo.file_name()))
    backup, manifest = take_backup(shelf.folder)
    said = json.loads((backup / "manifest.json").read_text()) | {"format": 1}
    del said["originals"], said["lost_originals"]
    (backup / "manifest.json").write_text(json.dumps(said))

    restore_backup(backup, force=True)

    assert photo.open_file().read() == b"clean"


def test_a_photo_of_before_hashes_were_kept_is_in_the_backup(photo, shelf):
    Photo.objects.update(stored_sha256="")

    _, manifest = take_backup(shelf.folder)

    assert manifest.pictures == 1
    assert Photo.objects.get().stored_sha256 == photo.stored_sha256


def test_a_photo_deleted_while_its_picture_is_copied_is_not_in_the_backup(
    photo, shelf, monkeypatch
):
    kept, _ = add_photo(photo.gallery, make_upload(colour="blue"))
    open_file = module.storage.open_file

    def delete_first(name):
        deletion.delete_photos(Photo.objects.filter(pk=photo.pk))
        return open_file(name)

    monkeypatch.setattr(module.storage, "open_file", delete_first)
    backup, manifest = take_backup(shelf.folder)

    assert manifest.lost == []
    assert [row["id"] for row in rows_in(backup, "gallery.photo")] == [kept.pk]


def test_a_picture_that_is_gone_or_changed_is_named_and_does_not_stop_the_backup(photo, shelf):
    with default_storage.open(photo.file_name(), "wb") as file:
        file.write(b"spoiled")

    _, manifest = take_backup(shelf.folder)

    assert manifest.lost == [str(photo.uuid)] and manifest.pictures == 0


def test_a_picture_that_comes_back_while_the_backup_runs_is_in_it(photo, shelf, monkeypatch):
    default_storage.delete(photo.file_name())
    Photo.objects.update(is_lost=True, stored_sha256="0" * 64)

    @contextmanager
    def snapshot_after_the_upload():
        add_photo(photo.gallery, make_upload())
        with snapshot():
            yield

    monkeypatch.setattr(module.rows, "snapshot", snapshot_after_the_upload)
    _, manifest = take_backup(shelf.folder)

    assert (manifest.pictures, manifest.lost) == (1, [])


def test_a_backup_that_is_killed_is_not_taken_for_a_whole_one(photo, shelf, monkeypatch):
    monkeypatch.setattr(module.Manifest, "write", lambda *args: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        take_backup(shelf.folder)

    assert shelf.backups() == []


def test_pictures_of_forgotten_backups_go_too(photo, shelf, monkeypatch):
    take_backup(shelf.folder)
    deletion.delete_photos(Photo.objects.all())
    monkeypatch.setattr(module, "STAMP", "2099-01-01T00-00-00Z")

    take_backup(shelf.folder, keep=1)

    assert len(shelf.backups()) == 1 and list(shelf.files()) == []


def test_the_time_of_the_last_backup_is_known(shelf):
    backup, _ = take_backup(shelf.folder)

    assert Sign.objects.last("backup").said["folder"] == str(backup)


def test_others_write_during_a_snapshot(photo):
    with snapshot():
        assert Photo.objects.count() == 1
        assert connection.in_atomic_block == (connection.vendor == "postgresql")


def test_a_restored_site_has_everything_but_sessions_and_strangers(photo, shelf, client):
    face = make_face(photo, smiling=0.9)
    user = photo.gallery.owner
    _, secret = ApiToken.objects.create(user, name="mine")
    client.force_login(user)
    before = Face.objects.filter(pk=face.pk).values().get()
    backup, _ = take_backup(shelf.folder)
    deletion.delete_gallery(photo.gallery)
    make_user("stranger")

    restore_backup(backup, force=True)

    assert Face.objects.values().get() == before
    assert default_storage.exists(photo.file_name())
    assert list(type(user).objects.all()) == [user]
    assert not Session.objects.exists()
    headers = {"Authorization": f"Token {secret}"}
    assert client.get("/api/v1/photos/", headers=headers).json()["results"]
    assert make_face(Photo.objects.get()).pk > face.pk


def test_a_site_that_is_in_use_is_not_replaced_unasked(photo, shelf):
    backup, _ = take_backup(shelf.folder)

    with pytest.raises(BackupError, match="--force"):
        restore_backup(backup)


@pytest.mark.parametrize("damage", ["picture", "original", "rows", "manifest"])
def test_a_damaged_backup_is_refused_before_anything_changes(photo, shelf, damage):
    backup, _ = take_backup(shelf.folder)
    file = {
        "picture": shelf.picture(photo.stored_sha256),
        "original": shelf.original(photo.sha256),
        "rows": file_of(backup, "gallery.face"),
        "manifest": backup / "manifest.json",
    }[damage]
    file.write_bytes(file.read_bytes()[:-2])

    with pytest.raises(CommandError) as refused:
        call_command("restore", shelf.folder, "--force")

    assert file.name in str(refused.value) and refused.value.returncode == 2
    assert Photo.objects.get() == photo


def test_a_backup_of_a_newer_version_is_refused(photo, shelf):
    backup, _ = take_backup(shelf.folder)
    manifest = json.loads((backup / "manifest.json").read_text())
    manifest["migrations"].append(["gallery", "9999_future"])
    (backup / "manifest.json").write_text(json.dumps(manifest))

    with pytest.raises(BackupError, match="gallery.9999_future"):
        restore_backup(backup, force=True)


def test_microseconds_and_missing_values_survive(photo, shelf):
    backup, _ = take_backup(shelf.folder)
    with gzip.open(file_of(backup, "gallery.photo"), "rt") as file:
        names, row = (json.loads(line) for line in file)
    said = dict(zip(names, row, strict=True))

    assert said["created_at"] == photo.created_at.isoformat()
    assert said["lease"] is None and said["sha256"] == photo.sha256


def test_the_time_when_a_photo_was_taken_survives_unshifted(photo, shelf, settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    Photo.objects.update(taken_at=datetime(2024, 6, 3, 14, 5, 9), taken_offset=-210)
    backup, _ = take_backup(shelf.folder)

    restore_backup(backup, force=True)

    assert Photo.objects.values_list("taken_at", "taken_offset").get() == (
        datetime(2024, 6, 3, 14, 5, 9),
        -210,
    )


def test_a_folder_without_backups_is_said_so(tmp_path):
    with pytest.raises(CommandError, match="no whole backup") as refused:
        call_command("restore", tmp_path)

    assert refused.value.returncode == 2


def test_pictures_in_a_bucket_are_backed_up_and_restored(settings, shelf):
    with s3_server() as server:
        settings.STORAGES = storages_at(address_of(server))
        photo, _ = add_photo(make_gallery(), make_upload())
        before = storage.sha256_of(photo.file_name())
        backup, manifest = take_backup(shelf.folder)
        storage.delete(photo.file_name())

        restore_backup(backup, force=True)

        assert manifest.pictures == 1
        assert storage.sha256_of(photo.file_name()) == before == photo.stored_sha256


def test_a_checkpoint_that_the_new_machine_lacks_is_restored(shelf, tmp_path, settings):
    folder = make_checkpoint(tmp_path / "tiny")
    sha256 = read_config(folder)["sha256"]
    make_version(name="tiny", folder=str(folder), sha256=sha256)
    backup, manifest = take_backup(shelf.folder)
    shutil.rmtree(folder)

    restore_backup(backup, force=True)

    version = ModelVersion.objects.get()
    assert manifest.checkpoints == [sha256] and version.is_intact()
    assert version.folder.startswith(str(settings.VAR_DIR.resolve()))
