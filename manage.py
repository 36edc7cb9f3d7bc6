#!/usr/bin/env python
"""Django's command-line utility."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
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


if __name__ == "__main__":
    main()
