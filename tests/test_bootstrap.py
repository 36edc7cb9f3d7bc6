"""What `make run` says on a machine that cannot run the site."""

import os
import subprocess
import sys
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace

import pytest

import bootstrap

ROOT = Path(bootstrap.HERE)
Usage = namedtuple("Usage", "total used free")


def refusal(call) -> str:
    """The one line with which `call` ends the process."""
    with pytest.raises(SystemExit) as stopped:
        call()
    line = str(stopped.value)
    assert line.startswith("CelebAttr: ") and "\n" not in line
    return line


def pretend_python(monkeypatch, *version: int) -> None:
    python = SimpleNamespace(version_info=version, argv=["bootstrap.py"], exit=sys.exit)
    monkeypatch.setattr(bootstrap, "sys", python)


@pytest.fixture
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bootstrap, "HERE", str(tmp_path))


@pytest.mark.parametrize("minor", [11, 12, 13, 14])
def test_each_supported_python_goes_on(monkeypatch, minor):
    pretend_python(monkeypatch, 3, minor, 0)
    monkeypatch.setattr(bootstrap.os, "execvp", lambda *arguments: pytest.fail("left"))

    bootstrap.use_a_supported_python()


@pytest.mark.parametrize("version", [(3, 10, 9), (3, 15, 0)])
def test_an_unsupported_python_is_refused_when_there_is_no_other(monkeypatch, version):
    pretend_python(monkeypatch, *version)
    monkeypatch.setattr(bootstrap, "KNOWN", ())

    line = refusal(bootstrap.use_a_supported_python)

    assert "Python 3.11 to 3.14" in line and ".".join(map(str, version)) in line


def test_an_unsupported_python_hands_over_to_one_that_runs(monkeypatch, tmp_path):
    for name, code in (("python3.13", 127), ("python3.12", 0)):  # the first is only a launcher
        (tmp_path / name).write_text(f"#!/bin/sh\nexit {code}\n")
        (tmp_path / name).chmod(0o755)
    taken = []
    monkeypatch.setenv("PATH", str(tmp_path))
    pretend_python(monkeypatch, 3, 9, 2)
    monkeypatch.setattr(bootstrap.os, "execvp", lambda name, arguments: taken.append(name))

    refusal(bootstrap.use_a_supported_python)

    assert taken[0] == "python3.12"


@pytest.mark.parametrize("system, machine", [("Linux", "armv7l"), ("Windows", "AMD64")])
def test_a_machine_that_torch_does_not_support_is_refused(monkeypatch, system, machine):
    monkeypatch.setattr(bootstrap.platform, "system", lambda: system)
    monkeypatch.setattr(bootstrap.platform, "machine", lambda: machine)

    assert f"not {system} on {machine}" in refusal(bootstrap.check_machine)


@pytest.mark.parametrize("found", [("glibc", "2.27"), ("musl", "1.2.5"), ("", "")])
def test_an_old_or_another_c_library_is_refused(monkeypatch, found):
    monkeypatch.setattr(bootstrap.platform, "system", lambda: "Linux")
    monkeypatch.setattr(bootstrap.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(bootstrap.platform, "libc_ver", lambda: found)

    assert "glibc 2.28 or newer" in refusal(bootstrap.check_machine)


def test_an_old_macos_is_refused(monkeypatch):
    monkeypatch.setattr(bootstrap.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(bootstrap.platform, "machine", lambda: "arm64")
    monkeypatch.setattr(bootstrap.platform, "mac_ver", lambda: ("13.7.1", ("", "", ""), "arm64"))

    assert "needs macOS 14 or newer, and this is 13.7.1" in refusal(bootstrap.check_machine)


def test_a_full_disk_is_reported_before_anything_is_installed(monkeypatch, empty_folder, tmp_path):
    monkeypatch.setattr(bootstrap.shutil, "disk_usage", lambda path: Usage(9e9, 8e9, 1e9))

    line = refusal(bootstrap.make_venv)

    assert f"12 GB of free disk are needed; {tmp_path} has 1.0 GB" in line
    assert list(tmp_path.iterdir()) == []


def test_without_torch_little_disk_is_needed(monkeypatch, empty_folder, tmp_path):
    monkeypatch.setenv("ENGINE", "cpu")
    monkeypatch.setattr(bootstrap.shutil, "disk_usage", lambda path: Usage(9e9, 8.5e9, 0.5e9))

    assert f"1 GB of free disk are needed; {tmp_path} has 0.5 GB" in refusal(bootstrap.make_venv)


def test_an_unknown_engine_is_refused(monkeypatch, empty_folder):
    monkeypatch.setenv("ENGINE", "gpu")

    assert "ENGINE is cpu, for a machine without a GPU, or nothing; not gpu" in refusal(
        bootstrap.make_venv
    )


def test_a_python_without_its_venv_package_says_what_to_install(monkeypatch, empty_folder):
    monkeypatch.setattr(bootstrap.shutil, "disk_usage", lambda path: Usage(9e10, 0, 9e10))
    monkeypatch.setitem(sys.modules, "ensurepip", None)  # as Debian ships Python

    line = refusal(bootstrap.make_venv)

    assert "apt install python{}.{}-venv".format(*sys.version_info) in line


def test_a_folder_with_a_colon_in_its_name_is_refused(monkeypatch, empty_folder):
    monkeypatch.setattr(bootstrap, "HERE", "/home/me/photos: 2026")

    assert "a colon in its name" in refusal(bootstrap.make_venv)


def test_pip_unpacks_beside_what_it_installs(monkeypatch, empty_folder, tmp_path):
    make_lock(tmp_path, "torch==1 --hash=sha256:00")
    temporary = tmp_path / ".venv" / "tmp"
    monkeypatch.setattr(bootstrap, "TEMPORARY", str(temporary))
    seen = []

    def call(command, env):
        seen.append((env["TMPDIR"], temporary.is_dir()))
        assert command[-3:] == ["--require-hashes", "-r", "locks/requirements.txt"]
        return 0

    monkeypatch.setattr(bootstrap.subprocess, "call", call)
    bootstrap.install("requirements.txt")
    bootstrap.install("requirements.txt")  # nothing to do the second time

    assert seen == [(str(temporary), True)]
    assert not temporary.exists()


def test_a_lock_that_changed_is_installed_again(monkeypatch, empty_folder, tmp_path):
    make_lock(tmp_path, "torch==1 --hash=sha256:00")
    calls = []
    monkeypatch.setattr(bootstrap.subprocess, "call", lambda *call, **env: calls.append(call) or 0)

    bootstrap.install("requirements.txt")
    make_lock(tmp_path, "torch==1 --hash=sha256:11")
    bootstrap.install("requirements.txt")

    assert len(calls) == 2


def make_lock(folder, line: str) -> None:
    for name in (".venv", "locks"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "locks/requirements.txt").write_text(line)


def test_two_at_once_install_one_after_the_other(empty_folder, tmp_path):
    code = f"import bootstrap; bootstrap.HERE = {str(tmp_path)!r}; bootstrap.wait_for_another()"
    held = bootstrap.wait_for_another()
    other = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)

    assert other.stdout.readline().startswith(b"Waiting for another make")
    assert other.poll() is None
    os.close(held)
    assert other.wait(timeout=60) == 0
