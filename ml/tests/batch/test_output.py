import pytest

from ml.attributes import NAMES
from ml.batch.output import WORDS, Output, OutputError
from ml.batch.tables import Failure, as_parquet, faces_table, unreadable_table

ABOUT = dict.fromkeys(WORDS, "as it was")
NOTHING = as_parquet(faces_table([], NAMES))


@pytest.fixture
def output(tmp_path):
    """A folder that a run has begun."""
    begun = Output(tmp_path / "faces.parquet")
    begun.begin(ABOUT)
    return begun


def test_a_run_about_the_same_goes_on(output):
    output.store(1, NOTHING, None)

    Output(output.folder).begin(ABOUT)

    assert output.missing(3) == [0, 2]


@pytest.mark.parametrize("changed", WORDS)
def test_a_run_about_something_else_is_refused_and_told_what_changed(output, changed):
    with pytest.raises(OutputError, match=f"{WORDS[changed]}; choose a new folder"):
        output.begin(ABOUT | {changed: "otherwise"})


def test_a_folder_of_other_files_is_refused(tmp_path):
    (tmp_path / "letter.txt").touch()

    with pytest.raises(OutputError, match=r"holds letter\.txt; choose a new folder"):
        Output(tmp_path).begin(ABOUT)


def test_a_manifest_that_is_damaged_is_refused(output):
    (output.folder / "_manifest.json").write_text("{")

    with pytest.raises(OutputError, match="not readable as JSON"):
        output.begin(ABOUT)


def test_a_part_that_was_cut_off_is_not_there(output):
    (output.folder / ".part-000000.parquet.partial").write_bytes(b"PAR1")

    assert output.missing(1) == [0]


def test_unreadable_files_are_kept_with_their_reasons_until_they_are_to_be_tried_again(output):
    failures = [Failure("a.jpg", "not a picture"), Failure("b.jpg", "truncated")]
    output.store(0, NOTHING, as_parquet(unreadable_table(failures)))
    output.store(1, NOTHING, None)
    assert list(output.unreadable(0)) == failures

    output.forget_unreadable()

    assert list(output.unreadable(0)) == []
    assert output.missing(2) == [0]
