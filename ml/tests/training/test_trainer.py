from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from ml.attributes import NAMES
from ml.data.cache import open_cache
from ml.data.celeba import load_face, read_celeba
from ml.hardware.distributed import Group
from ml.hardware.interruption import Interruption
from ml.networks.architectures import build_network
from ml.tests.conftest import make_checkpoint
from ml.training.augment import to_augmented
from ml.training.batches import Faces
from ml.training.distillation import Teachers, Teaching
from ml.training.learner import is_compiled
from ml.training.settings import Settings
from ml.training.trainer import Trainer

ALONE = Group(0, 1, torch.device("cpu"))
TINY = Settings(size=32, width=1 / 16, head=(32,), epochs=2, batch_size=16, dropout=0, mixup=0.2)
QUICK = TINY.changed({"batch_size": 8, "ema_decay": 0.9, "label_smoothing": 0, "mixup": 0})


def bright_or_dark(count: int = 64, seed: int = 0) -> Faces:
    """Noise: the targets of a bright face are all 1, of a dark one all 0."""
    random = np.random.default_rng(seed)
    bright = random.integers(0, 2, count)
    noise = random.integers(0, 120, (count, 3, 32, 32)) + 130 * bright[:, None, None, None]
    targets = np.repeat(bright[:, None], len(NAMES), 1)
    return Faces(
        torch.from_numpy(noise.astype(np.uint8)), torch.from_numpy(targets.astype(np.float32))
    )


def make_trainer(folder, settings=TINY, faces=None, valid=None, **more) -> Trainer:
    torch.manual_seed(settings.seed)
    model = build_network(settings.architecture, **settings.network)
    faces = faces or bright_or_dark()
    about = {"group": ALONE, "folder": folder, "data": {}}
    return Trainer(model, settings, faces, valid or faces, **about, **more)


def run(trainer: Trainer):
    with Interruption() as interruption:
        return trainer.run(interruption, lambda history: None, quiet=True)


def same(left: torch.nn.Module, right: torch.nn.Module) -> bool:
    pairs = zip(left.state_dict().values(), right.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["muon", "adamw", "sgd"])
def test_a_plain_difference_is_learned(tmp_path, optimizer):
    rate, decay = {"muon": (3e-3, 0.3), "adamw": (3e-3, 0.3), "sgd": (0.02, 1e-4)}[optimizer]
    chosen = {"optimizer": optimizer, "learning_rate": rate, "weight_decay": decay}
    settings = QUICK.changed({"epochs": 12, **chosen})

    trainer = make_trainer(tmp_path, settings)
    run(trainer)

    assert trainer.history[-1]["valid_accuracy"] > 0.95


STILL = {"degrees": 0, "shear": 0, "zoom": 0, "shift": 0, "flip": 0}
BY_HEART = QUICK.changed(
    {"architecture": "PlainCNN", "width": 1 / 8, "head": [], "learning_rate": 0.01}
    | {"epochs": 30, "weight_decay": 0, **STILL}
)


@pytest.mark.slow
def test_thirty_two_faces_are_learned_by_heart(tmp_path):
    """Labels of one's own for each face can be learned only where they stay with their faces."""
    random = torch.Generator().manual_seed(0)
    faces = Faces(
        torch.randint(0, 256, (32, 3, 4, 4), dtype=torch.uint8, generator=random)
        .repeat_interleave(8, 2)
        .repeat_interleave(8, 3),
        torch.randint(0, 2, (32, 40), generator=random).float(),
    )

    trainer = make_trainer(tmp_path, BY_HEART, faces)
    run(trainer)

    assert trainer.history[-1]["valid_accuracy"] > 0.95  # a guess is right half the time


@pytest.mark.slow
def test_what_is_learned_by_heart_are_the_labels_that_the_files_have_by_name(celeba, tmp_path):
    labels = pd.read_csv(celeba / "list_attr_celeba.csv", index_col=0)
    random = np.random.default_rng(0)
    labels[:] = random.choice([-1, 1], labels.shape)
    labels.sample(frac=1, random_state=1).to_csv(celeba / "list_attr_celeba.csv")
    for name in labels.index:
        noise = random.integers(0, 256, (5, 4, 3), np.uint8)
        square = Image.fromarray(noise).resize((89, 109), Image.Resampling.NEAREST)
        square.save(celeba / "img_align_celeba" / name, quality=95)
    known = read_celeba(celeba).partition("train")
    pixels = open_cache(known, BY_HEART.size, 3, tmp_path / "cache", quiet=True)
    learned = Faces(pixels, torch.from_numpy(known.targets).float())
    files = sorted(known.files)  # from here on without what read them
    squares = [load_face(file, BY_HEART.size, 3) for file in files]
    told = [labels.loc[file.name].to_numpy() > 0 for file in files]
    asked = Faces(
        torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2),
        torch.from_numpy(np.stack(told)).float(),
    )

    trainer = make_trainer(tmp_path, BY_HEART, learned, asked)
    run(trainer)

    assert trainer.history[-1]["valid_accuracy"] > 0.95


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tmp_path):
    first, again = (run(make_trainer(tmp_path)) for _ in range(2))
    other = run(make_trainer(tmp_path, TINY.changed({"seed": 1})))

    assert same(first, again)
    assert not same(first, other)


def test_a_run_goes_on_from_the_middle_of_an_epoch_to_the_same_weights(tmp_path):
    whole = run(make_trainer(tmp_path))
    stopped = make_trainer(tmp_path)
    with pytest.raises(InterruptedError, match="epoch 1 after step 3"):
        stopped.run(StopsAfter(2), lambda history: None, quiet=True)

    resumed = make_trainer(tmp_path)
    resumed.load_state(stopped.state())

    assert same(run(resumed), whole)


