"""The registry of model versions: which checkpoint the site uses, with its thresholds."""

import json
from pathlib import Path
from typing import Any, Self

from django.db import OperationalError, ProgrammingError, models, transaction
from django.db.models import F, Q, UniqueConstraint
from django.utils import timezone

from ml.evaluation.decisions import Thresholds
from ml.evaluation.history import read_history
from ml.facts import flatten, in_words, with_current_names

FACTS = (
    "network",
    "training",
    "initialised",
    "data",
)  # parts of config.json that say how it was trained
DETAILS = ("reliability", "facts", "history")  # columns that only a comparison needs
LAST_ACTIVATED = (F("activated_at").desc(nulls_last=True), "-created_at", "-pk")


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def active(self) -> "ModelVersion | None":
        """The version in use; None before one was activated."""
        # Every page asks for it, so columns that only staff see are left out.
        return self.defer("metrics", "facts", "history").filter(is_active=True).first()

    def active_if_any(self) -> "ModelVersion | None":
        """The version in use; None if there is none, or no database with its tables."""
        try:
            return self.active()
        except (OperationalError, ProgrammingError):
            return None

    def previous(self) -> "ModelVersion | None":
        """The version that was active before the one that is; None if there was none."""
        return self.filter(is_active=False).order_by(*LAST_ACTIVATED).first()

    def listed(self) -> Self:
        """All versions, newest first, without columns that a list does not show."""
        return self.defer("thresholds", *DETAILS).order_by("-created_at", "-pk")

    def is_needed(self, folder: Path) -> bool:
        """Whether no version is active, or the active one has lost its weights in `folder`."""
        active = self.active()
        if active is None:
            return True
        return active.folder == str(folder.resolve()) and not active.is_intact()

    @transaction.atomic
    def activate(self, folder: Path, config: dict[str, Any]) -> "ModelVersion":
        """Register the checkpoint in `folder`, with its config.json, as the one in use."""
        # The lock lets the second of two concurrent activations see what the first did.
        list(self.order_by("pk").select_for_update().values_list("pk"))
        self.filter(is_active=True).update(is_active=False)
        version, _ = self.update_or_create(
            sha256=config["sha256"],
            defaults={
                "name": folder.resolve().name,
                "folder": str(folder.resolve()),
                "architecture": config["architecture"],
                "metrics": config["metrics"],
                "thresholds": config["thresholds"],
                "reliability": config.get("reliability", {}),
                "facts": {name: config[name] for name in FACTS if name in config},
                "history": read_history(folder),
                "is_active": True,
                "activated_at": timezone.now(),
            },
        )
        return version


class ModelVersion(models.Model):
    """A checkpoint that is or was in use."""

    name = models.CharField(max_length=200)
    folder = models.CharField(max_length=1000)
    sha256 = models.CharField(max_length=64, unique=True)
    architecture = models.CharField(max_length=50)
    metrics = models.JSONField(default=dict)
    thresholds = models.JSONField()
    reliability = models.JSONField(default=dict)  # by attribute: grade and reason
    facts = models.JSONField(default=dict)  # see FACTS
    history = models.JSONField(default=list)  # one row per epoch: see history.EPOCH
    is_active = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    activated_at = models.DateTimeField(null=True)  # last; null: before this was recorded

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            UniqueConstraint("is_active", condition=Q(is_active=True), name="one_active_version"),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.short})"

    @property
    def short(self) -> str:
        """The first characters of the weights' hash, to tell versions with the same name apart."""
        return self.sha256[:8]

    def is_intact(self) -> bool:
        """Whether the folder still holds these weights, by its config.json."""
        try:
            config = json.loads((Path(self.folder) / "config.json").read_text())
        except (OSError, ValueError):
            return False
        return isinstance(config, dict) and config.get("sha256") == self.sha256

    def facts_in_words(self) -> dict[str, str]:
        """How it was trained, fact by fact, for people to read."""
        facts: dict[str, Any] = {"architecture": self.architecture}
        if "initialised" in self.facts:
            facts["weights began"] = self.facts["initialised"]
        facts |= self.facts.get("network", {})
        facts |= with_current_names(self.facts.get("training", {}))
        if data := self.facts.get("data"):
            facts["data"] = data
        return {" ".join(path): in_words(value) for path, value in flatten(facts)}

    def thresholds_of(self, name: str) -> Thresholds:
        """The thresholds of the attribute with that CelebA name."""
        return Thresholds(**self.thresholds[name])
