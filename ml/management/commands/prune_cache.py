"""manage.py prune_cache: delete decoded faces that no training has used for a while."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ml.data.cache import Cache, list_caches, remove_cache

DAYS = 30


class Command(BaseCommand):
    help = "Delete decoded faces that no training has used for a while."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--cache-dir", type=Path, default=settings.VAR_DIR / "cache", metavar="FOLDER"
        )
        parser.add_argument(
            "--unused-days",
            type=float,
            default=DAYS,
            metavar="N",
            help=f"delete those not used for so many days; 0 for all; default {DAYS}",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be deleted, and delete nothing"
        )

    def handle(self, *, cache_dir: Path, unused_days: float, dry_run: bool, **options: Any) -> None:
        if not unused_days >= 0:
            raise CommandError("--unused-days is at least 0", returncode=2)
        if not cache_dir.is_dir():
            raise CommandError(f"{cache_dir}: no such folder", returncode=2)
        freed = 0
        for cache in list_caches(cache_dir):
            verdict = self._verdict(cache, unused_days, dry_run)
            freed += cache.bytes if verdict == "deleted" else 0
            self.stdout.write(
                f"{cache.folder.name}: {cache.bytes / 2**20:,.0f} MiB, "
                f"used {cache.days:.1f} days ago, {verdict}"
            )
        self.stdout.write(f"{freed / 2**20:,.0f} MiB freed")

    def _verdict(self, cache: Cache, unused_days: float, dry_run: bool) -> str:
        if cache.days < unused_days:
            return "kept"
        if dry_run:
            return "would be deleted"
        return "deleted" if remove_cache(cache.folder) else "kept, because it is being filled"
