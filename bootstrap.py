"""Make what `make run` and `make test` need: .venv, the requirements, .env and var.

Only the standard library, in words that an old Python understands: it must say what is wrong.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys

# What torch and the other requirements have wheels for. A newer Python would have to build them.
OLDEST, NEWEST = (3, 11), (3, 14)
KNOWN = ("python3.13", "python3.12", "python3.14", "python3.11")
SYSTEMS = (("Linux", "x86_64"), ("Linux", "aarch64"), ("Darwin", "arm64"))
OLDEST_GLIBC = (2, 28)
OLDEST_MACOS = 14
# What ENGINE chooses: the requirements, the GB of disk that they need (downloaded, kept in pip's
# cache and unpacked), and what people are told.
ENGINES = {
    "": ("requirements.txt", 12, "On Linux torch comes with CUDA: 3 GB to download, 6 GB on disk."),
    "cpu": ("requirements-cpu.txt", 1, "ENGINE=cpu leaves torch out: no training here."),
}
HERE = os.path.dirname(os.path.abspath(__file__))
VENV_PYTHON = os.path.join(".venv", "bin", "python")
VENV_PIP = os.path.join(".venv", "bin", "pip")
STAMP = os.path.join(".venv", "requirements.sha256")
TEMPORARY = os.path.join(HERE, ".venv", "tmp")


def stop(reason):
    sys.exit("CelebAttr: " + reason)


def use_a_supported_python():
    """Start again under a supported Python if this one is not."""
    if OLDEST <= tuple(sys.version_info[:2]) <= NEWEST:
        return
    for name in KNOWN:
        # A launcher of that name may stand for a Python that is not installed: try it first.
        if shutil.which(name) and subprocess.call([name, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            os.execvp(name, [name] + sys.argv)  # noqa: S606  (a name from KNOWN, no shell)
    version = ".".join(str(part) for part in sys.version_info[:3])
    stop(
        "Python 3.11 to 3.14 is needed, and python3 is " + version + ". Install one "
        "(e.g. apt install python3.13 python3.13-venv) or name it: make run PYTHON=/path/to/python"
    )


def check_machine():
    """Stop where there are no wheels; pip would only say that it finds no such version."""
    system, machine = platform.system(), platform.machine()
    if (system, machine) not in SYSTEMS:
        known = "Linux (x86-64, arm64) and macOS (arm64)"
        stop(f"torch supports {known}, not {system} on {machine}")
    if system == "Linux":
        name, version = platform.libc_ver()
        if name != "glibc" or tuple(map(int, version.split(".")[:2])) < OLDEST_GLIBC:
            found = " ".join((name, version)).strip() or "another C library"
            stop("torch needs glibc 2.28 or newer (e.g. Debian 10), and this system has " + found)
    if system == "Darwin":
        version = platform.mac_ver()[0]
        if int(version.split(".")[0]) < OLDEST_MACOS:
            stop(f"ONNX Runtime needs macOS {OLDEST_MACOS} or newer, and this is {version}")


def chosen_engine():
    """The line of ENGINES that the environment names."""
    engine = os.environ.get("ENGINE", "")
    if engine not in ENGINES:
        stop("ENGINE is cpu, for a machine without a GPU, or nothing; not " + engine)
    return ENGINES[engine]


def wait_for_another():
    """Wait until no other process installs here. Returns the lock, which ends with this process."""
    import fcntl

    folder = os.open(HERE, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Waiting for another make that installs here ...", flush=True)
        fcntl.flock(folder, fcntl.LOCK_EX)
    except OSError:  # this file system has no locks
        pass
    return folder


def make_venv():
    _, needed_gb, note = chosen_engine()
    if os.path.exists(VENV_PYTHON) and os.path.exists(VENV_PIP):  # pip comes last
        return
    if os.pathsep in HERE:
        stop(
            "Python cannot make a virtual environment in a folder with a colon in its name: " + HERE
        )
    free = shutil.disk_usage(HERE).free / 1e9
    if free < needed_gb:
        stop(f"{needed_gb} GB of free disk are needed; {HERE} has {free:.1f} GB")
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        stop(
            "this Python cannot make virtual environments; "
            "install them (e.g. apt install python{}.{}-venv)".format(*sys.version_info[:2])
        )
    print("Making .venv. " + note, flush=True)
    venv.create(".venv", with_pip=True, clear=True)


def install(requirements):
    """Install what is locked for the requirements, unless exactly that was installed last."""
    lock = os.path.join("locks", requirements)
    digest = hashlib.sha256("\n".join(read(lock)).encode())
    wanted = requirements + " " + digest.hexdigest()
    installed = read(STAMP)
    if wanted in installed:
        return
    print("Installing " + requirements + " (once; some minutes) ...", flush=True)
    pip = [VENV_PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "-q"]
    # Where /tmp lies in memory, as on Debian 13, torch may not fit.
    os.makedirs(TEMPORARY, exist_ok=True)
    pip += ["--require-hashes", "-r", lock]
    code = subprocess.call(pip, env=dict(os.environ, TMPDIR=TEMPORARY))
    shutil.rmtree(TEMPORARY, ignore_errors=True)
    if code != 0:
        stop(
            "the requirements could not be installed; pip says why above. Then try again. Where a "
            "registry builds files of its own, whose hashes differ from those in locks/, first: "
            + " ".join([VENV_PIP, "install", "-r", requirements])
        )
    kept = [line for line in installed if line.split(" ")[0] != requirements]
    with open(STAMP, "w") as file:
        file.write("\n".join(kept + [wanted]) + "\n")


def read(path):
    if not os.path.exists(path):
        return []
    with open(path) as file:
        return file.read().splitlines()


def make_env():
    if os.path.exists(".env"):
        return
    import secrets

    with open(os.open(".env", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("# See .env.example for what else can be set.\n")
        file.write("SECRET_KEY=" + secrets.token_urlsafe(50) + "\n")


def install_chromium():
    """The browser that the browser tests drive: the system's where there is one."""
    if any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        return
    sudo = [] if os.getuid() == 0 else ["sudo"]
    if shutil.which("apt-get") and (not sudo or shutil.which("sudo")):
        print("Installing Chromium for the browser tests ...", flush=True)
        subprocess.call(sudo + ["apt-get", "update", "-qq"])
        apt = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
        if subprocess.call(sudo + apt) == 0 and shutil.which("chromium"):
            return
    stop(
        "the browser tests need Chromium, which cannot be installed from here. Install it, "
        "or run the other tests: .venv/bin/python -m pytest -m 'not browser'"
    )


def main():
    use_a_supported_python()
    check_machine()
    os.chdir(HERE)
    wait_for_another()
    make_venv()
    install(chosen_engine()[0])
    make_env()
    os.makedirs("var", exist_ok=True)
    if "--tests" in sys.argv[1:]:
        install("requirements-dev.txt")
        install_chromium()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        stop(str(error))
