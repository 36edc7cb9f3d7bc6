"""Finds the end of a re-run: many workers may analyze its photos, or they fail or are deleted."""

from django.db import transaction

from gallery.models import Rerun
from gallery.webhooks import events


def tell_of_ends() -> int:
    """Send an event for each gallery that has no waiting photos. Returns how many there were."""
    ended = list(Rerun.objects.ended().select_related("version"))
    return sum(map(_tell, ended))


@transaction.atomic
def _tell(rerun: Rerun) -> int:
    # Only whoever deletes the row sends the event; more photos may have been queued meanwhile.
    told, _ = Rerun.objects.filter(pk=rerun.pk, is_queued=True).delete()
    if told:
        events.rerun_done(rerun)
    return told
