"""Random filters give what a reading of the same rows in plain Python gives.

Here probabilities and thresholds are whole ten-thousandths, so nothing is rounded.
"""

import operator
import random
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gallery.filters.choices import alone
from gallery.filters.facets import FacetCount
from gallery.filters.look import Look
from gallery.filters.parsing import parse
from gallery.filters.photo_terms import PHOTO_NAMES
from gallery.filters.terms import Decider
from gallery.models import Correction, Face, Gallery, Photo
from gallery.tests.factories import make_face, make_gallery, make_photo, make_user, make_version
from ml.attributes import BY_NAME, FIELDS, NAMES
from tests.sizes import sized

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

HAIR = ("Black_Hair", "Brown_Hair")  # colors, which the panel joins by OR
USED = ("5_o_Clock_Shadow", "Smiling", "Male", "Young", "No_Beard", *HAIR)
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
# When photos were taken, what they are called, and what is asked about it.
TAKEN = [None, datetime(2024, 5, 31, 23, 59, 59), datetime(2024, 6, 1), datetime(2024, 6, 30, 12)]
TAKEN += [datetime(2023, 12, 31, 23, 59), datetime(2025, 1, 1)]
SPANS = ("2023", "2024", "2024-05", "2024-06", "2024-06-01", "2024-12-31", "2025-01-01")
FILES = (
    "beach.jpg",
    "IMG_1.jpg",
    "Beach, summer.png",
    "b%_\\.heic",
    'the "end"|.jpg',
    "ÜBUNG é.jpg",
)
PARTS = ("beach", "IMG_", ", s", "%", "_\\", '"', "|", "übung", "É", ".jpg", "none")
ANSWERED = ("Smiling", "Male")
PEOPLE = ("anna", "ben")  # who answered
MODELS = ("old", "active")
DETECTORS = ("none", "finder", "person")
comparisons = st.sampled_from(list(OPERATORS))
equals = st.sampled_from(["=", "-="])  # the latter with a minus before the name
photo_demands = st.one_of(
    st.tuples(st.just("faces"), comparisons, st.integers(0, 4)),
    st.tuples(st.just("status"), st.just("="), st.sampled_from(["ready", "failed", "queued"])),
    st.tuples(st.just("date"), comparisons, st.sampled_from(DAYS)),
    st.tuples(st.just("taken"), comparisons, st.sampled_from(SPANS)),
    st.tuples(st.just("taken"), st.just("-<"), st.sampled_from(SPANS)),
    st.tuples(st.just("name"), equals, st.sampled_from(PARTS)),
    st.tuples(st.just("answered"), equals, st.sampled_from(ANSWERED)),
    st.tuples(st.just("by"), equals, st.sampled_from(["me", *PEOPLE])),
    st.tuples(st.just("model"), equals, st.sampled_from(MODELS)),
    st.tuples(st.just("gallery"), equals, st.sampled_from(["Holidays", "Summer"])),
    st.tuples(st.just("detector"), equals, st.sampled_from(DETECTORS)),
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
    monkeypatch.setattr("gallery.models.search.FEW", 12)


class Rows:
    """Photos with none to three faces of random values, and what each of them holds."""

    def __init__(self) -> None:
        rng = random.Random(7)
        edges = {name: THRESHOLDS.get(name, OTHERS) for name in NAMES}
        thresholds = {n: {"yes": yes / 10000, "no": no / 10000} for n, (yes, no) in edges.items()}
        self.version = make_version(thresholds=thresholds)
        self.faces: dict[int, list[dict]] = {}
        self.whole: list[dict] = []  # pictures in which no face was found
        self.about: dict[int, dict] = {}
        self.old = make_version(name="old", is_active=False)
        self.people = {name: make_user(name) for name in PEOPLE}
        self.gallery = make_gallery(owner=self.people["anna"])
        for number in range(60):
            self.add_photo(number % 4, rng)
        for _ in range(5):
            make_face(make_photo(status="ready"), **dict.fromkeys(FIELDS, 1))  # someone else's

    def add_photo(self, count: int, rng: random.Random) -> None:
        """One with so many faces; some of those with one or none have a whole picture instead."""
        status = "ready" if count else rng.choice(["ready", "failed", "queued"])
        is_whole = count < 2 and status == "ready" and rng.random() < 0.3
        taken, file = rng.choice(TAKEN), rng.choice(FILES)
        model = rng.choice([None, self.version, self.old])
        photo = make_photo(
            gallery=self.gallery,
            status=status,
            taken_at=taken,
            original_name=file,
            model_version=model,
        )
        moment = rng.choice([time.min, time(12), time.max])
        known = count > 0 or status == "ready"
        number = 0 if is_whole else count
        self.about[photo.pk] = {"status": status, "faces": number if known else None}
        self.about[photo.pk]["date"] = day = rng.choice(DAYS)
        self.about[photo.pk] |= {"taken": taken, "name": file, "answered": set()}
        self.about[photo.pk] |= {"by": set(), "detector": set(), "gallery": {"Holidays"}}
        self.about[photo.pk]["model"] = {"active" if model == self.version else model and "old"}
        Photo.objects.filter(pk=photo.pk).update(created_at=datetime.combine(day, moment, UTC))
        detectors = [rng.choice(DETECTORS[1:]) for _ in range(number)]
        self.faces[photo.pk] = [self.add_face(photo, rng, detector=each) for each in detectors]
        self.about[photo.pk]["detector"] = set(detectors) or ({"none"} if known else set())
        if is_whole:
            self.whole.append(self.add_face(photo, rng, detector="whole"))
        for name in ANSWERED:
            if rng.random() < 0.4:
                self.answer(photo, name, rng.choice(PEOPLE))

    def answer(self, photo: Photo, name: str, by: str) -> None:
        """Somebody says of the photo's first face, or whole picture, what the model says too."""
        face = photo.faces.first()
        if face is None:
            return
        value = getattr(face, BY_NAME[name].field)
        person = self.people[by]
        Correction.objects.create(
            face=face, attribute=name, is_yes=True, probability=value, person=person
        )
        if not face.is_whole:
            self.about[photo.pk]["answered"].add(name)
            self.about[photo.pk]["by"] |= {by} | ({"me"} if by == "anna" else set())

    def add_face(self, photo: Photo, rng: random.Random, **kwargs) -> dict:
        values = {name: rng.choice(VALUES) for name in NAMES}
        columns = {BY_NAME[name].field: value / 10000 for name, value in values.items()}
        return values | {"pk": make_face(photo, **columns, **kwargs).pk, "photo": photo.pk}

    def left(self, wanted, match: str) -> list[int]:
        return [pk for pk in self.faces if photo_fits(self, pk, wanted, match)]

    def facets(self, expression, match: str):
        galleries = Gallery.objects.visible_to(self.gallery.owner).only_this(self.gallery)
        return Look(expression, match).facets(galleries, self.version)

    @property
    def photos(self):
        return Photo.objects.visible_to(self.gallery.owner).in_gallery(self.gallery)

    @property
    def all_faces(self):
        return Face.objects.visible_to(self.gallery.owner).in_gallery(self.gallery)


@pytest.fixture
def rows() -> Rows:
    return Rows()


def as_text(wanted) -> str:
    def part(name, form, number):
        if number is None:
            return f"{form}{name}"
        if name == "name":
            number = '"{}"'.format(number.replace('"', '""'))
        if name in PHOTO_NAMES:
            return f"{'-' if form[0] == '-' else ''}{name}{form.lstrip('-')}{number}"
        return f"{name}{form}{number / 10000:.4f}"

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
        any(
            about_holds(name, form.lstrip("-"), value, about[name]) != form.startswith("-")
            for name, form, value in term
        )
        for term in wanted
        if term[0][0] in PHOTO_NAMES
    )


