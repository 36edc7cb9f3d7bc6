import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gallery.filters.expression import Expression
from gallery.filters.parsing import MAX_ALTERNATIVES, MAX_LENGTH, TOO_LONG, parse
from gallery.filters.terms import FilterError
from ml.attributes import NAMES

EXAMPLE = "Smiling,-Eyeglasses,Black_Hair|Brown_Hair,Young>=0.8,?Bangs"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("", ""),
        (" \t ", ""),
        ("smiling", "Smiling"),
        (" SMILING , - eyeGlasses ", "Smiling,-Eyeglasses"),
        ("black hair | BROWN_HAIR", "Black_Hair|Brown_Hair"),
        ("5_o_clock_shadow,no_beard", "5_o_Clock_Shadow,No_Beard"),
        ("Young >= 0.80", "Young>=0.8"),
        ("Young>.5,Young<1.,Male<=1,Bald>0", "Young>0.5,Young<1,Male<=1,Bald>0"),
        ("Young>=0.12344", "Young>=0.1234"),
        ("Smiling|-Young|?Bangs|Bald>0.5", "Smiling|-Young|?Bangs|Bald>0.5"),
        ("Smiling,smiling,-Smiling", "Smiling,-Smiling"),
        ("Bald|bald|Bangs,Bangs|Bald", "Bald|Bangs"),
        (EXAMPLE, EXAMPLE),
        ("Faces = 02 | faces>=5, STATUS=Failed", "faces=2|faces>=5,status=failed"),
        ("date>=2026-01-01,date<2026-02-01", "date>=2026-01-01,date<2026-02-01"),
        ("\N{EN DASH}Eyeglasses,\N{MINUS SIGN}Bald,!Smiling", "-Eyeglasses,-Bald,-Smiling"),
        ("Smiling\N{ZERO WIDTH SPACE}\N{FULLWIDTH COMMA}\N{ZERO WIDTH SPACE}Bald", "Smiling,Bald"),
        ("Young>=0,8,Male< 0,25|Bald>1,0", "Young>=0.8,Male<0.25|Bald>1"),
        ("Young>=0,5_o_Clock_Shadow", "Young>=0,5_o_Clock_Shadow"),
        ("faces>=1,5_o_clock_shadow", "faces>=1,5_o_Clock_Shadow"),
        ("(Young>=0,8)|Bald", "Young>=0.8|Bald"),
        ("\N{FULLWIDTH LEFT PARENTHESIS}Bald\N{FULLWIDTH RIGHT PARENTHESIS}", "Bald"),
        ("( Smiling )", "Smiling"),
        ("(Smiling,Young)|Male", "Smiling|Male,Young|Male"),
        ("Bald,((Smiling|Young),-Male)", "Bald,Smiling|Young,-Male"),
        ("(Bald|Bangs),(Male,Young)|Bald", "Bald|Bangs,Male|Bald,Young|Bald"),
        ("(faces=1,status=ready)|faces=3", "faces=1|faces=3,status=ready|faces=3"),
        ('(name="a,(b",faces=1)', 'name="a,(b",faces=1'),
        ("name=IMG(1).jpg", 'name="IMG(1).jpg"'),
    ],
)
def test_a_filter_has_one_canonical_text(text, canonical):
    expression = parse(text)

    assert str(expression) == canonical
    assert parse(canonical) == expression
    assert hash(parse(canonical)) == hash(expression)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Smilling", 'Unknown attribute "Smilling" at character 1. Did you mean Smiling?'),
        ("Smiling, -Eyeglases", 'Unknown attribute "Eyeglases" at character 11.'),
        ("Smiling|Black_Hiar", "at character 9. Did you mean Black_Hair"),
        ("xyzzy", 'Unknown attribute "xyzzy" at character 1.'),
        ("<script>", "An attribute is missing at character 1."),
        ("-?Bangs", 'Unknown attribute "?Bangs" at character 2. Did you mean Bangs?'),
        (",Smiling", "An attribute is missing at character 1."),
        ("Smiling,", "An attribute is missing at character 9."),
        ("Smiling||Bald", "An attribute is missing at character 9."),
        ("Smiling,-", "An attribute is missing at character 10."),
        ("Smiling, >=0.5", "An attribute is missing at character 10."),
        ("Young=0.5", 'Unknown comparison "=" at character 6. Use >=, >, <= or <.'),
        ("Young=>0.5", 'Unknown comparison "=>" at character 6.'),
        ("Young>=", "A number between 0 and 1 is needed at character 8."),
        ("Bald,Young>= 1.1", "A number between 0 and 1 is needed at character 14."),
        ("Young>1.00001", "A number between 0 and 1 is needed at character 7."),
        ("Young>-0.5", "A number between 0 and 1 is needed at character 7."),
        ("Young>1e-3", "A number between 0 and 1 is needed at character 7."),
        ("Young>nan", "A number between 0 and 1 is needed at character 7."),
        ("Young>٠", "A number between 0 and 1 is needed at character 7."),
        ("Young>.", "A number between 0 and 1 is needed at character 7."),
        ("-Young>0.5", '"-" does not go with a comparison, at character 1.'),
        ("Bald,? Young>0.5", '"?" does not go with a comparison, at character 6.'),
        ("a\x00\nb", "Unknown attribute"),
        ("Bald,facse>=2", 'Unknown attribute "facse" at character 6. Did you mean faces'),
        ("faces", "A comparison is missing at character 6. Use =, >=, >, <= or <, e.g. faces>=2."),
        ("faces=>2", 'Unknown comparison "=>" at character 6.'),
        ("faces >= x", "A whole number from 0 to 9999 is needed at character 10."),
        ("faces=2.5", "A whole number from 0 to 9999 is needed at character 7."),
        ("faces=-1", "A whole number from 0 to 9999 is needed at character 7."),
        ("Bald,-faces=2", '"-" does not go with faces, at character 6.'),
        ("?status=ready", '"?" does not go with status, at character 1.'),
        ("status= redy", 'Unknown status "redy" at character 9. Did you mean ready?'),
        ("status=xyz", "Use queued, analysing, ready or failed."),
        ("status>=ready", 'Unknown comparison ">=" at character 7. Use =, e.g. status=ready.'),
        ("date=2026-02-30", "A day such as 2026-01-31 is needed at character 6."),
        ("date=20260101", "A day such as 2026-01-31 is needed at character 6."),
        ("date>9999-12-31", "A day such as 2026-01-31 is needed at character 6."),
        ("Smiling | faces=2", "or about the face: see character 11."),
        ("faces=2|faces=3|-Bald", "or about the face: see character 17."),
        ("S" * (MAX_LENGTH + 1), TOO_LONG % {"most": MAX_LENGTH}),
        (
            ",".join(f"5_o_Clock_Shadow>=.{n:04}" for n in range(1000, 1083)),
            TOO_LONG % {"most": MAX_LENGTH},
        ),  # 0.1000
        ("Bald,(Smiling", "The bracket at character 6 is not closed."),
        ("Bald),Smiling", "The bracket at character 5 closes nothing."),
        ("(Bald)Smiling", 'A comma or "|" is missing at character 7.'),
        ("Bald,-(Smiling)", '"-" does not go with brackets, at character 6.'),
        ("Bald,( )", "An attribute is missing at character 8."),
        ("Bald|(Smiling,faces=2)", "or about the face: see character 6."),
        ("(Bald, Smilling)", 'Unknown attribute "Smilling" at character 8.'),
        ("(" * 11 + "Bald" + ")" * 11, "Brackets are nested too deeply: at most 10 levels."),
        ("|".join(["(Bald,Bangs)"] * 7), f"has too many parts: at most {MAX_ALTERNATIVES}."),
        ("," * MAX_ALTERNATIVES, f"The filter has too many parts: at most {MAX_ALTERNATIVES}."),
    ],
)
def test_a_wrong_filter_says_what_and_where(text, message):
    with pytest.raises(FilterError) as error:
        parse(text)

    assert message in str(error.value)


