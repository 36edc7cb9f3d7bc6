"""benchmarks.serving runs where there is no GPU too, at a small size."""

import re
import subprocess
import sys

import pytest
from django.conf import settings

from ml.networks.export import export_engine
from ml.tests.conftest import make_checkpoint


@pytest.mark.slow
def test_the_benchmark_of_the_engine_tells_faces_and_photos_a_second(tmp_path):
    export_engine(make_checkpoint(tmp_path / "tiny"))
    command = [sys.executable, "-m", "benchmarks.serving", "--checkpoint", str(tmp_path / "tiny")]

    outcome = subprocess.run(
        [*command, "--count", "4", "--threads", "0", "2"],
        capture_output=True,
        text=True,
        cwd=settings.BASE_DIR,
    )

    assert outcome.returncode == 0, outcome.stderr
    numbers = re.findall(r"^ +(\d+) ", outcome.stdout, re.M)
    assert numbers == ["1", "4", "16", "64", "0", "2"]
    assert "probabilities differ from float32's by 0.0000" in outcome.stdout
