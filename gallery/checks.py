"""System checks: wrong settings are reported before they do harm, with a hint."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.management import get_commands
from django.db import DatabaseError

from ml.models import ModelVersion
from ml.networks.checkpoint import CONFIG, WEIGHTS

SITE = "site"  # tag of the checks that need no database


@register(SITE)
def check_media_root(**kwargs: Any) -> list[CheckMessage]:
    """Photos can be written to MEDIA_ROOT, unless they are kept in a bucket."""
    if settings.STORAGES["default"] != settings.FOLDER:
        return []
    folder = Path(settings.MEDIA_ROOT)
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return []
    hint = f"Make {folder} a folder that this user may write to, or set MEDIA_ROOT."
    return [Error("Photos cannot be stored.", hint=hint, id="celebattr.E002")]


@register(SITE)
def check_checkpoint(**kwargs: Any) -> list[CheckMessage]:
    """The default checkpoint exists."""
    if all((settings.CHECKPOINT / name).is_file() for name in (CONFIG, WEIGHTS)):
        return []
    return [
        Warning(
            f"There is no checkpoint in {settings.CHECKPOINT}.",
            hint="Train one with `manage.py train_model`, or set CHECKPOINT.",
            id="celebattr.W001",
        )
    ]


@register(SITE)
def check_yunet(**kwargs: Any) -> list[CheckMessage]:
    """The face detector's file, if one is configured, exists."""
    if settings.YUNET_MODEL is None or settings.YUNET_MODEL.is_file():
        return []
    hint = "Put the file there, or unset YUNET_MODEL to find faces with the built-in networks."
    return [Error(f"There is no file {settings.YUNET_MODEL}.", hint=hint, id="celebattr.E003")]


@register(Tags.database)
def check_active_model(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """A model is active, and its checkpoint is still in its folder."""
    try:
        version = ModelVersion.objects.active() if databases else None
    except DatabaseError:
        return []  # not migrated yet, which Django reports itself
    if not databases or (version and version.is_intact()):
        return []
    wrong = f"{version} is no longer in its folder." if version else "No model is active."
    hint = "Run `manage.py activate_model FOLDER`; until then photos are accepted and wait."
    return [Warning(wrong, hint=hint, id="celebattr.W002")]


@register(SITE)
def check_train_model(**kwargs: Any) -> list[CheckMessage]:
    """`train_model` is this app's, which extends ml's: of two apps Django takes the first one's."""
    if get_commands()["train_model"] == "gallery":
        return []
    hint = "List gallery before ml in INSTALLED_APPS."
    return [Error("train_model would not know --with-corrections.", hint=hint, id="celebattr.E004")]
