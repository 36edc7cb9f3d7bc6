"""Faces that people drew, and places that they called none, on the way from gallery to gallery."""

import json

import pytest
from django.urls import reverse

from gallery.answers.boxes import draw_face, remove_face
from gallery.answers.corrections import answer
from gallery.answers.undo import undo
from gallery.exchange.card import Card
from gallery.exchange.formats import FORMATS, Selection
from gallery.exchange.imports import Imported, import_corrections
from gallery.models import BoxCorrection, Face, Gallery, Photo
from gallery.tests.factories import (
    make_api_client,
    make_face,
    make_gallery,
    make_photo,
    make_ready,
    make_user,
    make_version,
    reload,
)
from gallery.tests.fakes import box, only
from ml.models import ModelVersion

HASH = "a" * 64
SIDE = {"w": 0.2, "h": 0.2}

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return make_user("Ann")


def export(gallery: Gallery) -> list[bytes]:
    """All that the gallery's JSON lines say of faces and places."""
    card = Card(ModelVersion.objects.active())
    what = Selection(gallery.faces.all(), gallery.photos.all(), card)
    *lines, _ = (str(line).encode() for line in FORMATS["jsonl"].chunks(what))
    return lines


def bring(gallery: Gallery, lines: list[bytes]) -> Imported:
    return import_corrections(gallery, lines, gallery.owner)


def counts(imported: Imported) -> tuple[int, int, int, int]:
    return imported.applied, imported.drawn, imported.removed, imported.unchanged


def reasons(imported: Imported) -> list[tuple[int, str]]:
    return [(unmatched.line, unmatched.reason) for unmatched in imported.unmatched]


def said(gallery: Gallery) -> list[tuple[bool, float]]:
    """What people said of the gallery's boxes, and where each begins from the left."""
    rows = BoxCorrection.objects.filter(photo__gallery=gallery)
    return sorted((row.is_face, round(row.x, 4)) for row in rows)


def state() -> list[list[dict]]:
    """All that an import may change."""
    return [
        list(rows.order_by("pk").values())
        for rows in (Photo.objects, Face.objects, BoxCorrection.objects)
    ]


def make_square(**kwargs) -> Photo:
    """An analysed photo, whose hash is HASH, without faces."""
    given = {"width": 640, "height": 640, "model_version": make_version(), **kwargs}
    return make_photo(sha256=HASH, status=Photo.Status.READY, **given)


def removed(person, x: float = 0.1) -> bytes:
    """The line of a photo of which somebody called a box none."""
    remove_face(make_face(make_square(), x=x, y=0.1, **SIDE), person)
    (line,) = export(Gallery.objects.last())
    return line


def drawn(*places: float) -> list[bytes]:
    """The lines of a photo on which somebody drew faces, that are scored."""
    photo = make_square()
    for x in places:
        make_face(photo, x=x, y=0.1, detector=Face.Detector.PERSON, **SIDE)
    return export(photo.gallery)


# --- Export


def test_a_photo_without_a_face_says_in_a_line_where_it_has_none(person):
    photo = make_square()
    for x in (0.1, 0.7):
        remove_face(make_face(photo, x=x, y=0.1, **SIDE), person)

    (line,) = map(json.loads, export(photo.gallery))

    given = BoxCorrection.objects.first()
    assert (line["photo"], line["sha256"]) == (str(photo.uuid), HASH)
    assert line["file"] == photo.original_name
    assert line["not_faces"][0] == {
        "box": {"x": 0.1, "y": 0.1, "w": 0.2, "h": 0.2},
        "by": "Ann",
        "at": given.created_at.isoformat(),
    }
    assert len(line["not_faces"]) == 2


def test_what_is_no_face_goes_out_with_the_photos_that_the_filter_leaves(client, gallery, person):
    for smiling in (0.1, 0.9):
        photo = make_ready(gallery, smiling=smiling)
        remove_face(make_face(photo, x=0.7, y=0.1, **SIDE), person)
    address = reverse("gallery:export", args=[gallery.uuid, "jsonl"])

    def photos(query: str) -> list[str]:
        lines = b"".join(client.get(f"{address}{query}").streaming_content).splitlines()
        return [row["photo"] for row in map(json.loads, lines) if "not_faces" in row]

    assert photos("?attrs=Smiling&labels=corrected") == [str(photo.uuid)]
    assert len(photos("")) == 2


