import sys

import pytest
import torch

from ml.hardware import gpu


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """The file that tells of a driver; it is not there yet."""
    monkeypatch.setattr(gpu, "DEVICES", (tmp_path / "nvidiactl",))
    return tmp_path / "nvidiactl"


@pytest.mark.parametrize("answer", [True, False])
def test_where_there_is_a_driver_torch_is_asked(driver, monkeypatch, answer):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: answer)
    driver.touch()

    assert gpu.has_gpu() is answer


def test_without_a_driver_torch_is_not_asked(driver, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)

    assert not gpu.has_gpu()


def test_without_torch_a_driver_is_no_use(driver, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    driver.touch()

    assert not gpu.has_gpu()
