"""Labels and partitions that are wrong in ways that happen: each is refused with its place."""

import re

import numpy as np
import pytest

from ml.attributes import NAMES
from ml.data.celeba import DatasetError, read_celeba
from ml.data.tables import OWN, read_labels, read_partitions
from ml.tests.data.test_celeba import as_original_txt, by_name

CSV, TXT = "list_attr_celeba.csv", "list_attr_celeba.txt"


def edit(path, old: str, new: str) -> None:
    """Replace what is there exactly once."""
    text = path.read_bytes().decode()
    assert text.count(old) == 1
    path.write_bytes(text.replace(old, new).encode())


def refused(root, file: str) -> str:
    """The message with which a data set is refused, less the path of the file."""
    with pytest.raises(DatasetError) as error:
        read_celeba(root)
    path, message = str(error.value).split(": ", 1)
    assert path == str(root / file)
    return message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            ",Smiling,",
            ",Smirking,",
            "line 1, column 33: 'Smirking' is not one of the 40 attributes; did you mean Smiling?"
            + OWN,
        ),
        (",Smiling,", ",", "line 1: has 39 attributes, not 40; there is no column Smiling" + OWN),
        (",Young", ",Young,", "line 1, column 42: '' is not one of the 40 attributes" + OWN),
        (",Young", ",Young,Bald", "line 1, column 42: Bald is repeated: it is in column 6"),
        (",Bangs,", ",Bald,", "line 1, column 7: Bald is repeated: it is in column 6"),
        (
            "image_id,",
            "",
            "line 1: has 39 attributes, not 40; there is no column 5_o_Clock_Shadow" + OWN,
        ),
        ("000002.jpg,-1", "000002.jpg,-1,-1", "line 3: has 42 columns, not 41"),
        ("000002.jpg,-1", "000002.jpg", "line 3: has 40 columns, not 41"),
        ("000002.jpg", "000001.jpg", "line 3, column 1: 000001.jpg is repeated: it is on line 2"),
        (
            "000002.jpg,-1",
            "000002.jpg,7",
            "line 3, column 2 (5_o_Clock_Shadow): is '7', not -1, 0 or 1",
        ),
        (
            "000002.jpg,-1,-1",
            "000002.jpg,-1,",
            "line 3, column 3 (Arched_Eyebrows): is empty, not -1, 0 or 1",
        ),
        (
            "000048.jpg,-1,-1",
            "000048.jpg,-1,NaN",
            "line 49, column 3 (Arched_Eyebrows): is 'NaN', not -1, 0 or 1",
        ),
        (
            "000002.jpg,-1",
            "000002.jpg,0",
            "line 3, column 2 (5_o_Clock_Shadow): is 0, but the rows above write -1 for no; "
            "use one of them throughout",
        ),
        ("\n000002.jpg", "\n\n000002.jpg", "line 3, column 1: the file name is missing"),
        *(
            (
                "000002.jpg",
                name,
                f"line 3, column 1: {name!r} is not a plain file name",
            )
            for name in ("/data/2.jpg", "../000002.jpg", "a/2.jpg", "a\\2.jpg", "..", "a\x002.jpg")
        ),
    ],
)
def test_wrong_labels_are_refused_with_line_and_column(celeba, old, new, message):
    edit(celeba / CSV, old, new)

    assert refused(celeba, CSV) == message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("48\r\n", "47\r\n", "line 1: says 47 rows, but 48 follow"),
        ("000002.jpg -1", "000002.jpg ", "line 4: has 40 columns, not 41"),
        ("000002.jpg -1", "000002.jpg -1 1", "line 4: has 42 columns, not 41"),
        (
            "000002.jpg -1 -1",
            "000002.jpg -1 1.5",
            "line 4, column 3 (Arched_Eyebrows): is '1.5', not -1, 0 or 1",
        ),
        ("Young ", "", "line 2: has 39 attributes, not 40; there is no column Young" + OWN),
    ],
)
def test_wrong_rows_of_the_original_txt_are_refused(celeba, old, new, message):
    as_original_txt(celeba)
    edit(celeba / TXT, old, new)

    assert refused(celeba, TXT) == message


def test_labels_of_which_a_half_writes_no_otherwise_are_refused(celeba):
    lines = (celeba / CSV).read_text().splitlines()
    zeros = [line.replace("-1", "0") for line in lines[20:]]
    (celeba / CSV).write_text("\n".join([*lines[:20], *zeros]))

    assert refused(celeba, CSV).startswith("line 21, column 2 (5_o_Clock_Shadow): is 0, but")


def test_an_empty_file_is_refused(celeba):
    (celeba / CSV).write_bytes(b"")

    assert refused(celeba, CSV) == "the file is empty"


def test_a_file_of_a_header_alone_is_refused(celeba):
    header = (celeba / CSV).read_text().splitlines()[0]
    (celeba / CSV).write_text(header + "\n")

    assert refused(celeba, CSV) == "holds no rows below its header"


