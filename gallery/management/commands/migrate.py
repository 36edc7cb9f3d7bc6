"""Django's `migrate`, which leaves a newer version's database alone."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from gallery.management.newer import refuse_newer_database


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        refuse_newer_database(connections[options["database"]])
        super().handle(*args, **options)
