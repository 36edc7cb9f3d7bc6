"""Lists, counts, facets and files hold one's own, whatever the filter, beside a plain reading."""

import csv
import io
import random
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from gallery.exchange.archive import MISSING
from gallery.library.moves import move_photos
from gallery.library.trash import trash_photos
from gallery.models import Gallery, Photo
from gallery.tests.factories import (
    make_api_client,
    make_gallery,
    make_member,
    make_photo_with,
    make_user,
)
from ml.attributes import BY_NAME
from tests.sizes import sized

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NAMES = ("Smiling", "Male", "Young", "Eyeglasses")
VALUES = (0.0, 0.3, 0.5, 0.7, 1.0)  # no below 0.4, yes from 0.6

terms = st.tuples(st.sampled_from(["", "-", "?"]), st.sampled_from(NAMES))
filters = st.lists(st.lists(terms, min_size=1, max_size=2), max_size=3)
sorts = st.sampled_from(["newest", "Smiling", "-Smiling", "Male"])
many = settings(max_examples=sized(500), deadline=None, database=None)


class Person:
    """Somebody with photos, and what their faces are like."""

    def __init__(self, rng: random.Random) -> None:
        self.user = user = make_user()
        self.client: APIClient = make_api_client(user)
        self.galleries = [make_gallery(owner=user) for _ in range(2)]
        self.photos: dict[str, tuple[Gallery, list[dict[str, float]]]] = {}
        for number in range(12):
            self.add(self.galleries[number % 2], rng)
        gone = self.add(self.galleries[0], rng)
        trash_photos(Photo.objects.filter(pk=gone.pk))
        del self.photos[str(gone.uuid)]
        moved = self.add(self.galleries[0], rng)
        move_photos(Photo.objects.filter(pk=moved.pk), self.galleries[1])
        self.photos[str(moved.uuid)] = self.galleries[1], self.photos[str(moved.uuid)][1]

    def add(self, gallery: Gallery, rng: random.Random) -> Photo:
        faces = [{name: rng.choice(VALUES) for name in NAMES} for _ in range(rng.randint(1, 2))]
        columns = [{BY_NAME[n].field: value for n, value in face.items()} for face in faces]
        photo = make_photo_with(*columns, gallery=gallery)
        self.photos[str(photo.uuid)] = gallery, faces
        return photo

    def join(self, other: "Person", number: int) -> None:
        """Become a member of another's gallery, and see what is there."""
        gallery = other.galleries[number]
        make_member(gallery, self.user)
        self.galleries.append(gallery)
        self.photos |= {uuid: there for uuid, there in other.photos.items() if there[0] == gallery}

    def leave(self, number: int) -> None:
        """Be removed from the gallery with this number."""
        gallery = self.galleries.pop(number)
        gallery.memberships.filter(person=self.user).delete()
        self.photos = {uuid: there for uuid, there in self.photos.items() if there[0] != gallery}

    def matching(self, wanted, match: str, gallery: Gallery | None) -> set[str]:
        quantify = any if match == "any" else all
        return {
            uuid
            for uuid, (place, faces) in self.photos.items()
            if gallery in (None, place) and quantify(fits(face, wanted) for face in faces)
        }

    def get(self, path: str, query: dict[str, str]):
        response = self.client.get(f"/api/v1/{path}", query)
        assert response.status_code == 200
        return response

    def listed(self, path: str, query: dict[str, str]) -> list[dict]:
        """All rows, page by page."""
        page = self.get(path, {**query, "page_size": "5"}).json()
        rows = page["results"]
        while page["next"]:
            page = self.client.get(page["next"]).json()
            rows += page["results"]
        return rows


def fits(face: dict[str, float], wanted) -> bool:
    return all(any(holds(face[name], sign) for sign, name in term) for term in wanted)


def holds(value: float, sign: str) -> bool:
    return {"": value >= 0.6, "-": value < 0.4, "?": 0.4 <= value < 0.6}[sign]


def as_text(wanted) -> str:
    return ",".join("|".join(sign + name for sign, name in term) for term in wanted)


@pytest.fixture
def people() -> list[Person]:
    """Two with galleries of their own, and one who is a member of one of each, and was of two."""
    rng = random.Random(5)
    first, second, member = Person(rng), Person(rng), Person(rng)
    for other, number in ((first, 0), (first, 1), (second, 1), (second, 0)):
        member.join(other, number)
    member.leave(3)
    member.leave(-1)
    return [first, second, member]


@pytest.mark.parametrize("match", ["any", "every"])
def test_nothing_of_others_is_listed_counted_or_exported(people, match):
    @many
    @given(st.sampled_from(people), filters, st.sampled_from([None, 0, 1, 2, 3]), sorts)
    def check(person, wanted, number, sort):
        gallery = None if number is None else person.galleries[number % len(person.galleries)]
        query = {"attrs": as_text(wanted), "match": match}
        if gallery:
            query["gallery"] = str(gallery.uuid)
        left = person.matching(wanted, match, gallery)

        photos = [row["id"] for row in person.listed("photos/", {**query, "sort": sort})]
        faces = {row["photo"] for row in person.listed("faces/", {**query, "sort": sort})}
        facets = person.get("facets/", query).json()

        assert sorted(photos) == sorted(left)  # each once
        assert faces == left
        assert exported(person, query) == left
        assert zipped(person, query) == len(left)
        assert facets["count"] == len(left)
        for name in set(NAMES) - {name for term in wanted for _, name in term}:
            also = person.matching([*wanted, [("", name)]], match, gallery)
            assert facets["attributes"][name]["yes"] == len(also)

    check()


def exported(person: Person, query: dict[str, str]) -> set[str]:
    """The photos that the CSV names."""
    text = person.get("photos/export.csv", query).getvalue().decode("utf-8-sig")
    return {row["photo"] for row in csv.DictReader(io.StringIO(text))}


def zipped(person: Person, query: dict[str, str]) -> int:
    """How many photos the ZIP file of pictures has; without files, all of them are missing."""
    content = io.BytesIO(person.get("photos/pictures.zip", query).getvalue())
    with ZipFile(content) as archive:
        names = archive.namelist()
        return archive.read(MISSING).decode().count(".jpg") if names == [MISSING] else len(names)


def test_a_gallery_of_others_is_not_there_whatever_the_filter(people):
    one, other, _ = people

    @many
    @given(filters)
    def check(wanted):
        query = {"attrs": as_text(wanted), "gallery": str(other.galleries[0].uuid)}
        for path in ("photos/", "faces/", "facets/", "photos/export.csv"):
            assert one.client.get(f"/api/v1/{path}", query).status_code == 404

    check()