def test_a_file_of_a_count_alone_is_refused(celeba):
    (celeba / CSV).rename(celeba / TXT)
    (celeba / TXT).write_text("202599\n")

    assert refused(celeba, TXT) == "line 1: the file ends before the names of the columns"


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_another_encoding_is_refused_with_the_line(celeba, encoding):
    text = (celeba / CSV).read_text().replace("000004.jpg", "J\u00f6rg.jpg")
    (celeba / CSV).write_bytes(text.encode(encoding))

    line = 5 if encoding == "latin-1" else 1
    assert refused(celeba, CSV) == f"line {line}: is not UTF-8; save the file as UTF-8"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("000003.jpg,0\n", "", f"has no partition for 000003.jpg ({{root}}/{CSV}: line 4)"),
        ("000003.jpg,0", "000003.jpg,3", "line 4, column 2 (partition): is '3', not 0, 1 or 2"),
        ("000003.jpg,0", "000003.jpg,-1", "line 4, column 2 (partition): is '-1', not 0, 1 or 2"),
        ("000003.jpg,0", "000003.jpg,", "line 4, column 2 (partition): is empty, not 0, 1 or 2"),
        ("000003.jpg,0", "000003.jpg", "line 4: has 1 columns, not 2"),
        ("000003.jpg", "000002.jpg", "line 4, column 1: 000002.jpg is repeated: it is on line 3"),
    ],
)
def test_wrong_partitions_are_refused_with_line_and_column(celeba, old, new, message):
    edit(celeba / "list_eval_partition.csv", old, new)

    assert refused(celeba, "list_eval_partition.csv") == message.format(root=celeba)


def test_a_partition_file_that_is_not_there_is_refused(celeba):
    with pytest.raises(DatasetError, match="none.csv: No such file"):
        read_celeba(celeba, partitions=celeba / "none.csv")


def test_columns_in_another_order_are_read_by_their_names(celeba):
    before = by_name(read_celeba(celeba))
    rows = [line.split(",") for line in (celeba / CSV).read_text().splitlines()]
    (celeba / CSV).write_text("\n".join(",".join([row[0], *row[:0:-1]]) for row in rows))

    assert by_name(read_celeba(celeba)) == before


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.rstrip("\n"),
        lambda text: text + "\n\n",
        lambda text: text.replace("-1", "0"),
        lambda text: text.replace(",", " , "),
        lambda text: re.sub(r"(\d+\.jpg)", r'"\1"', text),
    ],
    ids=["bom", "crlf", "cr", "no end", "empty end", "zeros", "spaces", "quotes"],
)
def test_ways_to_write_the_same_labels_are_accepted(celeba, rewrite):
    before = by_name(read_celeba(celeba))
    (celeba / CSV).write_bytes(rewrite((celeba / CSV).read_text()).encode())

    assert by_name(read_celeba(celeba)) == before


def test_a_txt_parted_by_tabs_without_a_count_is_accepted(celeba):
    before = by_name(read_celeba(celeba))
    as_original_txt(celeba)
    lines = (celeba / TXT).read_text().splitlines()[1:]
    (celeba / TXT).write_text("\n".join("\t".join(line.split()) for line in lines))

    assert by_name(read_celeba(celeba)) == before


def test_columns_of_a_single_answer_are_accepted(celeba):
    targets = read_celeba(celeba).targets

    assert not targets[:, NAMES.index("Bald")].any()


def test_rows_read_at_once_and_one_by_one_are_the_same(tmp_path):
    answers = np.random.default_rng(0).choice([-1, 1], (300, 40))
    rows = [f"{n}.jpg,{','.join(map(str, row))}" for n, row in enumerate(answers)]
    plain, quoted = tmp_path / "plain.csv", tmp_path / "quoted.csv"
    plain.write_text("\n".join([",".join(["image_id", *NAMES]), *rows]))
    quoted.write_text(plain.read_text().replace("299.jpg", '"299.jpg"'))

    at_once, one_by_one = read_labels(plain), read_labels(quoted)

    assert at_once.names == one_by_one.names
    assert np.array_equal(at_once.values, answers > 0)
    assert np.array_equal(one_by_one.values, answers > 0)


def test_a_header_of_partitions_may_be_there_or_not(tmp_path):
    with_header, without = tmp_path / "with.csv", tmp_path / "without.csv"
    with_header.write_text("image_id,partition\na.jpg,0\nb.jpg,2\n")
    without.write_text("a.jpg,0\nb.jpg,2\n")

    tables = [read_partitions(path) for path in (with_header, without)]

    assert [table.values[:, 0].tolist() for table in tables] == [[0, 2], [0, 2]]
    assert [table.place(1)[-6:] for table in tables] == ["line 3", "line 2"]
