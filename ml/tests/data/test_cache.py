import errno
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from ml.data import cache
from ml.data.cache import list_caches, open_cache, picture_hashes, remove_cache
from ml.data.celeba import DatasetError, FaceSet, load_faces, read_celeba
from ml.files import locked

OPEN = """
import sys
from pathlib import Path
from ml.data.cache import list_caches, open_cache, picture_hashes, remove_cache
from ml.data.celeba import read_celeba
pixels = open_cache(read_celeba(Path(sys.argv[1])), 32, 3, Path(sys.argv[2]), quiet=True)
print(int(pixels.sum()))
"""
KILLED = """
import os, signal
pwrite, writes = os.pwrite, iter(range(1000))
def killing(file, content, offset):
    if next(writes) < {written}:
        return pwrite(file, content, offset)
    pwrite(file, content[:10], offset)
    os.kill(os.getpid(), signal.SIGKILL)
os.pwrite = killing
"""


def opened(faces: FaceSet, folder: Path, size: int = 32, channels: int = 3) -> torch.Tensor:
    return open_cache(faces, size, channels, folder, quiet=True)


def opening(celeba: Path, folder: Path, before: str = "") -> subprocess.Popen:
    command = [sys.executable, "-c", before + OPEN, str(celeba), str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def faces(celeba) -> FaceSet:
    return read_celeba(celeba)


@pytest.fixture
def decoded(monkeypatch) -> list[str]:
    """The names of the pictures that are decoded from now on."""
    names, decode = [], cache.load_face

    def load_face(file: Path, *how):
        names.append(file.name)
        return decode(file, *how)

    monkeypatch.setattr(cache, "load_face", load_face)
    return names


def test_a_cache_holds_the_faces_as_they_are_decoded(faces, tmp_path):
    pixels = opened(faces, tmp_path / "cache")

    assert pixels.dtype == torch.uint8
    assert torch.equal(pixels, load_faces(faces, 32, quiet=True))


def test_a_gray_cache_has_one_channel(faces, tmp_path):
    pixels = opened(faces, tmp_path / "cache", 24, 1)

    assert torch.equal(pixels, load_faces(faces, 24, 1, quiet=True))


def test_a_second_opening_decodes_nothing(faces, tmp_path, decoded):
    opened(faces, tmp_path / "cache")
    decoded.clear()

    pixels = opened(faces, tmp_path / "cache")

    assert decoded == []
    assert torch.equal(pixels, load_faces(faces, 32, quiet=True))


def test_rows_are_in_the_order_of_the_faces(faces, tmp_path):
    first = opened(faces, tmp_path / "cache")

    turned = opened(faces.take(range(47, -1, -1)), tmp_path / "cache")

    assert torch.equal(turned, first.flip(0))


def test_pictures_that_only_moved_are_not_decoded_again(faces, celeba, tmp_path, decoded):
    opened(faces, tmp_path / "cache")
    decoded.clear()
    celeba.rename(tmp_path / "moved")

    opened(read_celeba(tmp_path / "moved"), tmp_path / "cache")

    assert decoded == []


def test_a_picture_of_the_same_name_and_time_but_other_content_is_seen(faces, tmp_path):
    opened(faces, tmp_path / "cache")
    changed, times = faces.files[7], faces.files[7].stat()
    Image.new("RGB", (89, 109), "red").save(changed)
    os.utime(changed, ns=(times.st_atime_ns, times.st_mtime_ns))

    pixels = opened(faces, tmp_path / "cache")

    assert torch.equal(pixels, load_faces(faces, 32, quiet=True))


@pytest.mark.parametrize("file", ["pixels", "hashes"])
def test_a_damaged_row_is_decoded_again(faces, tmp_path, decoded, file):
    opened(faces, tmp_path / "cache")
    decoded.clear()
    [path] = (tmp_path / "cache").glob(f"*/{file}")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    pixels = opened(faces, tmp_path / "cache")

    assert decoded == ["000025.jpg"]
    assert torch.equal(pixels, load_faces(faces, 32, quiet=True))


def test_what_was_decoded_before_an_error_is_kept(faces, tmp_path, decoded):
    whole = faces.files[40].read_bytes()
    faces.files[40].write_bytes(whole[:2000])
    with pytest.raises(DatasetError, match=r"000041\.jpg: .*check_dataset"):
        opened(faces, tmp_path / "cache")
    faces.files[40].write_bytes(whole)

    assert torch.equal(opened(faces, tmp_path / "cache"), load_faces(faces, 32, quiet=True))


def test_a_cut_off_file_is_filled_up(faces, tmp_path, decoded):
    opened(faces, tmp_path / "cache")
    decoded.clear()
    [path] = (tmp_path / "cache").glob("*/pixels")
    os.truncate(path, 40 * 32 * 32 * 3)

    pixels = opened(faces, tmp_path / "cache")

    assert sorted(decoded) == [f"{n:06d}.jpg" for n in range(41, 49)]
    assert torch.equal(pixels, load_faces(faces, 32, quiet=True))


def test_a_disk_without_room_is_told_before_anything_is_decoded(faces, tmp_path, monkeypatch):
    usage = cache.shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(cache.shutil, "disk_usage", lambda path: usage)

    with pytest.raises(DatasetError, match="needs 147,456 bytes more, but the disk has 1,000 free"):
        opened(faces, tmp_path / "cache")


def test_a_disk_that_fills_up_meanwhile_is_told(faces, tmp_path, monkeypatch):
    def pwrite(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(cache.os, "pwrite", pwrite)

    with pytest.raises(DatasetError, match="cannot be written: No space left on device"):
        opened(faces, tmp_path / "cache")


def test_a_place_that_is_no_folder_is_told(faces, tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(DatasetError, match="the cache cannot be written: Not a directory"):
        opened(faces, tmp_path / "file")


def test_what_another_process_has_filled_is_not_checked_again(faces, tmp_path, monkeypatch):
    opened(faces, tmp_path / "cache")
    monkeypatch.setattr(cache, "_fill", None)

    pixels = open_cache(faces, 32, 3, tmp_path / "cache", filled=True, quiet=True)

    assert torch.equal(pixels, load_faces(faces, 32, quiet=True))


def test_pictures_that_were_hashed_are_not_read_again(faces, tmp_path):
    hashed = replace(faces, hashes=picture_hashes(faces, quiet=True))
    before = opened(hashed, tmp_path / "cache")
    for file in faces.files:
        file.unlink()

    assert torch.equal(opened(hashed, tmp_path / "cache"), before)


def test_a_cache_is_listed_by_when_it_was_opened(faces, tmp_path):
    opened(faces, tmp_path / "cache")
    (tmp_path / "cache" / "notes").mkdir()
    [found] = list_caches(tmp_path / "cache")

    assert found.bytes >= 48 * 32 * 32 * 3
    assert 0 <= found.days < 0.1


def test_a_cache_that_is_filled_now_is_not_removed(faces, tmp_path):
    pixels = opened(faces, tmp_path / "cache")
    [found] = list_caches(tmp_path / "cache")

    with locked(found.folder / "lock"):
        assert not remove_cache(found.folder)
    assert remove_cache(found.folder)
    assert list(list_caches(tmp_path / "cache")) == []
    assert pixels.sum() > 0  # whoever has opened it still sees it


def test_no_faces_make_an_empty_tensor(faces, tmp_path):
    assert opened(faces.take([]), tmp_path / "cache").shape == (0, 3, 32, 32)


@pytest.mark.slow
def test_processes_that_open_a_cache_at_once_agree(celeba, tmp_path):
    processes = [opening(celeba, tmp_path / "cache") for _ in range(2)]

    sums = {int(process.communicate()[0]) for process in processes}

    assert sums == {int(load_faces(read_celeba(celeba), 32, quiet=True).sum())}
    assert len(list((tmp_path / "cache").iterdir())) == 1


@pytest.mark.slow
@pytest.mark.parametrize("written", [1, 40, 41])
def test_a_cache_whose_process_was_killed_is_completed(celeba, tmp_path, decoded, written):
    process = opening(celeba, tmp_path / "cache", KILLED.format(written=written))
    process.communicate()

    pixels = opened(read_celeba(celeba), tmp_path / "cache")

    assert process.returncode == -signal.SIGKILL
    assert len(decoded) >= 48 - written
    assert torch.equal(pixels, load_faces(read_celeba(celeba), 32, quiet=True))
