"""The faces that match a filter, as rows or as a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from celebattr_client.errors import CelebAttrError
from celebattr_client.types import Face

if TYPE_CHECKING:
    import pandas

    from celebattr_client.client import Client


@dataclass(frozen=True)
class Faces:
    """Faces that are asked for anew each time one goes through them."""

    client: Client
    query: dict[str, str]

    def __iter__(self) -> Iterator[Face]:
        return cast(Iterator[Face], self.client.pages("faces/", **self.query))

    def to_pandas(self) -> pandas.DataFrame:
        """A row for each face, with its id as index.

        Columns: `photo`; `x`, `y`, `w`, `h` of its box, in fractions of the picture; `found`; and
        for each attribute its probability, such as `Smiling`, and its decision, such as
        `Smiling_is`: yes, no or unsure.
        """
        try:
            import pandas
        except ModuleNotFoundError:
            raise CelebAttrError(
                "Tables need pandas: pip install 'celebattr-client[pandas]'"
            ) from None
        rows = {face["id"]: _row(face) for face in self}
        return pandas.DataFrame.from_dict(rows, orient="index").rename_axis("face")


def _row(face: Face) -> dict[str, Any]:
    decisions = face["decisions"] or {}
    return {
        "photo": face["photo"],
        **face["box"],
        "found": face["found"],
        **face["probabilities"],
        **{f"{name}_is": decision for name, decision in decisions.items()},
    }
