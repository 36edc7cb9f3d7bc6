"""The registry of model versions: which checkpoint answers, and where its yes and no begin."""

import json
from pathlib import Path
from typing import Any

from django.db import models, transaction
from django.db.models import Q, UniqueConstraint

from ml.calibration import Thresholds


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def active(self) -> "ModelVersion | None":
        """The version that answers now; None before one was activated."""
        return self.filter(is_active=True).first()

    def is_needed(self, folder: Path) -> bool:
        """Whether no version is active, or one whose weights `folder` held but holds no more."""
        active = self.active()
        if active is None:
            return True
        return active.folder == str(folder.resolve()) and not active.is_intact()

    @transaction.atomic
    def activate(self, folder: Path, config: dict[str, Any]) -> "ModelVersion":
        """Register the checkpoint in `folder`, with its config.json, as the one that answers."""
        self.filter(is_active=True).update(is_active=False)
        version, _ = self.update_or_create(
            sha256=config["sha256"],
            defaults={
                "name": folder.resolve().name,
                "folder": str(folder.resolve()),
                "architecture": config["architecture"],
                "metrics": config["metrics"],
                "thresholds": config["thresholds"],
                "is_active": True,
            },
        )
        return version


class ModelVersion(models.Model):
    """One checkpoint that was activated at some time."""

    name = models.CharField(max_length=200)
    folder = models.CharField(max_length=1000)
    sha256 = models.CharField(max_length=64, unique=True)
    architecture = models.CharField(max_length=50)
    metrics = models.JSONField(default=dict)
    thresholds = models.JSONField()
    is_active = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            UniqueConstraint("is_active", condition=Q(is_active=True), name="one_active_version"),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.sha256[:8]})"

    def is_intact(self) -> bool:
        """Whether the folder still says that it holds these weights."""
        try:
            config = json.loads((Path(self.folder) / "config.json").read_text())
        except (OSError, ValueError):
            return False
        return isinstance(config, dict) and config.get("sha256") == self.sha256

    def thresholds_of(self, name: str) -> Thresholds:
        """Where the attribute of that CelebA name becomes yes and no."""
        return Thresholds(**self.thresholds[name])
