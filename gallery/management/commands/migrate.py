"""Django's `migrate`, which leaves a newer version's database alone."""

from typing import Any

from django.conf import settings
from django.core.management.commands import migrate
from django.db import connections

from gallery.management.newer import refuse_newer_database


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        settings.VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)  # where SQLite's file is
        refuse_newer_database(connections[options["database"]])
        super().handle(*args, **options)
