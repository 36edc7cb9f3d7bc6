from ml.faces.boxes import Candidate
from ml.faces.finder import ALIKE, SURE, SURE_IF_ALIKE, SURE_IF_ALONE, UPRIGHT, convincing


def face(score: float, side: float, angle: float = 0) -> Candidate:
    return Candidate(0, 0, side, angle, score)


def test_a_sure_face_counts_however_small():
    sure, unsure = face(SURE, 5), face(SURE - 0.1, 15)

    assert convincing([sure, unsure], 100) == [sure]


def test_a_face_as_large_as_the_sure_ones_may_be_less_sure():
    sure, alike = face(SURE, 20), face(SURE_IF_ALIKE, 18)
    smaller, weaker = face(SURE_IF_ALIKE, 19 / ALIKE), face(SURE_IF_ALIKE - 0.1, 20)

    assert convincing([sure, alike, smaller, weaker], 100) == [sure, alike]


def test_where_none_is_sure_the_likeliest_large_upright_one_is_taken():
    likely, likelier = face(SURE_IF_ALONE, 40), face(SURE_IF_ALONE + 1, 30)
    small, turned = face(SURE_IF_ALONE + 2, 10), face(SURE_IF_ALONE + 2, 40, UPRIGHT + 1)

    assert convincing([likely, likelier, small, turned], 100) == [likelier]
    assert convincing([face(SURE_IF_ALONE - 0.1, 40), small, turned], 100) == []
