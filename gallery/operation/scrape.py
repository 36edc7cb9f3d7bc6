"""Figures that the database knows, as Prometheus asks for them."""

from collections.abc import Iterable, Iterator, Mapping

from django.db.models import Min
from django.utils import timezone
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from celebattr import __version__
from gallery.figures import FAILURES, PHOTOS, SECONDS, WEBHOOKS
from gallery.models import Photo, Sign, Total, WebhookDelivery
from gallery.models.sign import BACKUP, SWEEP
from gallery.operation.doctor import disks
from ml.models import ModelVersion

TOTALS = {  # by their names in the database: what they are called here, in words, and their label
    SECONDS: ("celebattr_analysis_seconds", "Seconds that analyses took", "stage"),
    PHOTOS: ("celebattr_analysed_photos", "Photos that were analyzed", "outcome"),
    FAILURES: ("celebattr_failures", "Photos whose analysis failed", "reason"),
    WEBHOOKS: ("celebattr_webhooks", "Messages to webhooks by what became of a try", "outcome"),
}


class Site(Collector):
    """The site's state at the moment of the scrape, and what its workers have done."""

    def collect(self) -> Iterable[Metric]:
        yield from _queue()
        yield _gauge("celebattr_webhooks_waiting", "Messages to webhooks that wait", _messages())
        yield from _totals()
        yield _gauge("celebattr_workers", "Workers that are alive", _alive())
        yield _gauge("celebattr_disk_free_bytes", "Free disk", disks(), "folder")
        yield from _versions()
        yield _gauge("celebattr_last_success_seconds", "When it was last done", _last(), "what")


def _queue() -> Iterator[Metric]:
    statuses = (Photo.Status.QUEUED, Photo.Status.ANALYSING, Photo.Status.FAILED)
    counts = {str(status): Photo.objects.with_status(status).count() for status in statuses}
    yield _gauge(
        "celebattr_photos", "Photos by status, without those that are ready", counts, "status"
    )
    yield _gauge(
        "celebattr_oldest_waiting_seconds",
        "Age of the oldest upload that waits",
        {"": oldest_waiting_seconds()},
    )


def oldest_waiting_seconds() -> float:
    """Seconds since the oldest upload that no worker has taken yet; 0 if none waits."""
    uploads = Photo.objects.queued().filter(priority=Photo.Priority.UPLOAD)
    oldest = uploads.aggregate(oldest=Min("created_at"))["oldest"]
    return (timezone.now() - oldest).total_seconds() if oldest else 0.0


def _messages() -> dict[str, float]:
    return {"": WebhookDelivery.objects.waiting().count()}


def _totals() -> Iterator[Metric]:
    totals = list(Total.objects.all())
    for key, (name, words, label) in TOTALS.items():
        family = CounterMetricFamily(name, words, labels=[label])
        for total in totals:
            if total.name == key:
                family.add_metric([total.label], total.value)
        yield family


def _versions() -> Iterator[Metric]:
    model = ModelVersion.objects.active()
    info = GaugeMetricFamily(
        "celebattr_info", "Versions in use", labels=["version", "model", "model_sha256"]
    )
    info.add_metric([__version__, model.name if model else "", model.sha256 if model else ""], 1)
    yield info


def _alive() -> dict[str, float]:
    return {"": sum(worker.is_alive for worker in Sign.objects.workers())}


def _last() -> dict[str, float]:
    signs = {kind: Sign.objects.last(kind) for kind in (BACKUP, SWEEP)}
    return {kind: sign.seen_at.timestamp() for kind, sign in signs.items() if sign}


def _gauge(name: str, words: str, values: Mapping[str, float], label: str = "") -> Metric:
    family = GaugeMetricFamily(name, words, labels=[label] if label else [])
    for key, value in values.items():
        family.add_metric([key] if label else [], value)
    return family
