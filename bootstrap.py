"""Make what `make run` and `make test` need: .venv, the requirements, .env and var.

Only the standard library, in words that an old Python understands: it must say what is wrong.
"""

import hashlib
import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
KNOWN = ("python3.12", "python3.11", "python3.13", "python3.14")
NEEDED_GB = 8  # torch and its libraries, while they are unpacked
HERE = os.path.dirname(os.path.abspath(__file__))
VENV_PYTHON = os.path.join(".venv", "bin", "python")
VENV_PIP = os.path.join(".venv", "bin", "pip")
STAMP = os.path.join(".venv", "requirements.sha256")


def stop(reason):
    sys.exit("CelebAttr: " + reason)


def use_a_new_python():
    if sys.version_info >= OLDEST:
        return
    for name in KNOWN:
        if shutil.which(name):
            os.execvp(name, [name] + sys.argv)
    version = ".".join(str(part) for part in sys.version_info[:3])
    stop(
        "Python 3.11 or newer is needed, and python3 is " + version + ". Install one "
        "(e.g. apt install python3.11 python3.11-venv) or name it: make run PYTHON=/path/to/python"
    )


def make_venv():
    if os.path.exists(VENV_PYTHON) and os.path.exists(VENV_PIP):  # pip comes last
        return
    free = shutil.disk_usage(HERE).free / 1e9
    if free < NEEDED_GB:
        stop(f"{NEEDED_GB} GB of free disk are needed; {HERE} has {free:.1f} GB")
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        stop(
            "this Python cannot make virtual environments; "
            "install them (e.g. apt install python{}.{}-venv)".format(*sys.version_info[:2])
        )
    print("Making .venv ...", flush=True)
    venv.create(".venv", with_pip=True, clear=True)


def install(requirements):
    """Install the requirements unless exactly these were installed last."""
    digest = hashlib.sha256()
    for name in ("requirements.txt", requirements):
        with open(name, "rb") as file:
            digest.update(file.read())
    wanted = requirements + " " + digest.hexdigest()
    installed = read(STAMP)
    if wanted in installed:
        return
    print("Installing " + requirements + " (once; some minutes) ...", flush=True)
    pip = [VENV_PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "-q"]
    if subprocess.call(pip + ["-r", requirements]) != 0:
        stop("the requirements could not be installed; pip says why above. Then try again.")
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
    use_a_new_python()
    os.chdir(HERE)
    make_venv()
    install("requirements.txt")
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
