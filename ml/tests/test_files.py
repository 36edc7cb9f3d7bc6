import subprocess
import sys

import pytest

from ml.files import AlreadyLocked, claimed, locked, replacing_file, replacing_folder


def test_a_file_is_replaced_when_it_is_complete(tmp_path):
    path = tmp_path / "words"
    path.write_text("old")

    with replacing_file(path) as partial:
        partial.write_text("new")
        assert path.read_text() == "old"

    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_was_not_completed_leaves_the_old_one(tmp_path):
    path = tmp_path / "words"
    path.write_text("old")

    with pytest.raises(RuntimeError), replacing_file(path) as partial:
        partial.write_text("ne")
        raise RuntimeError

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_replaced_with_all_that_is_in_it(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "old").touch()

    with replacing_folder(folder) as partial:
        (partial / "new").touch()

    assert [path.name for path in folder.iterdir()] == ["new"]
    assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_that_was_not_completed_leaves_the_old_one(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "old").touch()

    with pytest.raises(RuntimeError), replacing_folder(folder):
        raise RuntimeError

    assert [path.name for path in folder.iterdir()] == ["old"]


def test_a_crash_between_the_two_renames_loses_nothing(tmp_path):
    folder = tmp_path / "model"
    (tmp_path / ".model.old").mkdir()
    (tmp_path / ".model.old" / "old").touch()

    with pytest.raises(RuntimeError), replacing_folder(folder):
        raise RuntimeError

    assert [path.name for path in folder.iterdir()] == ["old"]


HOLD = "import sys; from pathlib import Path; from ml.files import locked\n"
HOLD += "with locked(Path(sys.argv[1]), wait=False): pass"


def test_a_lock_keeps_other_processes_out_until_it_is_released(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path / "folder" / "lock")]

    with locked(tmp_path / "folder" / "lock") as file:
        file.write("mine")
        refused = subprocess.run(command, capture_output=True, text=True)

    assert "AlreadyLocked" in refused.stderr
    assert subprocess.run(command).returncode == 0


def test_a_claim_keeps_others_away_and_leaves_no_file(tmp_path):
    with claimed(tmp_path / "lock"):
        with pytest.raises(AlreadyLocked), claimed(tmp_path / "lock"):
            pass
        assert (tmp_path / "lock").exists()

    assert list(tmp_path.iterdir()) == []
