"""Labels from elsewhere: tables, and COCO's annotations."""

import json

import pytest

from gallery.answers.undo import undo
from gallery.exchange.card import Card
from gallery.exchange.coco import coco_chunks
from gallery.exchange.imports import Imported, import_corrections
from gallery.exchange.labels import (
    NO_FACE,
    NO_PHOTO,
    NOT_READY,
    SEVERAL_FACES,
    SEVERAL_PHOTOS,
)
from gallery.exchange.records import ImportFailed
from gallery.models import Correction, Face, Gallery, Photo
from gallery.tests.factories import make_face, make_gallery, make_photo, make_version
from ml.attributes import NAMES

pytestmark = pytest.mark.django_db


@pytest.fixture
def gallery() -> Gallery:
    make_version()
    return make_gallery()


def make(gallery: Gallery, name: str, **box: float) -> Face:
    return make_face(make_photo(gallery=gallery, original_name=name, status="ready"), **box)


def bring(gallery: Gallery, text: str) -> Imported:
    return import_corrections(gallery, text.encode().splitlines(keepends=True), gallery.owner)


def said(face: Face) -> dict[str, bool]:
    return dict(Correction.objects.filter(face=face).values_list("attribute", "is_yes"))


def reasons(imported: Imported) -> list[tuple[int, str]]:
    return [(unmatched.line, unmatched.reason) for unmatched in imported.unmatched]


def test_a_table_answers_by_the_names_of_files(gallery):
    beach, party = make(gallery, "beach, 1.jpg"), make(gallery, "party.jpg")

    imported = bring(
        gallery, 'file,smiling,Wearing hat\n"sea/beach, 1.jpg",yes,no\n\nparty.jpg,,TRUE\n'
    )

    assert (imported.applied, imported.unmatched) == (3, [])
    assert said(beach) == {"Smiling": True, "Wearing_Hat": False}
    assert said(party) == {"Wearing_Hat": True}


def test_celebas_own_table_is_read(gallery):
    face = make(gallery, "000001.jpg")
    values = ["1" if name == "Smiling" else "-1" for name in NAMES]

    imported = bring(gallery, f"1\n{' '.join(NAMES)}\n000001.jpg  {' '.join(values)}\n")

    assert imported.applied == 40
    assert said(face)["Smiling"] and not said(face)["Male"]


def test_what_pandas_writes_is_read(gallery):
    face = make(gallery, "a.jpg")

    bring(gallery, "file,Smiling,Male,Young\na.jpg,1.0,0.0,nan\n")

    assert said(face) == {"Smiling": True, "Male": False}


def test_it_is_undone_as_one(gallery):
    face = make(gallery, "a.jpg")
    imported = bring(gallery, "file,Smiling,Male\na.jpg,1,0\n")

    undo(gallery.owner, imported.batch)

    assert said(face) == {}


def test_the_same_table_again_changes_nothing(gallery):
    make(gallery, "a.jpg")
    table = "file,Smiling\na.jpg,1\n"
    bring(gallery, table)

    again = bring(gallery, table)

    assert (again.applied, again.unchanged) == (0, 1)


