"""manage.py sweep: recover what crashed processes left behind."""

from typing import Any

from django.core.management.base import BaseCommand

from gallery.analysis import jobs
from gallery.library import sweep


class Command(BaseCommand):
    help = (
        "Queue the photos of dead workers again, call the worker for all queued photos, and delete "
        "what has been in the trash for TRASH_DAYS, files that belong to no photo, and sessions, "
        "tokens and invitations that have expired."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        handed_back = jobs.sweep()
        removed = sweep.clear_away()
        self.stdout.write(f"{handed_back} photos queued again, {removed} files deleted")
