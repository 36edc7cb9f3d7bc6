"""Names in a filter: what they mean to the person who asks."""

import pytest

from gallery.filters.look import Look
from gallery.filters.terms import FilterError
from gallery.models import Correction, Face, Gallery, Photo
from gallery.tests.factories import (
    make_face,
    make_gallery,
    make_photo,
    make_ready,
    make_user,
    make_version,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna():
    return make_user("Anna")


@pytest.fixture
def ben():
    return make_user("ben")


def answer(face: Face, person, attribute: str = "Smiling") -> Photo:
    Correction.objects.create(
        face=face, attribute=attribute, is_yes=True, probability=0.5, person=person
    )
    return face.photo


def found(text: str, person) -> set[int]:
    photos = Look.of(text).photos(Photo.objects.visible_to(person), None)
    return set(photos.values_list("pk", flat=True))


def refused(text: str, person) -> str:
    with pytest.raises(FilterError) as error:
        Look.of(text).check(person)
    return str(error.value)


# --- by


def test_by_finds_photos_with_an_answer_of_a_person(anna, ben):
    gallery = make_gallery(owner=anna)
    mine, bens, nobodys = (make_ready(gallery) for _ in range(3))
    answer(mine.faces.get(), anna)
    answer(bens.faces.get(), ben, "Male")

    assert found("by=me", anna) == found("by=anna", anna) == {mine.pk}
    assert found("by=BEN", anna) == {bens.pk}
    assert found("by=me|by=ben", anna) == {mine.pk, bens.pk}
    assert found("-by=me", anna) == {bens.pk, nobodys.pk}
    assert found("by=ben,answered=Smiling", anna) == set()


def test_me_is_whoever_asks(anna, ben):
    answer(make_ready(make_gallery(owner=anna)).faces.get(), anna)

    assert found("by=me", ben) == set()


def test_an_answer_about_a_whole_picture_does_not_count(anna):
    photo = make_photo(gallery=make_gallery(owner=anna), status="ready")
    answer(make_face(photo, detector="whole"), anna)

    assert found("by=me", anna) == set()


@pytest.mark.parametrize("name", ["ben", "nobody"])
def test_a_person_without_an_answer_that_one_sees_is_answered_like_nobody(anna, ben, name):
    answer(make_ready(make_gallery(owner=ben)).faces.get(), ben)

    assert refused(f"by={name}", anna) == f'Nobody called "{name}" has answered here.'
    assert found(f"by={name}", anna) == set()


def test_the_nearest_person_is_named(anna, ben):
    answer(make_ready(make_gallery(owner=anna)).faces.get(), ben)

    assert refused("by=bem", anna).endswith("Did you mean ben?")
    Look.of("by=me,by=Anna,by=ben").check(anna)


# --- gallery


def test_all_galleries_of_one_name_count(anna):
    photos = {make_ready(make_gallery(owner=anna, name="Summer")).pk for _ in range(2)}
    other = make_ready(make_gallery(owner=anna, name="Summer, again"))
    make_ready(make_gallery(name="Summer"))

    assert found("gallery=summer", anna) == photos
    assert found('gallery="Summer, again"', anna) == {other.pk}
    assert found("-gallery=Summer", anna) == {other.pk}


def test_a_gallery_of_others_is_answered_like_none(anna):
    make_gallery(owner=anna, name="Winter")
    photo = make_ready(make_gallery(name="Summer"))

    assert refused("gallery=Summer", anna) == 'Unknown gallery "Summer".'
    assert refused("gallery=Somewhere", anna) == 'Unknown gallery "Somewhere".'
    assert refused("gallery=Wintr", anna).endswith("Did you mean Winter?")
    assert found("gallery=Summer", anna) == set() and photo.pk in found("", photo.gallery.owner)


def test_a_gallery_in_the_trash_is_none(anna):
    gallery = make_gallery(owner=anna, name="Summer")
    Gallery.objects.filter(pk=gallery.pk).update(deleted_at="2026-01-01T00:00Z", batch=gallery.uuid)

    assert refused("gallery=Summer", anna) == 'Unknown gallery "Summer".'


def test_a_similar_name_is_written_as_a_filter_writes_it(anna):
    make_gallery(owner=anna, name="Summer, again")

    assert refused('gallery="Sumer, again"', anna).endswith('Did you mean "Summer, again"?')


# --- model


def test_a_model_is_known_by_its_name_or_the_start_of_its_hash(anna):
    gallery = make_gallery(owner=anna)
    old = make_version(name="old", sha256="ab12" + "0" * 60, is_active=False)
    new = make_version(name="new", sha256="cd34" + "0" * 60)
    before, after, never = (
        make_photo(gallery=gallery, model_version=version) for version in (old, new, None)
    )

    assert found("model=OLD", anna) == found("model=ab12", anna) == {before.pk}
    assert found("model=active", anna) == found("model=new|model=ab120", anna) - {before.pk}
    assert found("-model=active", anna) == {before.pk, never.pk}
    assert after.pk in found("model=active", anna)
    assert refused("model=ne", anna) == 'Unknown model "ne". Did you mean new?'


def test_before_a_model_is_active_nothing_is_of_it(anna):
    make_photo(gallery=make_gallery(owner=anna))

    Look.of("model=active").check(anna)
    assert found("model=active", anna) == set()


# --- detector


def test_a_detector_finds_photos_with_or_without_its_faces(anna):
    gallery = make_gallery(owner=anna)
    both = make_ready(gallery)
    make_face(both, detector="person")
    found_only, waiting = make_ready(gallery), make_photo(gallery=gallery)
    none = make_photo(gallery=gallery, status="ready")
    make_face(none, detector="whole")

    assert found("detector=person", anna) == {both.pk}
    assert found("-detector=person", anna) == {found_only.pk, waiting.pk, none.pk}
    assert found("detector=finder", anna) == {both.pk, found_only.pk}
    assert found("detector=none", anna) == found("detector=whole", anna) == {none.pk}
    assert found("-detector=none", anna) == {both.pk, found_only.pk, waiting.pk}


def test_pictures_without_a_face_are_listed_among_faces_if_asked_for(anna):
    photo = make_photo(gallery=make_gallery(owner=anna), status="ready")
    whole = make_face(photo, detector="whole")
    faces = Face.objects.visible_to(anna)

    assert list(Look.of("detector=none", view="faces").faces(faces, None)) == [whole]
    assert not Look.of("-detector=person", view="faces").faces(faces, None).exists()


# --- Everywhere alike


def test_faces_and_counts_keep_to_names_too(anna, ben):
    gallery = make_gallery(owner=anna, name="Summer")
    photo = make_ready(gallery, smiling=0.9)
    make_ready(make_gallery(owner=anna), smiling=0.9)
    answer(photo.faces.get(), ben)
    version = make_version()

    for text in ("by=ben", "gallery=Summer", "by=ben,Smiling", "gallery=Summer,Smiling"):
        look = Look.of(text)
        facets = look.facets(Gallery.objects.visible_to(anna), version)
        faces = look.faces(Face.objects.visible_to(anna), version)

        assert [face.photo_id for face in faces] == [photo.pk]
        assert (facets.found, facets.faces, facets.counts["Smiling"].yes) == (1, 1, 1)


def test_names_with_separators_stand_in_quotation_marks():
    text = 'by="a|b",-gallery="Summer, (again)"|model="x ""y"""'

    assert str(Look.of(text).expression) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("by=me", "Answered by me"),
        ("-by=ben", "Not answered by ben"),
        ("gallery=Summer", "In the gallery “Summer”"),
        ("model=active", "Analyzed by the active model"),
        ("-model=v2", "Not analyzed by the model v2"),
        ("detector=none", "No face found"),
        ("-detector=none", "With a face"),
        ("-detector=person", "Without a drawn face"),
        ("detector=yunet", "Found by YuNet"),
    ],
)
def test_names_are_said_in_words(text, words):
    assert Look.of(text).expression.sentence() == words


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("by=", "me, or a person's name, is needed at character 4."),
        ("gallery>Summer", 'Unknown comparison ">" at character 8. Use =, e.g. gallery=Summer.'),
        ("?by=me", '"?" does not go with by, at character 1.'),
        ('model="x', "A quotation mark is missing or too many at character 7."),
        ("detector=yunnet", "Did you mean yunet or none?"),
    ],
)
def test_what_is_wrong_is_said_in_words(text, message):
    with pytest.raises(FilterError) as error:
        Look.of(text)

    assert message in str(error.value)
