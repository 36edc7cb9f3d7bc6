from typing import Any

from django.core.management.base import BaseCommand

from gallery import library
from gallery.analysis import jobs


class Command(BaseCommand):
    help = (
        "Queue again what dead workers held, ring for all that waits, delete files without a row."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        handed_back = jobs.sweep()
        removed = library.remove_orphans()
        self.stdout.write(f"{handed_back} photos queued again, {removed} files deleted")
