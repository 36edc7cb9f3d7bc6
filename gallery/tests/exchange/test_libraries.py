"""A person's whole library as a ZIP file, and put back."""

import io
import json
from contextlib import suppress
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from gallery.answers.boxes import draw_face
from gallery.answers.corrections import answer
from gallery.exchange.card import Card
from gallery.exchange.json_lines import json_lines, no_face_lines
from gallery.exchange.libraries import LIBRARY, PHOTOS, library_chunks
from gallery.exchange.library_import import import_library
from gallery.exchange.records import ImportFailed, Place
from gallery.library import deletion
from gallery.models import Act, BoxCorrection, Face, Gallery, Photo, Quota, SavedFilter
from gallery.storage import StorageError
from gallery.tests.factories import make_face, make_gallery, make_user, make_version
from gallery.tests.pictures import draw, encode
from gallery.uploads.adding import add_photo
from gallery.uploads.quota import QuotaError
from ml.models import ModelVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return make_user("olga")


@pytest.fixture
def gallery(owner):
    """Three photos: one with answers, one with a place that is not a face, one that waits."""
    gallery = make_gallery(owner=owner, name="Sea / summer", allows_training=True)
    SavedFilter.objects.create(
        owner=owner, gallery=gallery, name="Happy", attrs="Smiling", match="any"
    )
    answered, marked = make_ready(gallery, "beach.png"), make_ready(gallery, "beach.jpeg")
    faces = Face.objects.filter(photo=answered)
    answer(faces, "Smiling", True, owner)
    answer(faces, "Young", False, make_user("otto"))
    BoxCorrection.objects.create(
        photo=marked, is_face=False, person=owner, x=0.1, y=0.1, w=0.2, h=0.2
    )
    add_photo(gallery, SimpleUploadedFile("waits.png", encode(draw((90, 64)), "PNG")))
    return gallery


def make_ready(gallery, name: str) -> Photo:
    content = encode(draw((64 + len(name), 64)), "PNG")
    photo, _ = add_photo(gallery, SimpleUploadedFile(name, content))
    photo.status, photo.model_version = Photo.Status.READY, make_version()
    photo.save()
    make_face(photo, smiling=0.25, young=0.75)
    return Photo.objects.get(pk=photo.pk)


def zipped(person) -> bytes:
    return b"".join(library_chunks(person))


def exported(person) -> list[str]:
    """All that JSON lines have of a person's faces and places, in an order of its own."""
    version = ModelVersion.objects.active()
    faces, photos = Face.objects.visible_to(person), Photo.objects.visible_to(person)
    return sorted([*json_lines(faces, Card(version)), *no_face_lines(photos)])


def without_persons(lines: list[str]) -> list[str]:
    return [line.replace('"by": "otto"', '"by": null') for line in lines]


def known(person) -> list[tuple]:
    columns = ("uuid", "gallery__name", "original_name", "created_at", "status", "stored_sha256")
    return list(Photo.objects.visible_to(person).order_by("uuid").values_list(*columns))


def originals_of(person) -> dict:
    photos = Photo.objects.visible_to(person)
    return {photo.uuid: photo.open_original().read() for photo in photos}


def contents(file) -> dict[str, bytes]:
    """The files of a library, but for when it was made, and who else answered."""
    with ZipFile(file) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if name != LIBRARY}
    return files | {PHOTOS: files[PHOTOS].replace(b'"by": "otto"', b'"by": null')}


def write(path, content: bytes):
    path.write_bytes(content)
    return path