def test_a_line_that_fits_no_face_is_told_and_the_rest_goes_on(gallery):
    right = make(gallery, "right.jpg")
    make(gallery, "twice.jpg"), make(gallery, "twice.jpg")
    make_face(make(gallery, "crowd.jpg").photo, x=0.6)
    make(gallery, "whole.jpg", detector="whole")
    make_photo(gallery=gallery, original_name="waits.jpg")
    make(make_gallery(), "elsewhere.jpg")
    names = ("twice", "crowd", "whole", "waits", "elsewhere", "right")

    imported = bring(gallery, "file,Smiling\n" + "".join(f"{name}.jpg,1\n" for name in names))

    assert reasons(imported) == [
        (2, SEVERAL_PHOTOS),
        (3, SEVERAL_FACES),
        (4, NO_FACE),
        (5, NOT_READY),
        (6, NO_PHOTO),
    ]
    assert said(right) == {"Smiling": True}


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("file,Smilling\na.jpg,1\n", 'Line 1: "Smilling" is not one .* Did you mean Smiling'),
        ("file,Smiling\na.jpg,perhaps\n", 'Line 2: "perhaps" for Smiling is neither yes nor no'),
        ("file,Smiling,Male\na.jpg,1\n", "Line 2: has 2 cells, not 3"),
        ("\nfile,Smiling\na.jpg,1,1\n", "Line 3: has 3 cells, not 2"),
        ("file\na.jpg\n", "Line 1: is neither a JSON object nor the head of a table"),
        ("7\n", "Line 1: is neither a JSON object nor the head of a table"),
        ("file,Smiling\na.jpg," + "1" * 200_000, "Line 2: is not a row of a table"),
    ],
)
def test_a_wrong_line_changes_nothing(gallery, table, words):
    face = make(gallery, "a.jpg")

    with pytest.raises(ImportFailed, match=words):
        bring(gallery, table)

    assert said(face) == {}


def test_a_table_in_another_encoding_is_refused(gallery):
    with pytest.raises(ImportFailed, match="Line 2: is not a row of a table in UTF-8"):
        import_corrections(gallery, [b"file,Smiling\n", b"\xe9.jpg,1\n"], gallery.owner)


# --- COCO ---------------------------------------------------------------------------------------


def coco(**annotation: object) -> str:
    image = {"id": 7, "file_name": "images/a.jpg", "width": 1000, "height": 500}
    whole = {"image_id": 7, "bbox": [100, 125, 500, 250], **annotation}
    return json.dumps({"images": [image], "annotations": [whole]}, indent=1)


def test_coco_says_which_face_by_its_box(gallery):
    left = make(gallery, "a.jpg", x=0.1, y=0.25, w=0.5, h=0.5)
    right = make_face(left.photo, x=0.7, y=0.25, w=0.2, h=0.4)

    imported = bring(gallery, coco(attributes={"Smiling": True, "male": 0, "occluded": "a bit"}))

    assert (imported.applied, imported.unmatched) == (2, [])
    assert (said(left), said(right)) == ({"Smiling": True, "Male": False}, {})


def test_a_box_without_a_face_is_told(gallery):
    make(gallery, "a.jpg", x=0.8, y=0.8, w=0.1, h=0.1)

    imported = bring(gallery, coco(attributes={"Smiling": True}))

    assert reasons(imported) == [(1, "the photo has no face at that place")]


def test_of_our_own_coco_peoples_answers_are_read(gallery):
    face = make(gallery, "a.jpg", smiling=0.9)
    bring(gallery, "file,Male\na.jpg,1\n")
    document = "".join(coco_chunks(Face.objects.all(), Card(make_version())))
    Correction.objects.all().delete()

    bring(gallery, document)

    assert said(face) == {"Male": True}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (coco(bbox=[1, 2]), 'Annotation 1: "box" does not hold'),
        (coco(bbox=["left", 2, 3, 4]), "Annotation 1: has no image, box or attributes"),
        (coco(bbox=[10**400, 2, 3, 4]), "Annotation 1: has no image, box or attributes"),
        (coco(image_id=8), "Annotation 1: has no image"),
        (coco(attributes=["Smiling"]), "Annotation 1: has no image"),
        (coco(attributes={"Smiling": "maybe"}), 'Annotation 1: "maybe" for Smiling is neither'),
        ('{"annotations": 3, "images": []}', "Line 1: is not a JSON object"),
        ('{"annotations": [\n', "Line 1: is not a JSON object"),
    ],
)
def test_a_wrong_document_changes_nothing(gallery, document, words):
    make(gallery, "a.jpg")

    with pytest.raises(ImportFailed, match=words):
        bring(gallery, document)

    assert not Correction.objects.exists() and Photo.objects.count() == 1