def about_holds(name: str, form: str, wanted, found) -> bool:
    if found is None:
        return False
    if name == "name":
        return wanted.lower() in found.lower()
    if isinstance(found, set):
        return wanted in found
    if name == "taken":  # of the date, as much as was given
        found = str(found)[: len(wanted)]
    return OPERATORS[form](found, wanted)


def asks_for_none(wanted) -> bool:
    """Whether photos without faces are asked for, and nothing of a face."""
    parts = [part for term in wanted for part in term]
    numbers = [(form, value) for name, form, value in parts if name == "faces"]
    asks = any(OPERATORS[form](0, value) for form, value in numbers)
    return not of_faces(wanted) and (asks or ("detector", "=", "none") in parts)


def photo_fits(rows: Rows, pk: int, wanted, match: str) -> bool:
    if not photo_holds(rows.about[pk], wanted):
        return False
    if not of_faces(wanted):
        return True
    found = [fits(face, wanted) for face in rows.faces[pk]]
    return any(found) if match == "any" else bool(found) and all(found)


def with_alone(wanted, name: str, sign: str):
    """These terms with one choice of the panel in place of the term that it changes."""
    unique: dict = {}
    for term in wanted:
        unique.setdefault(frozenset(term), term)
    plain = [term for term in unique.values() if {form for _, form, _ in term} <= {"", "-", "?"}]
    mine = [term for term in plain if any(other == name for other, _, _ in term)]
    mine += [
        term
        for term in unique.values()
        if set(term) == set(term[:1]) and term[0][:2] == (name, ">=")
    ]
    if not mine and sign == "" and name in HAIR:
        mine = [term for term in plain if all(part[0] in HAIR and not part[1] for part in term)]
    kept = [term for term in unique.values() if term not in mine[:1]]
    return [*kept, [(name, sign, None)]]


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
        faces = Look.of(as_text(wanted)).faces(rows.all_faces, rows.version)

        expected = {
            face["pk"]
            for face in (*everyone, *(rows.whole if asks_for_none(wanted) else ()))
            if fits(face, wanted) and photo_holds(rows.about[face["photo"]], wanted)
        }
        assert set(faces.values_list("pk", flat=True)) == expected

    check()


