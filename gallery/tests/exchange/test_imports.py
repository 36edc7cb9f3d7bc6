"""People's answers brought back from an export."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gallery.answers.corrections import answer, undo
from gallery.exchange import imports
from gallery.exchange.card import Card
from gallery.exchange.imports import Imported, import_corrections
from gallery.exchange.json_lines import json_lines
from gallery.exchange.records import ImportFailed
from gallery.models import Correction, Face, Gallery
from gallery.models.photo import PhotoQuerySet
from gallery.tests.factories import make_face, make_gallery, make_photo, make_user, make_version

pytestmark = pytest.mark.django_db

HASH = "a" * 64


def say(face: Face, attribute: str, is_yes: bool) -> None:
    answer(Face.objects.filter(pk=face.pk), attribute, is_yes, face.gallery.owner)


def export(gallery: Gallery) -> list[bytes]:
    """The gallery's faces as JSON lines."""
    return [line.encode() for line in json_lines(gallery.faces.all(), Card(make_version()))]


def bring(gallery: Gallery, lines: list[bytes]) -> Imported:
    return import_corrections(gallery, lines, gallery.owner)


def make_corrected(**box) -> Face:
    """A face that its owner called smiling, and the photo's hash is HASH."""
    face = make_face(make_photo(sha256=HASH, status="ready"), smiling=0.1, **box)
    say(face, "Smiling", True)
    return face


def again(**box) -> Face:
    """The same photo's face in another gallery, as another analysis found it."""
    return make_face(make_photo(sha256=HASH, status="ready"), smiling=0.2, **box)


def reasons(imported: Imported) -> list[tuple[int, str]]:
    return [(unmatched.line, unmatched.reason) for unmatched in imported.unmatched]


def test_an_answer_survives_the_way_into_a_gallery_analysed_anew():
    lines = export(make_corrected().gallery)
    face = again(x=0.27, y=0.24, w=0.5, h=0.5)

    imported = bring(face.gallery, lines)

    assert (imported.applied, imported.unchanged, imported.unmatched) == (1, 0, [])
    correction = face.corrections.get()
    assert (correction.is_yes, correction.probability) == (True, 0.2)
    assert correction.person == face.gallery.owner
    assert Face.objects.get(pk=face.pk).smiling == 1


def test_the_same_answers_again_change_nothing():
    face = make_corrected()

    imported = bring(face.gallery, export(face.gallery))

    assert (imported.applied, imported.unchanged) == (0, 1)


def test_a_withdrawn_answer_comes_back_to_the_face_with_its_id_wherever_it_lies():
    face = make_corrected()
    lines = export(face.gallery)
    Correction.objects.all().delete()
    Face.objects.update(x=0, y=0, w=0.1, h=0.1)

    assert bring(face.gallery, lines).applied == 1


def test_the_files_answer_takes_the_place_of_another_and_can_be_undone():
    lines = export(make_corrected().gallery)
    face = again()
    say(face, "Smiling", False)

    imported = bring(face.gallery, lines)

    assert Face.objects.get(pk=face.pk).smiling == 1
    assert undo(Correction.objects.in_gallery(face.gallery), imported.batch) == 1
    assert Face.objects.get(pk=face.pk).smiling == 0


def test_each_face_of_a_photo_gets_its_own_answers():
    left = make_corrected(x=0.0, y=0.2, w=0.3, h=0.4)
    right = make_face(left.photo, x=0.6, y=0.2, w=0.3, h=0.4)
    say(right, "Male", True)
    lines = export(left.gallery)
    other_right = again(x=0.61, y=0.2, w=0.3, h=0.4)
    other_left = make_face(other_right.photo, x=0.01, y=0.2, w=0.3, h=0.4)

    bring(other_right.gallery, lines)

    assert [c.attribute for c in other_left.corrections.all()] == ["Smiling"]
    assert [c.attribute for c in other_right.corrections.all()] == ["Male"]


def test_what_is_not_found_is_told_with_its_line():
    photo = make_photo(sha256="b" * 64, status="ready")
    make_face(photo)
    lines = export(photo.gallery) + export(make_corrected(x=0, y=0, w=0.1, h=0.1).gallery)
    lines.append(lines[1].replace(HASH.encode(), b"c" * 64))
    face = again(x=0.5, y=0.5, w=0.4, h=0.4)

    imported = bring(face.gallery, lines)

    assert reasons(imported) == [
        (2, "the photo has no face at that place"),
        (3, "the gallery has no such photo"),
    ]


def test_a_photo_that_waits_for_its_analysis_is_told_apart():
    lines = export(make_corrected().gallery)
    photo = make_photo(sha256=HASH)

    assert reasons(bring(photo.gallery, lines)) == [
        (1, "the photo is not analyzed yet; import again when it is")
    ]


def test_no_other_gallery_is_touched():
    lines = export(make_corrected().gallery)
    other, mine = again(), again()

    bring(mine.gallery, lines)

    assert not other.corrections.exists()