class StopsAfter(Interruption):
    """A signal that comes after so many steps."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    @property
    def signal(self) -> int:  # type: ignore[override]
        self.steps -= 1
        return 15 * (self.steps < 0)


def test_training_stops_when_the_valid_loss_no_longer_falls(tmp_path):
    settings = TINY.changed({"epochs": 9, "patience": 2, "learning_rate": 0.0, "ema_decay": 0.0})

    trainer = make_trainer(tmp_path, settings)
    run(trainer)

    assert len(trainer.history) < 9


def test_a_frozen_trunk_does_not_change_and_the_head_does(tmp_path):
    trainer = make_trainer(tmp_path, TINY.changed({"freeze_epochs": 2}))
    before = {name: tensor.clone() for name, tensor in trainer.learner.model.state_dict().items()}

    run(trainer)

    after = trainer.learner.model.state_dict()
    changed = {name.split(".")[0] for name in after if not torch.equal(before[name], after[name])}
    assert changed == {"classifier"}


def test_frozen_layers_keep_their_weights_and_statistics_and_later_ones_do_not(tmp_path):
    trainer = make_trainer(tmp_path, QUICK.changed({"frozen_layers": 2, "weights": "a"}))
    before = {
        name: value.clone() for name, value in trainer.learner.model.features.state_dict().items()
    }

    run(trainer)

    after = trainer.learner.model.features.state_dict()
    changed = {int(name.split(".")[0]) for name in after if not after[name].equal(before[name])}
    second = 3  # place of the second convolution; its batch norm follows
    assert min(changed) > second + 1


def test_a_teacher_is_asked_about_what_the_student_sees(tmp_path):
    class Sure(torch.nn.Module):
        def forward(self, faces):
            return torch.full((len(faces), 40), 50.0)

    folder = str(make_checkpoint(tmp_path / "tiny"))
    teachers = Teachers([folder], channels=3)
    teachers.networks[0] = Sure()
    faces = bright_or_dark()
    dark = replace(faces, targets=torch.zeros_like(faces.targets))

    taught = make_trainer(
        tmp_path,
        QUICK.changed({"epochs": 6}),
        dark,
        teaching=Teaching(share=1.0, teachers=teachers),
    )
    run(taught)

    assert taught.history[-1]["loss"] < 0.5  # near the teacher's yes, far from the labels' no
    assert taught.history[-1]["valid_accuracy"] < 0.5


def test_small_faces_come_first(tmp_path):
    settings = TINY.changed({"size": 64, "small_size": 32, "small_epochs": 1})
    faces = bright_or_dark()
    faces = Faces(faces.pixels.repeat_interleave(2, 2).repeat_interleave(2, 3), faces.targets)

    trainer = make_trainer(tmp_path, settings, faces)
    run(trainer)

    assert [settings.size_in(epoch) for epoch in (1, 2)] == [32, 64]
    assert len(trainer.history) == 2


@pytest.mark.parametrize("loss", ["bce", "focal", "asymmetric"])
def test_every_loss_and_both_cures_for_rare_attributes_train(tmp_path, loss):
    settings = TINY.changed({"loss": loss, "loss_weighting": 0.5, "sampling": 0.5, "epochs": 1})

    trainer = make_trainer(tmp_path, settings)
    run(trainer)

    assert np.isfinite(trainer.history[-1]["loss"])


def test_a_forced_run_goes_on_by_its_own_settings(tmp_path):
    stopped = make_trainer(tmp_path)
    forced = make_trainer(tmp_path, TINY.changed({"weight_decay": 0.001, "trunk_rate": 0.5}))

    forced.load_state(stopped.state())

    groups = [group for each in forced.learner.optimizers for group in each.param_groups]
    assert {group["weight_decay"] for group in groups} == {0, 0.001}
    assert {group["factor"] for group in groups} == {0.5, 1}


def test_a_network_is_compiled_anew_only_when_its_trunk_thaws(tmp_path, monkeypatch):
    compiled = []
    monkeypatch.setattr(torch, "compile", lambda made, dynamic: compiled.append(made) or made)

    trainer = make_trainer(
        tmp_path, TINY.changed({"epochs": 5, "freeze_epochs": 2, "compile": "true"})
    )
    run(trainer)

    assert compiled == [to_augmented, trainer.learner.model, trainer.learner.model]


@pytest.mark.parametrize(
    ("setting", "device", "is_able", "expected"),
    [
        ("auto", "cuda", True, True),
        ("auto", "cuda", False, False),
        ("auto", "cpu", True, False),
        ("true", "cpu", False, True),
        ("false", "cuda", True, False),
    ],
)
def test_what_can_be_compiled_on_a_gpu_is(setting, device, is_able, expected, monkeypatch):
    monkeypatch.setattr("ml.hardware.devices.find_spec", lambda name: is_able or None)
    monkeypatch.setenv("CC", "cc")

    found = is_compiled(TINY.changed({"compile": setting}), torch.device(device))

    assert found == expected


def test_shared_batch_norm_is_refused_where_there_are_no_gpus(tmp_path):
    settings = TINY.changed({"sync_batch_norm": True})
    model = build_network(settings.architecture, **settings.network)
    faces, pair = bright_or_dark(), Group(0, 2, torch.device("cpu"))

    with pytest.raises(ValueError, match="needs GPUs"):
        Trainer(model, settings, faces, faces, group=pair, folder=tmp_path, data={})
