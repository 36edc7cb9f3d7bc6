import os
import subprocess
import sys

import pytest
from django.conf import settings

from ml.hardware.sessions import load_network


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