def line(**changes) -> bytes:
    content = {
        "sha256": HASH,
        "face": "00000000-0000-4000-8000-000000000000",
        "box": {"x": 0.25, "y": 0.25, "w": 0.5, "h": 0.5},
        "corrections": {"Smiling": {"answer": "yes"}},
    }
    return json.dumps(content | changes).encode()


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (b"photo,file,face", "is not a JSON object in UTF-8"),
        (b"\xff\xfe{", "is not a JSON object in UTF-8"),
        (b"[1]", "is not a JSON object in UTF-8"),
        (b"{" + b" " * 1_000_000 + b"}", "has more than 1,000,000 bytes"),
        (b"[" * 100_000, "is not a JSON object in UTF-8"),
        (line(sha256="a"), '"sha256" is not the hash of a photo'),
        (line(sha256=7), '"sha256" is not the hash of a photo'),
        (line(face=7), '"face" is not the id of a face'),
        (line(face="me"), '"face" is not the id of a face'),
        (line(box=None), '"box" does not hold'),
        (line(box={"x": 0, "y": 0, "w": 0, "h": 1}), '"box" does not hold'),
        (line(box={"x": float("nan"), "y": 0, "w": 1, "h": 1}), '"box" does not hold'),
        (line(box={"x": True, "y": 0, "w": 1, "h": 1}), '"box" does not hold'),
        (line(box={"x": 1.5, "y": 0, "w": 1, "h": 1}), '"box" does not hold'),
        (line(not_faces={}), '"not_faces" is not a list'),
        (line(not_faces=["left"]), '"not_faces" is not a list'),
        (line(not_faces=[{"box": {"x": 2, "y": 0, "w": 1, "h": 1}}]), '"box" does not hold'),
        (line(not_faces=[{"x": 0, "y": 0, "w": 1, "h": 1}]), '"box" does not hold'),
        (line(corrections=[]), '"corrections" is not an object'),
        (line(corrections={"\ud800": {}}), "is not one of the 40 attributes"),
        (line(corrections={"Male": {"answer": "maybe"}}), 'the "answer" to Male is neither'),
        (line(corrections={"Male": {"answer": []}}), 'the "answer" to Male is neither'),
        (line(corrections={"Male": "yes"}), 'the "answer" to Male is neither'),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_applied(broken, words):
    face = again()

    with pytest.raises(ImportFailed, match=r"^Line 3: ") as error:
        bring(face.gallery, [line(), b"\n", broken])

    assert words in str(error.value)
    assert not Correction.objects.exists()


def test_many_answers_are_a_few_statements(django_assert_max_num_queries):
    gallery = make_gallery()
    for number in range(30):
        make_face(make_photo(gallery=gallery, sha256=f"{number:064x}", status="ready"))
    lines = [line(sha256=f"{number:064x}") for number in range(30)]

    with django_assert_max_num_queries(20):
        assert bring(gallery, lines).applied == 30


def test_photos_are_locked_before_their_blocks():
    gallery = make_gallery()
    for number in range(5):
        make_face(make_photo(gallery=gallery, sha256=f"{number:064x}", status="ready"))

    with CaptureQueriesContext(connection) as queries:
        bring(gallery, [line(sha256=f"{number:064x}") for number in range(5)])

    said = [query["sql"] for query in queries]
    blocks = next(n for n, sql in enumerate(said) if "INSERT INTO" in sql and "block" in sql)
    photos = next(n for n, sql in enumerate(said) if "SELECT" in sql and '"id" IN' in sql)
    assert photos < blocks


def test_an_import_that_was_interrupted_keeps_what_it_did_and_is_run_again(monkeypatch):
    monkeypatch.setattr(imports, "PIECE", 2)
    monkeypatch.setattr(imports, "PAUSE", 0)
    gallery = make_gallery()
    for number in range(5):
        make_face(make_photo(gallery=gallery, sha256=f"{number:064x}", status="ready"))
    lines = [line(sha256=f"{number:064x}") for number in range(5)]
    lock = PhotoQuerySet.lock

    def die_at_the_third_piece(photos):
        if Correction.objects.count() == 4:
            raise KeyboardInterrupt
        return lock(photos)

    with monkeypatch.context() as context, pytest.raises(KeyboardInterrupt):
        context.setattr(PhotoQuerySet, "lock", die_at_the_third_piece)
        bring(gallery, lines)

    imported = bring(gallery, lines)
    assert (imported.applied, imported.unchanged) == (1, 4)


def test_a_photo_that_is_deleted_just_before_its_lock_is_unmatched(monkeypatch):
    face, lock = make_corrected(), PhotoQuerySet.lock
    lines = export(face.gallery)

    def delete_and_lock(photos):
        face.photo.delete()
        return lock(photos)

    monkeypatch.setattr(PhotoQuerySet, "lock", delete_and_lock)

    assert reasons(bring(face.gallery, lines)) == [(1, imports.NO_PHOTO)]


def test_a_photo_has_a_bounded_number_of_lines(monkeypatch):
    monkeypatch.setattr(imports, "MOST", 2)

    with pytest.raises(ImportFailed, match="Line 3: the same photo has more than 2 lines"):
        bring(make_gallery(), [line()] * 3)


# --- Command and REST ---------------------------------------------------------------------------


def test_the_command_says_what_it_did_line_by_line(tmp_path):
    lines = export(make_corrected().gallery)
    (tmp_path / "faces.jsonl").write_bytes(b"".join([*lines, line(sha256="c" * 64)]))
    face, said = again(), io.StringIO()

    call_command(
        "import_corrections",
        str(face.gallery.uuid),
        str(tmp_path / "faces.jsonl"),
        stdout=said,
    )

    assert said.getvalue().splitlines() == [
        "line 2: the gallery has no such photo",
        "1 answers applied, 0 faces drawn, 0 removed, 0 unchanged, 1 lines unmatched",
    ]


@pytest.mark.parametrize("content", [None, b"nonsense"])
def test_the_command_refuses_a_file_that_it_cannot_read(tmp_path, content):
    file = tmp_path / "faces.jsonl"
    if content:
        file.write_bytes(content)

    with pytest.raises(CommandError, match="faces.jsonl") as error:
        call_command("import_corrections", str(make_gallery().uuid), str(file))

    assert error.value.returncode == 2


def test_the_command_refuses_a_gallery_that_is_not_there(tmp_path):
    with pytest.raises(CommandError, match="there is no gallery"):
        call_command("import_corrections", str(make_user().pk).zfill(32), str(tmp_path / "x"))
