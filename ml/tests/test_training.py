from dataclasses import replace

import pytest
import torch

from ml.augment import Augmentation
from ml.dataset import load_faces, read_celeba
from ml.training import Faces, Settings, predict, train

TINY = Settings(
    size=32,
    width=1 / 16,
    head=(32,),
    dropout=0.0,
    epochs=2,
    batch_size=16,
    augmentation=Augmentation(degrees=5, scale=0.05, shift=0.02),
)
CPU = torch.device("cpu")


def load(celeba, partition: str) -> Faces:
    faces = read_celeba(celeba).partition(partition)
    return Faces(load_faces(faces, 32, quiet=True), torch.from_numpy(faces.targets))


def run(celeba, tmp_path, settings: Settings):
    faces = load(celeba, "train"), load(celeba, "valid")
    return train(settings, *faces, device=CPU, log_file=tmp_path / "log.csv", quiet=True)


@pytest.mark.slow
def test_a_small_network_learns_what_is_drawn(celeba, tmp_path):
    faces = load(celeba, "train")

    model, history = run(celeba, tmp_path, replace(TINY, epochs=60, learning_rate=5e-3))
    right = (predict(model, faces.pixels, CPU) >= 0.5) == faces.targets.numpy()

    assert right.mean() > 0.97
    assert history[-1]["loss"] < history[0]["loss"]


def test_every_epoch_leaves_a_row_in_the_log(celeba, tmp_path):
    _, history = run(celeba, tmp_path, TINY)

    lines = (tmp_path / "log.csv").read_text().splitlines()
    assert len(history) == 2
    assert len(lines) == 3
    assert lines[0].startswith("epoch,loss,accuracy,valid_loss")


def test_the_same_seed_gives_the_same_run(celeba, tmp_path):
    first, second = (run(celeba, tmp_path, TINY)[1] for _ in range(2))

    assert [row["loss"] for row in first] == pytest.approx([row["loss"] for row in second])


def test_a_loss_that_is_not_finite_stops_the_run(celeba, tmp_path):
    with pytest.raises(FloatingPointError, match="the loss of epoch"):
        run(celeba, tmp_path, replace(TINY, learning_rate=1e30, epochs=3, batch_norm=False))