def test_nobody_elses_words_go_out(person):
    mine = make_ready(make_gallery())
    removed(person)

    response = make_api_client(mine.gallery.owner).get("/api/v1/photos/export.jsonl")

    assert b"not_faces" not in b"".join(response.streaming_content)


# --- The whole way


def test_boxes_go_round_into_a_second_gallery_and_again_change_nothing(lab, person):
    photo = lab.analysed(box(0.1), box(0.7), sha256=HASH)
    remove_face(photo.faces.first(), person)
    draw_face(photo, (0.4, 0.6, 0.2, 0.2), person)
    lab.analyse(photo)
    answer(photo.faces.all(), "Smiling", True, person)
    lines = export(photo.gallery)
    lab.finds(box(0.12), box(0.7))
    other = lab.analysed(box(0.12), box(0.7), sha256=HASH)

    imported = bring(other.gallery, lines)

    assert counts(imported) == (1, 1, 1, 0)
    assert reasons(imported) == [
        (2, "the face is drawn and not scored yet; import again when it is")
    ]
    assert reload(other).status == Photo.Status.QUEUED
    assert [(face.detector, round(face.x, 4)) for face in lab.analyse(other)] == [
        ("finder", 0.7),
        ("person", 0.4),
    ]
    assert counts(bring(other.gallery, lines)) == (1, 0, 0, 3)
    before = state()

    assert counts(bring(other.gallery, lines)) == (0, 0, 0, 4)

    assert state() == before
    assert [face.smiling for face in lab.analyse(other)] == [1, 1]
    assert said(other.gallery)[0][0] is False and said(other.gallery)[1] == (True, 0.4)


def test_into_the_same_gallery_nothing_changes(lab, person):
    photo = lab.analysed(box(0.1), box(0.7))
    remove_face(photo.faces.first(), person)
    draw_face(photo, (0.4, 0.6, 0.2, 0.2), person)
    lab.analyse(photo)
    before = state()

    assert counts(bring(photo.gallery, export(photo.gallery))) == (0, 0, 0, 2)

    assert state() == before


def test_an_import_of_boxes_is_undone_as_one(lab, person):
    lines = [removed(person), *drawn(0.6)]
    other = lab.analysed(box(0.12), sha256=HASH)
    faces = list(other.faces.values())
    imported = bring(other.gallery, lines)
    assert counts(imported) == (0, 1, 1, 0)

    undone = undo(other.gallery.owner, imported.batch)

    assert (undone.answers, undone.boxes) == (0, 2)
    assert said(other.gallery) == []
    lab.analyse(other)
    assert list(other.faces.values()) == faces


# --- Drawn faces


def test_a_drawn_face_is_not_drawn_where_a_detector_found_it():
    lines = drawn(0.1)
    photo = make_square()
    face = make_face(photo, x=0.12, y=0.1, **SIDE)

    assert counts(bring(photo.gallery, lines)) == (0, 0, 0, 1)

    assert Face.objects.get(pk=face.pk).detector == "finder"
    assert reload(photo).status == Photo.Status.READY


def test_a_face_that_is_drawn_and_not_scored_is_not_drawn_twice():
    lines = drawn(0.1, 0.6)
    photo = make_square()
    bring(photo.gallery, lines)

    assert counts(bring(photo.gallery, lines)) == (0, 0, 0, 2)

    assert said(photo.gallery) == [(True, 0.1), (True, 0.6)]


def test_a_drawn_face_lifts_what_was_said_of_its_place(person):
    lines = drawn(0.1)
    photo = make_square()
    remove_face(make_face(photo, x=0.12, y=0.1, **SIDE), person)

    bring(photo.gallery, lines)

    assert said(photo.gallery) == [(True, 0.1)]


