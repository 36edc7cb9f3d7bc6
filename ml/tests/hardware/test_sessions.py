import os
import subprocess
import sys

import pytest
from django.conf import settings

from ml.hardware.sessions import cores, load_network


def test_a_file_that_is_no_network_is_refused(tmp_path):
    (tmp_path / "text.onnx").write_text("no network")

    with pytest.raises(FileNotFoundError, match="there is no such file"):
        load_network(tmp_path / "none.onnx")
    with pytest.raises(OSError, match="not an ONNX network"):
        load_network(tmp_path / "text.onnx")


def test_onnx_runtime_keeps_no_record_to_report_to_its_makers(tmp_path):
    code = "from ml.faces.finder import Finder; Finder().proposer"
    env = {**os.environ, "HOME": str(tmp_path)}
    for name in ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME"):
        env.pop(name, None)

    subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR, env=env, check=True)

    assert list(tmp_path.rglob("*")) == []


def test_a_process_may_be_given_fewer_cores_than_the_machine_has(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")

    assert cores() == 3


@pytest.mark.parametrize("setting", ["", "0", "many"])
def test_a_setting_that_is_no_number_of_cores_means_all(monkeypatch, setting):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    everything = cores()
    monkeypatch.setenv("OMP_NUM_THREADS", setting)

    assert cores() == everything >= 1
