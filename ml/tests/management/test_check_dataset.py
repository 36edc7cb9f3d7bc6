import io
import shutil

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from PIL import ImageFile

from ml.data.celeba import DatasetError, load_faces, read_celeba

HOSTILE = settings.BASE_DIR.parent / "shared" / "data" / "hostile"
SOUND = {"hopper_idat_after_image_end.png"}  # odd, but all of its picture is there


def check(*arguments) -> str:
    output = io.StringIO()
    call_command("check_dataset", *map(str, arguments), "--quiet", stdout=output)
    return output.getvalue()


def test_the_report_has_balance_and_counts(celeba):
    report = " ".join(check(celeba).split())

    assert "Smiling 50.0 50.0 50.0 " in report
    assert "faces 32 8 8 " in report
    assert "damaged pictures: 0 " in report
    assert "the same answer for every face (38): 5_o_Clock_Shadow, " in report


def test_what_is_missing_and_what_is_extra_is_counted(celeba):
    pictures = celeba / "img_align_celeba"
    (pictures / "000007.jpg").rename(pictures / "seven.jpg")

    report = check(celeba)

    assert "skipped, without a picture: 1" in report
    assert "pictures without labels: 1\n    seven.jpg" in report


def test_the_list_and_the_plot_are_written_where_told(celeba, tmp_path):
    report = check(celeba, "--output", tmp_path / "report")

    assert {path.name for path in (tmp_path / "report").iterdir()} == {"exclude.txt", "balance.png"}
    assert str(tmp_path / "report") in report


def test_damaged_pictures_end_with_one(celeba, tmp_path):
    (celeba / "img_align_celeba" / "000007.jpg").write_bytes(b"")

    with pytest.raises(CommandError, match="1 damaged pictures; train with --exclude") as error:
        check(celeba, "--output", tmp_path)
    assert error.value.returncode == 1
    assert "\n000007.jpg  # not a JPEG" in (tmp_path / "exclude.txt").read_text()


def test_labels_that_cannot_be_used_end_with_two(celeba):
    (celeba / "list_attr_celeba.csv").write_text("")

    with pytest.raises(CommandError, match="list_attr_celeba.csv: the file is empty") as error:
        check(celeba)
    assert error.value.returncode == 2


def test_other_partitions_may_be_checked(celeba, tmp_path):
    mine = tmp_path / "mine.txt"
    mine.write_text("".join(f"{n:06d}.jpg 2\n" for n in range(1, 49)))

    assert "faces 0 0 48" in " ".join(check(celeba, "--partitions", mine).split())


@pytest.mark.skipif(not HOSTILE.exists(), reason="the hostile files are not on this machine")
def test_every_damaged_file_of_the_corpus_is_listed_and_left_out(celeba, tmp_path):
    corpus = [HOSTILE / name for name in ("truncated", "png-broken", "empty-garbage")]
    files = [file for folder in corpus for file in sorted(folder.iterdir())]
    for number, file in enumerate(files, 1):
        shutil.copyfile(file, celeba / "img_align_celeba" / f"{number:06d}.jpg")
    damaged = {f"{n:06d}.jpg" for n, file in enumerate(files, 1) if file.name not in SOUND}

    with pytest.raises(DatasetError, match=r"000001\.jpg"):
        load_faces(read_celeba(celeba), 32, quiet=True)
    with pytest.raises(CommandError, match=f"{len(damaged)} damaged pictures"):
        check(celeba, "--output", tmp_path)
    rest = read_celeba(celeba, exclude=tmp_path / "exclude.txt")

    assert len(load_faces(rest, 32, quiet=True)) == 48 - len(damaged)
    assert not damaged & {file.name for file in rest.files}
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False
