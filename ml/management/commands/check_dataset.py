"""manage.py check_dataset: check every picture and every label of a data set."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ml.data.celeba import PARTITIONS, DatasetError, FaceSet, read_celeba
from ml.data.inspection import Inspection, inspect_faces, plot_balance, write_exclusions
from ml.management.arguments import add_attributes_argument

SHOWN = 20  # names in each list on the screen; the exclusion list has all


class Command(BaseCommand):
    help = (
        "Check a folder in CelebA's layout. The exit code is 0 if every picture can be decoded, "
        "1 if some are damaged, 2 if the labels cannot be used."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--partitions", type=Path, help="another partition file, csv or txt")
        add_attributes_argument(parser)
        parser.add_argument(
            "--output", type=Path, help="write exclude.txt and balance.png to this folder"
        )
        parser.add_argument("--quiet", action="store_true", help="no progress bar")

    def handle(
        self, *, folder: Path, partitions: Path | None, output: Path | None, **options: Any
    ) -> None:
        try:
            attributes = options["attributes"] or None
            faces = read_celeba(folder, partitions=partitions, attributes=attributes)
            if output:
                output.mkdir(parents=True, exist_ok=True)
        except (DatasetError, OSError) as error:
            raise CommandError(str(error), returncode=2) from error
        found = inspect_faces(faces, quiet=options["quiet"])
        self._print_balance(faces)
        self._print_counts(found)
        self._print_labels(found)
        if output:
            write_exclusions(found, output / "exclude.txt")
            plot_balance(faces, output / "balance.png")
            self.stdout.write(f"written to {output}: exclude.txt, balance.png")
        if found.damaged:
            advice = f"train with --exclude {output / 'exclude.txt'}" if output else "give --output"
            raise CommandError(
                f"{len(found.damaged)} damaged pictures; {advice} to leave them out", returncode=1
            )

    def _print_balance(self, faces: FaceSet) -> None:
        parts = {name: faces.partition(name) for name in PARTITIONS}
        width = max(20, 1 + max(map(len, faces.attributes)))
        self.stdout.write("yes, in %".ljust(width) + "".join(f"{name:>9}" for name in parts))
        for number, attribute in enumerate(faces.attributes):
            cells = (
                f"{100 * part.targets[:, number].mean():9.1f}" if len(part) else f"{'-':>9}"
                for part in parts.values()
            )
            self.stdout.write(attribute.ljust(width) + "".join(cells))
        self.stdout.write("faces".ljust(width) + "".join(f"{len(p):>9}" for p in parts.values()))

    def _print_counts(self, found: Inspection) -> None:
        names = found.faces.names
        for reason, count in found.faces.skipped.items():
            self.stdout.write(f"skipped, {reason}: {count}")
        self._print_list("pictures without labels", found.extra)
        damaged = [f"{names[row]} ({reason})" for row, reason in found.damaged.items()]
        self._print_list("damaged pictures", damaged)
        for words, groups in (
            ("identical pictures", found.copies),
            ("identical pictures with different labels", found.contradictory_copies),
        ):
            self._print_list(words, [" = ".join(names[row] for row in group) for group in groups])
        persons = [" = ".join(names[row] for row in group) for group in found.persons]
        self._print_list("persons in two partitions", persons)
        self._print_list("in two partitions", [names[row] for row in found.leaks])

    def _print_labels(self, found: Inspection) -> None:
        for (one, other), count in found.contradictions.items():
            self.stdout.write(f"contradictory labels, {one} with {other}: {count}")
        if found.one_sided:
            names = ", ".join(found.one_sided)
            self.stdout.write(f"the same answer for every face ({len(found.one_sided)}): {names}")

    def _print_list(self, words: str, names: list[str]) -> None:
        self.stdout.write(f"{words}: {len(names)}")
        for name in names[:SHOWN]:
            self.stdout.write(f"    {name}")
        if len(names) > SHOWN:
            self.stdout.write(f"    and {len(names) - SHOWN} more")
