"""Figures with what they are measured against: a rival or a limit, in the same run.

Each script prints its figures as a table, and writes them to the file of `--json`, if given, for
`python -m benchmarks`, which gathers those of all scripts.
"""

import argparse
import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

HEADER = ("what", "ours", "rival or limit", "", "ratio")


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    what: str
    unit: str
    ours: float
    versus: str  # the rival's or the limit's name
    theirs: float
    ratio: float  # how many times as good ours is as theirs: above 1, ours is better

    def cells(self) -> tuple[str, ...]:
        """As text, in the order of HEADER."""
        ours, theirs = (f"{short(value)} {self.unit}" for value in (self.ours, self.theirs))
        return self.what, ours, theirs, self.versus, short(self.ratio)


def compared(
    what: str, unit: str, ours: Sequence[float], versus: str, theirs: Sequence[float]
) -> Figure:
    """From the rounds of both sides: their medians, and the median of the ratios within a round.

    More is better of what is counted per second or in percent, less of everything else.
    """
    more_is_better = unit.endswith(("/s", "%"))
    pairs = list(zip(ours, theirs, strict=True))
    ratios = [own / other if more_is_better else other / own for own, other in pairs]
    return Figure(
        what,
        unit,
        statistics.median(ours),
        versus,
        statistics.median(theirs),
        statistics.median(ratios),
    )


def short(number: float) -> str:
    """Three digits that count, and all those before the point."""
    if number == 0 or abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.2f}" if abs(number) >= 0.1 else f"{number:.2g}"


def parser(description: str | None) -> argparse.ArgumentParser:
    """A parser that knows `--json`, with a module's docstring as its description."""
    made = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--json", type=Path, help="a file to write the figures to")
    return made


def report(figures: Iterable[Figure], file: Path | None) -> None:
    """Print the figures, and write them to the file if there is one."""
    figures = list(figures)
    print(as_text([HEADER, *(figure.cells() for figure in figures)]), flush=True)
    if file:
        file.write_text(json.dumps([asdict(figure) for figure in figures], indent=1) + "\n")


def read(file: Path) -> list[Figure]:
    """What `report` wrote."""
    return [Figure(**row) for row in json.loads(file.read_text())]


def as_text(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells in columns; the numbers, which are all but the names, end at the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in (0, 3) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
