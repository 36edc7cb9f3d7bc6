import io

import numpy as np
from django.core.management import call_command


def test_a_verifier_is_trained_on_a_folder_in_celebas_layout(celeba, tmp_path):
    output, file = io.StringIO(), tmp_path / "verifier.npz"

    call_command(
        *("train_verifier", "--data-dir", str(celeba), "--output", str(file)), stdout=output
    )

    with np.load(file) as stored:
        assert stored["weights"].shape == (1764,)
        assert np.isfinite(stored["weights"]).all()
    assert "are told right" in output.getvalue()
