"""The model that the worker asks: always the version that is active now."""

import logging
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from ml.engine import Engine, forget_engine, get_engine
from ml.models import ModelVersion
from ml.networks.checkpoint import CheckpointError, read_config

logger = logging.getLogger(__name__)


class Loaded(NamedTuple):
    """A model version and the engine that answers for it."""

    version: ModelVersion
    engine: Engine


class ActiveModel:
    """The active version with its engine, which is loaded anew when another version is activated.

    The engine itself is the process's one, which `ml.engine.get_engine` keeps.
    """

    def __init__(self) -> None:
        self._activation: tuple[int, datetime | None] | None = None  # that the engine is of
        self._problem = ""  # why no model can be used, as it was last logged

    def load(self) -> Loaded | None:
        """The active version and its engine; None, with the reason in the log, if it has none.

        Photos wait meanwhile. The reason is logged when it changes, not each time.
        """
        try:
            version = ModelVersion.objects.active()
            if version is None:
                raise CheckpointError("no model is active; run `manage.py activate_model FOLDER`")
            loaded = Loaded(version, self._engine_of(version))
        except (CheckpointError, OSError) as error:
            if self._problem != str(error):
                logger.error("photos wait, because the model cannot be used: %s", error)
            self._problem = str(error)
            return None
        self._problem = ""
        return loaded

    def _engine_of(self, version: ModelVersion) -> Engine:
        folder = Path(version.folder)
        activation = (version.pk, version.activated_at)
        if self._activation != activation:
            # The same weights may have been activated again with another calibration.
            forget_engine()
        engine = get_engine(folder)
        self._activation = activation
        if engine.sha256 != version.sha256 == read_config(folder)["sha256"]:
            # New weights were written to the folder, and activated, after the engine was loaded.
            forget_engine()
            engine = get_engine(folder)
        if engine.sha256 != version.sha256:
            raise CheckpointError(f"{folder} no longer holds {version}; activate a model again")
        return engine
