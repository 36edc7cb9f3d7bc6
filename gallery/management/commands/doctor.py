"""manage.py doctor: what is wrong with this site, part by part, and what mends it."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gallery.operation.doctor import Line, examine


class Command(BaseCommand):
    help = "Examine every part of the site. Ends with 1 if one of them fails."
    requires_system_checks = ()  # they are among what it examines

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *, json: bool, **options: Any) -> None:
        lines = list(examine())
        self.stdout.write(_as_json(lines) if json else "\n".join(map(_in_words, lines)))
        failed = [line.part for line in lines if line.state == "fail"]
        if failed:
            raise CommandError(f"what fails: {', '.join(dict.fromkeys(failed))}")


def _as_json(lines: list[Line]) -> str:
    return json.dumps([asdict(line) for line in lines], indent=2)


def _in_words(line: Line) -> str:
    mend = f" -> {line.mend}" if line.mend else ""
    return f"{line.state:<4}  {line.part:<8}  {line.says}{mend}"