def test_a_drawn_face_is_drawn_where_the_whole_picture_stood_in_and_its_answers_are_there_at_once(
    lab, person
):
    photo = make_square()
    face = make_face(photo, x=0.1, y=0.1, w=0.8, h=0.8, detector=Face.Detector.PERSON)
    answer(only(face), "Smiling", True, person)
    other = lab.analysed(sha256=HASH)

    assert counts(bring(other.gallery, export(photo.gallery))) == (1, 1, 0, 0)

    (back,) = lab.analyse(other)
    assert (back.detector, back.smiling) == ("person", 1)


def test_boxes_of_a_photo_that_waits_are_known_before_it_is_analysed(lab, person):
    lines = [removed(person), *drawn(0.6)]
    photo = make_photo(sha256=HASH, width=640, height=640)

    assert counts(bring(photo.gallery, lines)) == (0, 1, 1, 0)

    assert said(photo.gallery) == [(False, 0.1), (True, 0.6)]


def test_what_cannot_be_drawn_is_told_with_its_line():
    (line,) = drawn(0.1)
    outside = json.loads(line) | {"box": {"x": 0.9, "y": 0.1, "w": 0.2, "h": 0.2}}
    photo = make_square()

    imported = bring(photo.gallery, [b"\n", json.dumps(outside).encode()])

    assert reasons(imported) == [(2, "The box must lie within the picture.")]
    assert reload(photo).status == Photo.Status.READY


@pytest.mark.parametrize("side", [0.3333, 0.33335, 0.0251])
def test_a_face_drawn_at_the_edge_is_drawn_at_the_edge_again(person, side):
    first = make_square(width=1300, height=1300)
    draw_face(first, (1 - side, 1 - side, side, side), person)
    made = BoxCorrection.objects.get()
    place = {"x": made.x, "y": made.y, "w": made.w, "h": made.h}
    make_face(first, detector=Face.Detector.PERSON, **place)
    second = make_square(width=1300, height=1300)

    assert bring(second.gallery, export(first.gallery)).drawn == 1

    again = second.box_corrections.get()
    assert (again.x, again.w) == pytest.approx((made.x, made.w), abs=2e-4)


def test_lines_about_photos_that_are_not_there_are_told(person):
    lines = [removed(person), *drawn(0.1)]

    assert reasons(bring(make_gallery(), lines)) == [
        (1, "the gallery has no such photo"),
        (2, "the gallery has no such photo"),
    ]


# --- Places that are none


def test_no_detector_finds_a_face_where_the_file_says_there_is_none(lab, person):
    line = removed(person)
    other = lab.analysed(box(0.7), sha256=HASH)

    bring(other.gallery, [line])

    lab.finds(box(0.1), box(0.7))
    assert [round(face.x, 4) for face in lab.analyse(other)] == [0.7]


def test_a_face_that_the_file_answers_about_is_not_removed_though_it_overlaps(person):
    photo = make_square()
    for x in (0.1, 0.2):
        make_face(photo, x=x, y=0.1, **SIDE)
    remove_face(photo.faces.first(), person)
    answer(photo.faces.all(), "Smiling", True, person)
    other = make_square()
    face = make_face(other, x=0.2, y=0.1, **SIDE)

    assert counts(bring(other.gallery, export(photo.gallery))) == (1, 0, 1, 0)

    assert other.faces.get() == face


def test_a_drawn_face_that_the_file_calls_none_goes_and_does_not_come_back(person):
    line = removed(person)
    photo = make_square()
    draw_face(photo, (0.1, 0.1, 0.2, 0.2), person)
    make_face(photo, x=0.1, y=0.1, detector=Face.Detector.PERSON, **SIDE)

    bring(photo.gallery, [line])

    assert said(photo.gallery) == [(False, 0.1)]
    assert not photo.faces.exists()


def test_only_the_whole_picture_is_removed_where_that_was(person):
    photo = make_square()
    remove_face(make_face(photo, x=0, y=0, w=1, h=1, detector="whole"), person)
    lines = export(photo.gallery)
    large, whole = make_square(), make_square()
    make_face(large, x=0.1, y=0.1, w=0.8, h=0.8)
    make_face(whole, x=0, y=0, w=1, h=1, detector="whole")

    for other in (large, whole):
        assert bring(other.gallery, lines).removed == 1

    assert (large.faces.count(), whole.faces.count()) == (1, 0)
    assert said(large.gallery) == said(whole.gallery) == [(False, 0)]
