"""Our trainer beside a plain recipe: the same faces, network, epochs and machine.

    python -m benchmarks.training --data-dir CELEBA [--epochs 3] [--rows N]

The plain recipe is what one writes after torchvision's reference for classification: a Dataset
that opens each picture with PIL and transforms it, a DataLoader with workers, float32, AdamW with
a cosine. Ours is the project's trainer with its defaults. Both are measured on the valid partition.
"""

import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from benchmarks.figures import compared, parser, report
from ml.data.cache import open_cache
from ml.data.celeba import FaceSet, read_celeba
from ml.evaluation.metrics import evaluate
from ml.hardware.distributed import Group, default_device
from ml.hardware.interruption import Interruption
from ml.networks.architectures import build_network
from ml.networks.inference import predict
from ml.preprocessing import MEAN, STD, celeba_square
from ml.training.batches import Faces
from ml.training.settings import Settings
from ml.training.trainer import Trainer

BATCH = 64
WORKERS = 2


class Pictures(Dataset):
    """Each face is opened, cut and transformed when it is asked for."""

    def __init__(self, faces: FaceSet, size: int, trains: bool) -> None:
        self.faces = faces
        moves = [transforms.RandomHorizontalFlip(), transforms.RandomAffine(10, (0.05, 0.05))]
        normalize = [transforms.ToTensor(), transforms.Normalize([MEAN] * 3, [STD] * 3)]
        self.transform = transforms.Compose(
            [transforms.Resize((size, size)), *(moves if trains else []), *normalize]
        )

    def __len__(self) -> int:
        return len(self.faces)

    def __getitem__(self, row: int) -> tuple[torch.Tensor, torch.Tensor]:
        with Image.open(self.faces.files[row]) as image:
            left, top, side = celeba_square(*image.size)
            face = image.convert("RGB").crop((left, top, left + side, top + side))
        return self.transform(face), torch.from_numpy(self.faces.targets[row]).float()


def plain(
    settings: Settings, train: FaceSet, valid: FaceSet, device: torch.device
) -> tuple[float, np.ndarray]:
    """Faces a second, and the probabilities of the valid faces."""
    model = build_network(settings.architecture, **settings.network).to(device)
    loader = DataLoader(
        Pictures(train, settings.size, True),
        batch_size=BATCH,
        shuffle=True,
        num_workers=WORKERS,
        pin_memory=device.type == "cuda",
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, settings.epochs * len(loader))
    loss = nn.BCEWithLogitsLoss()
    started = time.perf_counter()
    model.train()
    for _ in range(settings.epochs):
        for faces, targets in loader:
            optimizer.zero_grad()
            loss(model(faces.to(device)), targets.to(device)).backward()
            optimizer.step()
            schedule.step()
    speed = settings.epochs * len(train) / (time.perf_counter() - started)
    return speed, _plain_predict(model, valid, settings.size, device)


@torch.inference_mode()
def _plain_predict(model: nn.Module, valid: FaceSet, size: int, device: torch.device) -> np.ndarray:
    model.eval()
    loader = DataLoader(Pictures(valid, size, False), batch_size=BATCH, num_workers=WORKERS)
    return np.concatenate([model(f.to(device)).sigmoid().cpu().numpy() for f, _ in loader])


def ours(
    settings: Settings, train: FaceSet, valid: FaceSet, device: torch.device
) -> tuple[float, np.ndarray]:
    """Faces a second, decoding them once included, and the probabilities of the valid faces."""
    model = build_network(settings.architecture, **settings.network)
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        pixels = [
            open_cache(part, settings.size, settings.channels, Path(folder), quiet=True)
            for part in (train, valid)
        ]
        decoding = time.perf_counter() - started
        train_faces, valid_faces = (
            Faces(decoded, torch.from_numpy(part.targets).float())
            for decoded, part in zip(pixels, (train, valid), strict=True)
        )
        trainer = Trainer(
            model,
            settings,
            train_faces,
            valid_faces,
            group=Group(0, 1, device),
            folder=Path(folder) / "run",
            data={},
        )
        with Interruption() as interruption:
            trained = trainer.run(interruption, lambda history: None, quiet=True)
        seconds = decoding + sum(row["seconds"] for row in trainer.history)
        speed = settings.epochs * len(train) / seconds
        return speed, predict(
            trained,
            valid_faces.pixels,
            device,
            flip=settings.flip_average,
            soften=settings.augmentation.softens,
        )


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--data-dir", type=Path, required=True)
    arguments.add_argument("--epochs", type=int, default=3)
    arguments.add_argument("--rows", type=int, help="use only so many training faces")
    options = arguments.parse_args()
    settings = Settings(epochs=options.epochs)
    faces, device = read_celeba(options.data_dir), default_device()
    train, valid = faces.partition("train"), faces.partition("valid")
    if options.rows:  # and a quarter as many to judge by: ours decodes and watches these too
        train, valid = (
            part.take(np.arange(min(rows, len(part))))
            for part, rows in ((train, options.rows), (valid, options.rows // 4))
        )
    print(f"{len(train)} faces, {settings.epochs} epochs, {settings.network}, on {device}")
    speeds, metrics = [], []
    for recipe in (ours, plain):
        torch.manual_seed(0)
        speed, probabilities = recipe(settings, train, valid, device)
        speeds.append([speed])
        metrics.append(evaluate(probabilities, valid.targets))
    own, other = speeds
    figures = [compared("training", "faces/s", own, "plain recipe", other)]
    for name in ("accuracy", "balanced_accuracy", "mean_average_precision"):
        own, other = ([100 * found[name]] for found in metrics)
        what = f"{name.replace('_', ' ')} after {settings.epochs} epochs"
        figures.append(compared(what, "%", own, "plain recipe", other))
    report(figures, options.json)


if __name__ == "__main__":
    main()
