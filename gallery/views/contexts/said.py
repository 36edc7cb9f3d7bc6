"""A filter that was said in a sentence, within the look of the page that it was said on."""

from dataclasses import replace

from django.http import QueryDict

from gallery.filters.choices import and_also
from gallery.filters.look import Look
from gallery.filters.sentence import read_sentence
from gallery.filters.terms import FilterError


def look_of(query: QueryDict) -> tuple[Look, str]:
    """What an address asks for, with a sentence in it or not, and what was not understood.

    Raises:
        FilterError: the look cannot be read.
    """
    if "say" not in query:
        return Look.read(query), ""
    look = Look.read(QueryDict(query.get("look", "").removeprefix("?")))
    try:
        reading = read_sentence(query.get("say", ""))
    except FilterError as error:
        return look, str(error)
    expression = and_also(look.expression, reading.expression)
    return replace(look, expression=expression, match=reading.match or look.match), reading.message
