"""Random filters give what a reading of the same rows in plain Python gives.

Here probabilities and thresholds are whole ten-thousandths, so nothing is rounded.
"""

import operator
import random
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gallery.filters.expression import parse
from gallery.filters.facets import FacetCount
from gallery.filters.look import Look
from gallery.filters.photo_terms import PHOTO_NAMES
from gallery.filters.terms import Decider
from gallery.models import Face, Gallery, Photo
from gallery.tests.factories import make_face, make_gallery, make_photo, make_version
from ml.attributes import BY_NAME, FIELDS, NAMES
from tests.sizes import sized

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

USED = ("5_o_Clock_Shadow", "Smiling", "Male", "Young", "No_Beard")
THRESHOLDS = {  # yes, no; Male is never unsure
    "5_o_Clock_Shadow": (9000, 1000),
    "Smiling": (6100, 3300),
    "Male": (5000, 5000),
    "Young": (7001, 6999),
    "No_Beard": (5500, 500),
}
OTHERS = (6000, 4000)
VALUES = sorted(
    {0, 1, 9999, 10000}
    | {edge + step for edges in THRESHOLDS.values() for edge in edges for step in (-1, 0, 1)}
)

names = st.sampled_from(USED)
demands = st.one_of(
    st.tuples(names, st.sampled_from(["", "-", "?"]), st.none()),
    st.tuples(names, st.sampled_from([">=", ">", "<=", "<"]), st.sampled_from(VALUES)),
)
OPERATORS = {
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}
DAYS = [date(2026, 1, day) for day in (1, 2, 3)]
comparisons = st.sampled_from(list(OPERATORS))
photo_demands = st.one_of(
    st.tuples(st.just("faces"), comparisons, st.integers(0, 4)),
    st.tuples(st.just("status"), st.just("="), st.sampled_from(["ready", "failed", "queued"])),
    st.tuples(st.just("date"), comparisons, st.sampled_from(DAYS)),
)
terms = st.one_of(
    st.lists(demands, min_size=1, max_size=3),
    st.lists(demands, min_size=1, max_size=3),
    st.lists(photo_demands, min_size=1, max_size=2),
)
filters = st.lists(terms, max_size=4)
matches = st.sampled_from(["any", "every"])
many = settings(max_examples=sized(800), deadline=None, database=None)
some = settings(max_examples=sized(150), deadline=None, database=None)


@pytest.fixture(autouse=True)
def small_window(monkeypatch):
    """Pages look at the newest 20 faces, and then at all; at few of them first."""
    monkeypatch.setattr("gallery.models.search.WINDOW", 20)
    monkeypatch.setattr("gallery.models.search.FEWEST", 4)


class Rows:
    """Photos with none to three faces of random values, and what each of them holds."""

    def __init__(self) -> None:
        rng = random.Random(7)
        edges = {name: THRESHOLDS.get(name, OTHERS) for name in NAMES}
        thresholds = {n: {"yes": yes / 10000, "no": no / 10000} for n, (yes, no) in edges.items()}
        self.version = make_version(thresholds=thresholds)
        self.faces: dict[int, list[dict]] = {}
        self.about: dict[int, dict] = {}
        self.gallery = make_gallery()
        for number in range(60):
            self.add_photo(number % 4, rng)
        for _ in range(5):
            make_face(make_photo(status="ready"), **dict.fromkeys(FIELDS, 1))  # someone else's

    def add_photo(self, count: int, rng: random.Random) -> None:
        """One with so many faces; some of those with one or none have a whole picture instead."""
        status = "ready" if count else rng.choice(["ready", "failed", "queued"])
        is_whole = count < 2 and status == "ready" and rng.random() < 0.3
        photo = make_photo(gallery=self.gallery, status=status)
        moment = rng.choice([time.min, time(12), time.max])
        self.about[photo.pk] = {"status": status, "faces": 0 if is_whole else count}
        self.about[photo.pk]["date"] = day = rng.choice(DAYS)
        Photo.objects.filter(pk=photo.pk).update(created_at=datetime.combine(day, moment, UTC))
        kind = {"detector": "whole"} if is_whole else {}
        rows = 1 if is_whole else count
        self.faces[photo.pk] = [self.add_face(photo, rng, **kind) for _ in range(rows)]

    def add_face(self, photo: Photo, rng: random.Random, **kwargs) -> dict:
        values = {name: rng.choice(VALUES) for name in NAMES}
        columns = {BY_NAME[name].field: value / 10000 for name, value in values.items()}
        return values | {"pk": make_face(photo, **columns, **kwargs).pk, "photo": photo.pk}

    def left(self, wanted, match: str) -> list[int]:
        return [pk for pk in self.faces if photo_fits(self, pk, wanted, match)]

    def facets(self, expression, match: str):
        galleries = Gallery.objects.only_this(self.gallery)
        return Look(expression, match).facets(galleries, self.version)

    @property
    def photos(self):
        return Photo.objects.in_gallery(self.gallery)


@pytest.fixture
def rows() -> Rows:
    return Rows()


def as_text(wanted) -> str:
    def part(name, form, number):
        if number is None:
            return f"{form}{name}"
        return f"{name}{form}" + (str(number) if name in PHOTO_NAMES else f"{number / 10000:.4f}")

    return ",".join("|".join(part(*demand) for demand in term) for term in wanted)


