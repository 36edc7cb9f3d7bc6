"""matplotlib, whatever backend the surroundings ask for."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

CODE = """
import os, ml.figures
ml.figures.Figure().savefig(os.devnull, format="png")
print(os.environ["MPLBACKEND"])
"""


@pytest.mark.parametrize(
    "backend", ["module://matplotlib_inline.backend_inline", "nonsense", "agg"]
)
def test_a_figure_is_drawn_and_the_environment_is_as_before(backend):
    outcome = subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=settings.BASE_DIR,
        env={**os.environ, "MPLBACKEND": backend},
        capture_output=True,
        text=True,
    )

    assert outcome.stdout.strip() == backend, outcome.stderr
