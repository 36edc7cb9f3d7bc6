#!/usr/bin/env python
"""Django's command-line utility."""

import importlib.util
import os
import sys

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from celebattr import __version__


def main() -> None:
    # Django answers `version` itself, with its own, before it looks for a command of that name.
    if sys.argv[1:] in (["version"], ["--version"]):
        print(f"CelebAttr {__version__} (Django {django.__version__})")
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "celebattr.settings")
    try:
        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # as in `manage.py predict ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except ImproperlyConfigured as error:
        sys.exit(f"CelebAttr: {error}")
    except ModuleNotFoundError as error:
        if importlib.util.find_spec("torch"):
            raise
        sys.exit(
            f"CelebAttr: this command needs {error.name}, which ENGINE=cpu leaves out. Install it "
            "with: .venv/bin/pip install --require-hashes -r locks/requirements.txt"
        )


if __name__ == "__main__":
    main()
