import io
import os
import time

import pytest
from django.core.management import CommandError, call_command

from ml.data.cache import DAY, open_cache
from ml.data.celeba import read_celeba


@pytest.fixture
def caches(celeba, tmp_path):
    """Two caches, of which one was used 40 days ago, and a folder of something else."""
    folder, faces = tmp_path / "cache", read_celeba(celeba)
    open_cache(faces, 32, 1, folder, quiet=True)
    [old] = folder.iterdir()
    os.utime(old / "lock", (0, time.time() - 40 * DAY))
    open_cache(faces, 32, 3, folder, quiet=True)
    (folder / "mine").mkdir()
    return folder


def prune(*arguments) -> str:
    said = io.StringIO()
    call_command("prune_cache", *map(str, arguments), stdout=said)
    return said.getvalue()


def names(folder) -> list[str]:
    return sorted(path.name.split("-")[0] for path in folder.iterdir())


def test_what_nobody_used_for_a_month_is_deleted(caches):
    said = prune("--cache-dir", caches)

    assert names(caches) == ["32x32x3", "mine"]
    assert "used 40.0 days ago, deleted" in said


def test_a_dry_run_deletes_nothing(caches):
    said = prune("--cache-dir", caches, "--unused-days", 0, "--dry-run")

    assert names(caches) == ["32x32x1", "32x32x3", "mine"]
    assert said.count("would be deleted") == 2


def test_all_of_them_can_be_deleted(caches):
    prune("--cache-dir", caches, "--unused-days", 0)

    assert names(caches) == ["mine"]


@pytest.mark.parametrize("arguments", [("--cache-dir", "/nowhere"), ("--unused-days", "-1")])
def test_what_cannot_be_pruned_is_refused(arguments):
    with pytest.raises(CommandError) as error:
        prune(*arguments)

    assert error.value.returncode == 2