def test_facets_equal_a_plain_reading(rows):
    def count(wanted, name, sign, match):
        return len(rows.left(with_alone(wanted, name, sign), match))

    def count_faces(wanted, match):
        faces = [face for pk in rows.left(wanted, match) for face in rows.faces[pk]]
        return sum(fits(face, wanted) for face in faces)

    def count_by_number(wanted, form, number, match):
        others = [term for term in wanted if any(name != "faces" for name, _, _ in term)]
        return len(rows.left([*others, [("faces", form, number)]], match))

    @some
    @given(filters, matches)
    def check(wanted, match):
        facets = rows.facets(parse(as_text(wanted)), match)

        assert facets.found == len(rows.left(wanted, match))
        for name in (*USED, "Bald"):
            expected = FacetCount(*(count(wanted, name, sign, match) for sign in ("", "-", "?")))
            assert facets.counts[name] == expected
        assert facets.faces == count_faces(wanted, match)
        for term, number in zip(("=", "=", "=", ">="), range(4), strict=True):
            left = count_by_number(wanted, term, number, match)
            assert facets.face_counts[f"faces{term}{number}"] == left

    check()


def test_a_facet_is_the_size_of_the_list_behind_it(rows):
    @settings(some, max_examples=sized(50))
    @given(filters, matches, st.sampled_from(NAMES))
    def check(wanted, match, name):
        expression = parse(as_text(wanted))
        counts = rows.facets(expression, match).counts[name]

        for decision in ("yes", "no", "unsure"):
            expected = getattr(counts, decision)
            photos = Look(alone(expression, name, decision), match).photos(
                rows.photos, rows.version
            )
            assert photos.count() == expected

    check()


ASCII_LOWER = str.maketrans({chr(code): chr(code + 32) for code in range(65, 91)})  # as SQLite does


def read_back(photos, page, size: int) -> list[int]:
    """The keys of all rows before a page, read page by page."""
    found: list[int] = []
    while page.previous_cursor:
        page = photos.page_before(page.previous_cursor, size)
        found = [photo.pk for photo in page.items] + found
    return found


def test_order_and_pages_equal_a_plain_reading(rows):
    orders = {"newest": (None, False), "oldest": (None, True)}
    orders |= {sign + name: (name, bool(sign)) for name in ("taken", "faces") for sign in ("", "-")}
    orders |= {"name": ("name", True), "-name": ("name", False)}
    counts = dict(Photo.objects.values_list("pk", "face_count"))

    def by_fact(pks, sort):
        name, rises = orders[sort]
        found = {pk: counts[pk] if name == "faces" else rows.about[pk].get(name) for pk in pks}
        if name == "name":
            found = {pk: file.translate(ASCII_LOWER) for pk, file in found.items()}
        known = [pk for pk in pks if found[pk] is not None or name is None]
        undated = [pk for pk in pks if pk not in known]
        known.sort(key=lambda pk: (found[pk], pk) if name else pk, reverse=not rises)
        return known + sorted(undated, reverse=not rises)

    def rank(pk, wanted, name, lowest):
        values = [face[name] for face in rows.faces[pk] if fits(face, wanted)]
        if not values:
            return 1, 0, -pk
        return 0, min(values) if lowest else -max(values), -pk

    @settings(some, max_examples=sized(400))
    @given(
        filters,
        matches,
        st.one_of(names, st.sampled_from(list(orders))),
        st.booleans(),
        st.integers(1, 25),
    )
    def check(wanted, match, name, lowest, size):
        left = rows.left(wanted, match)
        if name in orders:
            sort, expected = name, by_fact(left, name)
        else:
            sort = "-" * lowest + name
            expected = sorted(left, key=lambda pk: rank(pk, wanted, name, lowest))
        photos = Look.of(as_text(wanted), match, sort).photos(rows.photos, rows.version)

        page = photos.page("", size)
        read = list(page.items)
        while page.next_cursor:
            page = photos.page(page.next_cursor, size)
            read += page.items

        assert [photo.pk for photo in read] == expected
        assert read_back(photos, page, size) == expected[: len(expected) - len(page.items)]
        for place, photo in list(enumerate(read))[:: max(1, len(read) // 3)]:
            beside = ([None, *read][place], [*read, None][place + 1])
            assert photos.neighbors(photo) == beside

    check()


def test_the_database_keeps_the_decision_that_the_value_had(rows):
    decider = Decider(rows.version)
    signs = {"yes": "", "no": "-", "unsure": "?"}
    found = [face for faces in rows.faces.values() for face in faces]
    values = {face["pk"]: face for face in (*found, *rows.whole)}

    for face in Face.objects.in_gallery(rows.gallery):
        probabilities = face.probabilities()
        decisions = decider.decide(probabilities.values())
        for (name, probability), decision in zip(probabilities.items(), decisions, strict=True):
            value, sign = values[face.pk][name], signs[decision]
            assert round(probability * 10000) == value
            assert holds(values[face.pk], name, sign, None)
