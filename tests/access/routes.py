"""Every address of the URL configuration."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLResolver, get_resolver, reverse

# What others made, and the table has one row for.
WHOLE = {"/admin/": "admin:*", "/django-rq/": "django_rq:*"}


@dataclass(frozen=True)
class Route:
    """One address. Its name is the one that `reverse` takes, or the address where it has none."""

    name: str
    address: str = ""
    parameters: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """The row of what it is a part of, such as `admin:*`; empty for a page of our own."""
        return next((row for start, row in WHOLE.items() if self.address.startswith(start)), "")

    @property
    def kind(self) -> str:
        """What its id is of, such as `photos` or `trash_galleries`; empty without an id."""
        found = re.search(r"((?:trash/)?\w+)/<uuid:", self.address)
        return found[1].replace("/", "_") if found else ""

    def path(self, values: dict[str, object]) -> str:
        """The address with these values in it."""
        if "/" in self.name:
            return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), self.name)
        return reverse(self.name, kwargs={name: values[name] for name in self.parameters})


def routes() -> list[Route]:
    """All of them; one for each name."""
    return list({route.name: route for route in _walk(get_resolver())}.values())


def _walk(
    resolver: URLResolver, start: str = "/", space: str = "", given: tuple[str, ...] = ()
) -> Iterator[Route]:
    for pattern in resolver.url_patterns:
        address = start + str(pattern.pattern)
        parameters = given + tuple(pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from _walk(pattern, address, space + inner, parameters)
        else:
            name = space + pattern.name if pattern.name else address
            yield Route(name, address, parameters)
