"""What python -m ml.batch refuses before it starts Ray. The rest: tests/system/test_batch.py."""

import shutil

import pytest

from ml.batch.__main__ import main
from ml.files import locked
from ml.tests.conftest import draw_face


@pytest.fixture
def photos(tmp_path):
    """A folder with two pictures."""
    root = tmp_path / "photos"
    root.mkdir()
    for number in range(2):
        draw_face(True, False, (89, 109), number).save(root / f"{number}.png")
    return root


@pytest.fixture
def output(tmp_path):
    return tmp_path / "faces.parquet"


def command(photos, output, checkpoint) -> list[str]:
    return [str(photos), str(output), "--checkpoint", str(checkpoint)]


def refused(capsys, *arguments) -> str:
    assert main([str(argument) for argument in arguments]) == 2
    return capsys.readouterr().err


def test_a_source_that_is_missing_is_refused(tmp_path, output, capsys):
    said = refused(capsys, tmp_path / "none", output)

    assert f"{tmp_path}/none: " in said and "No such file" in said
    assert not output.exists()


def test_tables_among_the_files_are_refused(photos, capsys):
    said = refused(capsys, photos, photos / "faces.parquet")

    assert "lies in" in said and "choose a folder outside" in said


def test_a_checkpoint_that_is_none_is_refused(photos, output, tmp_path, capsys):
    said = refused(capsys, photos, output, "--checkpoint", tmp_path)

    assert "no checkpoint here" in said
    assert not output.exists()


def test_a_run_with_another_checkpoint_is_refused(photos, output, checkpoint, tmp_path, capsys):
    begin(photos, output, checkpoint)
    other = shutil.copytree(checkpoint, tmp_path / "other")
    config = (other / "config.json").read_text()
    (other / "config.json").write_text(config + "\n")

    said = refused(capsys, *command(photos, output, other))

    assert "was begun with another checkpoint; choose a new folder" in said


def test_a_run_over_changed_files_is_refused(photos, output, checkpoint, capsys):
    begin(photos, output, checkpoint)
    (photos / "0.png").unlink()

    said = refused(capsys, *command(photos, output, checkpoint))

    assert "some were added, removed or changed since" in said


def begin(photos, output, checkpoint) -> None:
    """Begin a run that has nothing to do, so that it starts no Ray."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ml.batch.__main__._do", lambda *arguments: None)
        assert main(command(photos, output, checkpoint)) == 1


def test_two_runs_at_once_are_refused(photos, output, checkpoint, capsys):
    with locked(output / ".lock"):
        said = refused(capsys, *command(photos, output, checkpoint))

    assert "another process holds this lock" in said