LITERALS = ("Smiling", "Young", "Male", "Bald")
nested = st.recursive(
    st.sampled_from(LITERALS),
    lambda inner: st.tuples(st.sampled_from(",|"), st.lists(inner, min_size=1, max_size=3)),
    max_leaves=12,
)


def as_text(wanted: str | tuple) -> str:
    if isinstance(wanted, str):
        return wanted
    sign, parts = wanted
    return f"({sign.join(map(as_text, parts))})"


def holds(wanted: str | tuple, face: set[str]) -> bool:
    if isinstance(wanted, str):
        return wanted in face
    sign, parts = wanted
    return (all if sign == "," else any)(holds(part, face) for part in parts)


@given(nested, st.sets(st.sampled_from(LITERALS)))
@settings(deadline=None, database=None)
def test_brackets_ask_for_what_is_written(wanted, face):
    try:
        expression = parse(as_text(wanted))
    except FilterError as error:
        assert "too many" in str(error).lower()
        return

    found = all(any(part.name in face for part in term.of_face) for term in expression.terms)

    assert found == holds(wanted, face)


def test_an_unknown_name_is_not_repeated_without_end():
    with pytest.raises(FilterError) as error:
        parse("x" * MAX_LENGTH)

    assert len(str(error.value)) < 200


def test_every_attribute_at_once_is_within_the_limits():
    text = ",".join(f"{name}>=0.1234,{name}<0.5678" for name in NAMES)

    assert str(parse(text)) == text


def test_a_term_can_be_taken_away():
    expression = parse(EXAMPLE)

    texts = [str(expression.without(term)) for term in expression.terms]

    assert texts[2] == "Smiling,-Eyeglasses,Young>=0.8,?Bangs"
    assert len(texts) == 5


@pytest.mark.parametrize(
    ("text", "match", "sentence"),
    [
        ("", "any", "All photos"),
        ("", "every", "All photos"),
        ("Smiling", "any", "Smiling"),
        ("-Smiling", "every", "Not smiling – on every face"),
        (
            "Smiling,-Eyeglasses,Black_Hair|Brown_Hair",
            "any",
            "Smiling, without eyeglasses, black or brown hair – on the same face",
        ),
        ("-No_Beard|-Mouth_Slightly_Open", "any", "With a beard or mouth closed"),
        ("-Wearing_Hat|Bald", "any", "Not wearing hat or bald"),
        ("Narrow_Eyes|Bags_Under_Eyes", "any", "Narrow eyes or bags under eyes"),
        ("Young>=0.8|?Bangs", "any", "Young at least 80 % or unsure about bangs"),
        ("Bald<0.0625", "any", "Bald below 6.25 %"),
        ("faces=1,status=failed", "every", "With 1 face, failed"),
        ("faces=0|faces>2", "any", "Without faces or with more than 2 faces"),
        ("Smiling,faces<3", "any", "Smiling, with fewer than 3 faces"),
        (
            "date>=2026-01-01|date=2025-05-01",
            "any",
            "Uploaded from 2026-01-01 or uploaded on 2025-05-01",
        ),
    ],
)
def test_a_filter_reads_as_a_sentence(text, match, sentence):
    assert parse(text).sentence(match) == sentence


def test_the_empty_expression_is_the_default():
    assert parse("") == Expression()
