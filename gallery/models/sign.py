"""Signs of life, and totals: what workers and commands leave for people who run the site."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q, UniqueConstraint
from django.db.models.functions import Now

BACKUP, SWEEP, WORKER = "backup", "sweep", "worker"
FORGOTTEN_AFTER = timedelta(days=7)  # a worker that is no longer seen


def _seen_lately() -> Q:
    """A worker is alive if it was seen lately: it leaves a sign with each sweep."""
    patience = max(6 * settings.SWEEP_SECONDS, settings.LEASE_SECONDS)
    return Q(seen_at__gt=Now() - timedelta(seconds=patience))


class SignQuerySet(models.QuerySet["Sign"]):
    def leave(self, kind: str, name: str = "", **said: Any) -> None:
        """Note that this was done, or is alive, now: by the database's clock, as there is one."""
        now = Now()
        self.update_or_create(
            kind=kind,
            name=name,
            defaults={"seen_at": now, "said": said},
            create_defaults={"since": now, "seen_at": now, "said": said},
        )

    def last(self, kind: str) -> "Sign | None":  # type: ignore[override]
        """The newest of this kind; None if there is none."""
        return self.filter(kind=kind).order_by("-seen_at").first()

    def workers(self) -> list["Sign"]:
        """Every worker seen within some days, the newest first."""
        workers = self.filter(kind=WORKER).order_by("-since")
        return list(workers.annotate(is_alive=_seen_lately()))  # type: ignore[no-redef]

    def has_worker(self) -> bool:
        """Whether any worker is alive."""
        return self.filter(_seen_lately(), kind=WORKER).exists()

    def forget_old_workers(self) -> None:
        self.filter(kind=WORKER, seen_at__lt=Now() - FORGOTTEN_AFTER).delete()


class Sign(models.Model):
    """When something was last seen or done, and what it said."""

    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=200, blank=True)
    since = models.DateTimeField()
    seen_at = models.DateTimeField()
    said = models.JSONField(default=dict)
    is_alive: bool  # of those that `workers` returns

    objects = SignQuerySet.as_manager()

    class Meta:
        permissions = (("operate", "Can see the state of the site, and retry failures"),)
        constraints = (UniqueConstraint("kind", "name", name="one_sign_of_a_name"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".strip()


class TotalQuerySet(models.QuerySet["Total"]):
    def add(self, amounts: Mapping[tuple[str, str], float]) -> None:
        """Add to totals, given by name and label; those that are missing begin at zero."""
        self.bulk_create(
            [Total(name=name, label=label, value=0) for name, label in amounts],
            ignore_conflicts=True,
        )
        # In one order for all, so that two workers who add wait for each other.
        for (name, label), amount in sorted(amounts.items()):
            self.filter(name=name, label=label).update(value=F("value") + amount)


class Total(models.Model):
    """A number that only grows, summed over all workers that there ever were."""

    name = models.CharField(max_length=50)
    label = models.CharField(max_length=100, blank=True)
    value = models.FloatField()

    objects = TotalQuerySet.as_manager()

    class Meta:
        constraints = (UniqueConstraint("name", "label", name="one_total_of_a_name"),)

    def __str__(self) -> str:
        return f"{self.name} {self.label}".strip()
