"""When a re-run has ended: its photos may be of many workers, fail, or be deleted meanwhile."""

from django.db import transaction

from gallery.models import Rerun
from gallery.webhooks import events


def tell_of_ends() -> int:
    """Tell of each gallery none of whose photos waits any more. Returns how many there were."""
    ended = list(Rerun.objects.ended().select_related("version"))
    return sum(map(_tell, ended))


@transaction.atomic
def _tell(rerun: Rerun) -> int:
    # Whoever deletes the row tells; more photos may have been queued meanwhile.
    told, _ = Rerun.objects.filter(pk=rerun.pk, is_queued=True).delete()
    if told:
        events.rerun_done(rerun)
    return told