def changed(content: bytes, **members: bytes) -> bytes:
    """The ZIP file with other content in some members; None leaves one out."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            key = next((key for key in members if name.endswith(key.replace("_", "."))), "")
            if not key:
                new.writestr(name, old.read(name))
            elif members[key] is not None:
                new.writestr(name, members[key])
    return out.getvalue()


def test_it_holds_pictures_facts_and_filters(gallery, owner):
    with ZipFile(io.BytesIO(zipped(owner))) as archive:
        assert archive.testzip() is None
        names, about = archive.namelist(), json.loads(archive.read(LIBRARY))
        lines = [json.loads(line) for line in archive.read(PHOTOS).splitlines()]

    folder = f"photos/Sea _ summer {str(gallery.uuid)[:8]}"
    pictures = [f"{folder}/{name}.jpg" for name in ("beach", "beach (2)", "waits")]
    originals = [line["original"] for line in lines]
    files = [name for pair in zip(pictures, originals, strict=True) for name in pair]
    assert names == [*files, PHOTOS, LIBRARY]
    assert [line["file"] for line in lines] == pictures
    assert [name.rpartition("/")[2] for name in originals] == [
        "beach.png",
        "beach (2).jpeg",
        "waits.png",
    ]
    assert [len(line["faces"]) for line in lines] == [1, 1, 0]
    assert lines[0]["faces"][0]["smiling"] == 1
    assert {row["name"] for row in about["filters"]} == {"Happy"}


def test_on_a_fresh_site_it_gives_the_same_export(gallery, owner, tmp_path):
    file = write(tmp_path / "all.zip", zipped(owner))
    before, photos = exported(owner), known(owner)
    Gallery.objects.all().delete()
    Photo.objects.all().delete()
    ModelVersion.objects.update(sha256="0" * 64)  # the new site has another model

    imported = import_library(file, owner)

    assert (imported.photos, imported.known, imported.problems) == (3, 0, [])
    assert exported(owner) == without_persons(before)
    assert known(owner) == photos
    made = Gallery.objects.get()
    assert (made.uuid, made.name, made.allows_training) == (gallery.uuid, gallery.name, True)
    assert made.created_at == gallery.created_at
    assert SavedFilter.objects.get().attrs == "Smiling"
    for photo in Photo.objects.all():
        assert photo.open_picture().size == (photo.width, photo.height)


def test_originals_come_back_as_they_were(gallery, owner, tmp_path):
    before = originals_of(owner)
    file = write(tmp_path / "all.zip", zipped(owner))
    deletion.delete_gallery(gallery)

    assert import_library(file, owner).problems == []

    assert originals_of(owner) == before and len(before) == 3
    assert [photo.original_bytes for photo in Photo.objects.order_by("uuid")] == [
        len(content) for _, content in sorted(before.items())
    ]
    again = write(tmp_path / "again.zip", zipped(owner))
    assert contents(again) == contents(file)


def test_an_original_that_is_damaged_is_named_and_left_out(gallery, owner, tmp_path):
    content = changed(zipped(owner), waits_png=b"damaged")
    deletion.delete_gallery(gallery)

    imported = import_library(write(tmp_path / "all.zip", content), owner)

    assert imported.photos == 3
    assert imported.problems == ["waits.png: its original is missing or damaged"]
    assert not Photo.objects.get(original_name="waits.png").original_bytes


def test_a_site_that_keeps_no_originals_leaves_them_out(gallery, owner, tmp_path, settings):
    file = write(tmp_path / "all.zip", zipped(owner))
    deletion.delete_gallery(gallery)
    settings.KEEP_ORIGINALS = False

    assert (import_library(file, owner).photos, Photo.objects.with_originals().count()) == (3, 0)


def test_a_library_of_before_originals_were_kept_can_be_imported(gallery, owner, tmp_path):
    content = zipped(owner)
    lines = [json.loads(line) for line in ZipFile(io.BytesIO(content)).read(PHOTOS).splitlines()]
    for line in lines:
        del line["original"]
    old = changed(content, photos_jsonl="\n".join(map(json.dumps, lines)).encode())
    deletion.delete_gallery(gallery)

    imported = import_library(write(tmp_path / "old.zip", old), owner)

    assert (imported.photos, imported.problems) == (3, [])


def test_imported_twice_nothing_is_new(gallery, owner, tmp_path):
    before = exported(owner)

    imported = import_library(write(tmp_path / "all.zip", zipped(owner)), owner)

    assert (imported.photos, imported.known) == (0, 3)
    assert exported(owner) == before
    assert (Gallery.objects.count(), SavedFilter.objects.count()) == (1, 1)


def test_what_somebody_else_has_here_gets_other_ids(gallery, owner, tmp_path):
    other = make_user("nora")

    imported = import_library(write(tmp_path / "all.zip", zipped(owner)), other)

    assert imported.photos == 3
    theirs = Photo.objects.visible_to(other)
    assert not {photo.uuid for photo in theirs} & set(
        Photo.objects.visible_to(owner).values_list("uuid", flat=True)
    )
    assert Face.objects.visible_to(other).count() == 2
    assert len(known(owner)) == 3


def test_a_picture_that_is_damaged_is_named_and_the_rest_imported(gallery, owner, tmp_path):
    content = changed(zipped(owner), waits_jpg=b"damaged")
    Gallery.objects.all().delete()

    imported = import_library(write(tmp_path / "all.zip", content), owner)

    assert imported.photos == 2
    assert imported.problems == ["waits.png: its picture is missing or damaged"]


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"library_json": None}, "not the download of a library"),
        ({"library_json": b"{}"}, "not the download of a library"),
        ({"library_json": b'{"format": 9}'}, "it has format 9"),
        ({"photos_jsonl": b"{}\n"}, "line 1 of photos.jsonl is damaged"),
        ({"photos_jsonl": b"[" * 100_000}, "line 1 of photos.jsonl is damaged"),
    ],
)
def test_what_cannot_be_read_is_named(gallery, owner, tmp_path, members, words):
    file = write(tmp_path / "all.zip", changed(zipped(owner), **members))

    with pytest.raises(ImportFailed, match=words):
        import_library(file, owner)


def test_half_a_file_is_no_library(gallery, owner, tmp_path):
    content = zipped(owner)
    file = write(tmp_path / "half.zip", content[: len(content) // 2])

    with pytest.raises(ImportFailed, match="damaged"):
        import_library(file, owner)


def test_a_photo_is_there_whole_or_not_at_all(gallery, owner, tmp_path):
    line = json.loads(ZipFile(io.BytesIO(zipped(owner))).read(PHOTOS).splitlines()[0])
    line["faces"][0]["smiling"] = 7
    content = changed(zipped(owner), photos_jsonl=json.dumps(line).encode())
    Photo.objects.all().delete()

    with pytest.raises(ImportFailed, match="line 1"):
        import_library(write(tmp_path / "all.zip", content), owner)

    assert not Photo.objects.exists()


def test_the_quota_holds(gallery, owner, tmp_path):
    file = write(tmp_path / "all.zip", zipped(owner))
    Photo.objects.all().delete()
    Quota.objects.create(person=owner, photos=2)

    with pytest.raises(QuotaError):
        import_library(file, owner)

    assert Photo.objects.count() == 2


def test_what_is_not_stored_leaves_no_row(gallery, owner, tmp_path, monkeypatch):
    file = write(tmp_path / "all.zip", zipped(owner))
    Photo.objects.all().delete()

    def fail(*args):
        raise StorageError("The disk is full.")

    monkeypatch.setattr("gallery.storage.save", fail)
    with suppress(StorageError):
        import_library(file, owner)

    assert not Photo.objects.exists()


def test_a_drawn_face_stays_drawn(gallery, owner, tmp_path):
    photo = Photo.objects.ready().first()
    draw_face(photo, Place(0.5, 0.5, 0.3, 0.3), owner)
    file = write(tmp_path / "all.zip", zipped(owner))
    Gallery.objects.all().delete()

    import_library(file, owner)

    place = BoxCorrection.objects.get(is_face=True)
    assert (place.x, place.person) == (pytest.approx(0.5, abs=0.1), owner)


def test_the_account_page_has_it(client, gallery, owner):
    client.force_login(owner)
    assert reverse("gallery:library") in client.get("/account/").content.decode()

    response = client.get(reverse("gallery:library"))

    assert response["Content-Disposition"] == 'attachment; filename="celebattr.zip"'
    assert ZipFile(io.BytesIO(response.getvalue())).testzip() is None
    assert Act.objects.filter(kind=Act.Kind.EXPORTED, about="everything").count() == 1


def test_the_command_imports_and_says_what_came(gallery, owner, tmp_path, capsys):
    file = write(tmp_path / "all.zip", zipped(owner))
    Gallery.objects.all().delete()

    call_command("import_library", str(file), owner="olga")

    assert "3 photos are new, 0 were there." in capsys.readouterr().out
    with pytest.raises(CommandError, match="not the download of a library"):
        call_command("import_library", str(write(tmp_path / "text.zip", b"text")), owner="olga")
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_library", str(tmp_path / "none.zip"), owner="olga")