def holds(face: dict, name: str, form: str, number: int | None) -> bool:
    value = face[name]
    yes, no = THRESHOLDS.get(name, OTHERS)
    return {
        "": value >= yes,
        "-": value < no,
        "?": no <= value < yes,
        ">=": number is not None and value >= number,
        ">": number is not None and value > number,
        "<=": number is not None and value <= number,
        "<": number is not None and value < number,
    }[form]


def fits(face: dict, wanted) -> bool:
    return all(any(holds(face, *demand) for demand in term) for term in of_faces(wanted))


def of_faces(wanted):
    return [term for term in wanted if term[0][0] not in PHOTO_NAMES]


def photo_holds(about: dict, wanted) -> bool:
    return all(
        any(OPERATORS[form](about[name], value) for name, form, value in term)
        for term in wanted
        if term[0][0] in PHOTO_NAMES
    )


def photo_fits(rows: Rows, pk: int, wanted, match: str) -> bool:
    if not photo_holds(rows.about[pk], wanted):
        return False
    if not of_faces(wanted):
        return True
    found = [fits(face, wanted) for face in rows.faces[pk]]
    return any(found) if match == "any" else bool(found) and all(found)


def test_matching_equals_a_plain_reading(rows):
    @many
    @given(filters, matches)
    def check(wanted, match):
        expression = parse(as_text(wanted))
        expected = set(rows.left(wanted, match))

        photos = Look(expression, match).photos(rows.photos, rows.version)

        assert parse(str(expression)) == expression
        assert set(photos.values_list("pk", flat=True)) == expected

    check()


def test_matching_of_faces_equals_a_plain_reading(rows):
    everyone = [face for faces in rows.faces.values() for face in faces]

    @many
    @given(filters)
    def check(wanted):
        faces = Look.of(as_text(wanted)).faces(Face.objects.in_gallery(rows.gallery), rows.version)

        expected = {
            face["pk"]
            for face in everyone
            if fits(face, wanted) and photo_holds(rows.about[face["photo"]], wanted)
        }
        assert set(faces.values_list("pk", flat=True)) == expected

    check()


def test_facets_equal_a_plain_reading(rows):
    def own(name, term):
        return len(set(term)) == 1 and term[0][0] == name and term[0][1] in ("", "-", "?", ">=")

    def count(wanted, name, sign, match):
        changed = [term for term in wanted if not own(name, term)] + [[(name, sign, None)]]
        return len(rows.left(changed, match))

    @some
    @given(filters, matches)
    def check(wanted, match):
        facets = rows.facets(parse(as_text(wanted)), match)

        assert facets.found == len(rows.left(wanted, match))
        for name in (*USED, "Bald"):
            expected = FacetCount(*(count(wanted, name, sign, match) for sign in ("", "-", "?")))
            assert facets.counts[name] == expected

    check()


def test_a_facet_is_the_size_of_the_list_behind_it(rows):
    @settings(some, max_examples=sized(50))
    @given(filters, matches, st.sampled_from(NAMES))
    def check(wanted, match, name):
        expression = parse(as_text(wanted))
        counts = rows.facets(expression, match).counts[name]

        for state, expected in (("yes", counts.yes), ("no", counts.no), ("unsure", counts.unsure)):
            changed = expression.with_state(name, state)
            photos = Look(changed, match).photos(rows.photos, rows.version)
            assert photos.count() == expected

    check()


def test_order_and_pages_equal_a_plain_reading(rows):
    def rank(pk, wanted, name, lowest):
        if name is None:
            return -pk
        values = [face[name] for face in rows.faces[pk] if fits(face, wanted)]
        if not values:
            return 1, 0, -pk
        return 0, min(values) if lowest else -max(values), -pk

    @settings(some, max_examples=sized(200))
    @given(filters, matches, st.one_of(names, st.none()), st.booleans(), st.integers(1, 25))
    def check(wanted, match, name, lowest, size):
        sort = "-" * lowest + name if name else ""
        left = rows.left(wanted, match)
        expected = sorted(left, key=lambda pk: rank(pk, wanted, name, lowest))
        photos = Look.of(as_text(wanted), match, sort).photos(rows.photos, rows.version)

        page = photos.page("", size)
        read = list(page.items)
        while page.next_cursor:
            page = photos.page(page.next_cursor, size)
            read += page.items

        assert [photo.pk for photo in read] == expected
        for place, photo in list(enumerate(read))[:: max(1, len(read) // 3)]:
            beside = ([None, *read][place], [*read, None][place + 1])
            assert photos.neighbors(photo) == beside

    check()


def test_the_database_keeps_the_decision_that_the_value_had(rows):
    decider = Decider(rows.version)
    signs = {"yes": "", "no": "-", "unsure": "?"}
    values = {face["pk"]: face for faces in rows.faces.values() for face in faces}

    for face in Face.objects.in_gallery(rows.gallery):
        probabilities = face.probabilities()
        decisions = decider.decide(probabilities.values())
        for (name, probability), decision in zip(probabilities.items(), decisions, strict=True):
            value, sign = values[face.pk][name], signs[decision]
            assert round(probability * 10000) == value
            assert holds(values[face.pk], name, sign, None)
