"""Training and activating while the site serves: nobody who looks or uploads notices."""

import subprocess
import threading

import pytest

from ml.tests.conftest import make_celeba
from tests.system.site import photo, wait_for
from tests.system.training import TINY_RUN, start

pytestmark = [pytest.mark.system, pytest.mark.slow]


class Visitor(threading.Thread):
    """Somebody who looks at the photos all the time, and uploads one now and then."""

    def __init__(self, site) -> None:
        super().__init__()
        self.site, self.gallery, self.answers = site, site.make_gallery(), []
        self.leaves = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.leaves.wait(0.05):
            if number % 10 == 0:
                self.answers.append(self.site.upload(self.gallery, photo(number)))
            self.answers.append(self.site.request("GET", "/api/v1/photos/")[0])
            number += 1


@pytest.fixture
def visitor(site):
    site.start_worker()
    visitor = Visitor(site)
    visitor.start()
    yield visitor
    visitor.leaves.set()
    visitor.join()


def active(site) -> tuple:
    return site.sql("SELECT id, sha256 FROM ml_modelversion WHERE is_active")[0]


def versions_of_faces(site) -> set[int]:
    return {row[0] for row in site.sql("SELECT model_version_id FROM gallery_face")}


def test_a_run_disturbs_nobody_until_its_model_is_activated(site, visitor, tmp_path):
    data, output = make_celeba(tmp_path / "celeba", 96), tmp_path / "out"
    arguments = ("train_model", "--data-dir", data, "--output", output, *TINY_RUN)
    arguments += ("--cache-dir", tmp_path / "cache")
    before = active(site)

    assert start(tmp_path / "log", *arguments, "--learning-rate", "1e30").wait() == 1
    assert active(site) == before
    assert start(tmp_path / "log", *arguments, "--restart").wait() == 0
    wait_for(lambda: versions_of_faces(site) == {before[0]})
    assert active(site) == before

    site.manage("activate_model", str(output))
    after = active(site)
    wait_for(lambda: after[0] in versions_of_faces(site))
    visitor.leaves.set()
    visitor.join()
    wait_for(lambda: site.pending() == 0)

    assert after != before
    assert set(visitor.answers) == {200, 201}
    assert site.count("failed") == 0
    site.manage("activate_model", "--previous")
    assert active(site) == before


def test_a_checkpoint_that_cannot_serve_is_not_activated(site, visitor, tmp_path):
    before = active(site)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text("{}")
    (tmp_path / "broken" / "model.safetensors").write_bytes(b"no weights")

    with pytest.raises(subprocess.CalledProcessError) as error:
        site.manage("activate_model", str(tmp_path / "broken"))

    assert error.value.returncode == 2
    assert active(site) == before
    wait_for(lambda: versions_of_faces(site) == {before[0]})
