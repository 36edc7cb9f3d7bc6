"""Train the two networks that find faces: `manage.py train_detector`."""

import copy
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from tqdm import tqdm

from ml.faces.pyramid import normalize
from ml.faces.training.drawing import SceneDrawer
from ml.faces.training.networks import Proposer, Verifier
from ml.faces.training.windows import Windows
from ml.faces.verifier import AROUND

RATE, DECAY = 4e-3, 0.01  # of the proposer's optimizer
AVERAGED = 0.999  # of the running average of the proposer's weights, which is what is kept
LONGEST_STEP = 5.0  # norm of the gradient
FOCUS = 2  # of the focal loss (Lin et al. 2017): nearly all cells are easily seen to be empty

BATCH_SIZE, WINDOW_DECAY = 512, 0.02  # of the verifier's optimizer
MOVES_WEIGHT = 4.0  # of the loss for the position, relative to that for "is it a face"
BETA = 0.1  # the losses for the position are linear above this error ...
WINDOW_BETA = 0.05  # ... and this one


def train_proposer(drawer: SceneDrawer, steps: int) -> tuple[Proposer, float]:
    """A proposer that has learned from so many batches of scenes, and its mean loss at the end."""
    proposer = Proposer().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    averaged = copy.deepcopy(proposer)
    optimizer = torch.optim.AdamW(proposer.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, max(steps, 2), pct_start=0.05)
    losses: list[float] = []
    with ThreadPoolExecutor(1) as pool:  # it draws the next scenes while the network learns
        batch = pool.submit(drawer.batch)
        for step in tqdm(range(steps), "scenes"):
            pictures, targets = map(torch.from_numpy, batch.result())
            batch = pool.submit(drawer.batch)
            loss = proposer_loss(proposer(pictures), targets)
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(proposer.parameters(), LONGEST_STEP)
            optimizer.step()
            schedule.step()
            _follow(averaged, proposer, min(AVERAGED, (step + 1) / (step + 10)))
            losses.append(loss.item())
    return averaged, float(np.mean(losses[-100:]))


@torch.no_grad()
def _follow(averaged: nn.Module, network: nn.Module, share: float) -> None:
    """Move the running average of a network's weights and statistics towards the network."""
    pairs = zip(averaged.state_dict().values(), network.state_dict().values(), strict=True)
    for kept, newest in pairs:
        if kept.is_floating_point():
            kept.lerp_(newest, 1 - share)
        else:
            kept.copy_(newest)


def proposer_loss(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The loss of (N, 5, rows, columns) outputs; targets that are NaN are not asked for."""
    asked, near = ~targets[:, 0].isnan(), ~targets[:, 1].isnan()
    logits, is_face = outputs[:, 0][asked], targets[:, 0][asked]
    cost = functional.binary_cross_entropy_with_logits(logits, is_face, reduction="none")
    wrong = (torch.sigmoid(logits) - is_face).abs() ** FOCUS * cost
    moves, wanted = (values[:, 1:].permute(0, 2, 3, 1)[near] for values in (outputs, targets))
    beside = functional.smooth_l1_loss(moves, wanted, beta=BETA, reduction="sum")
    return (wrong.sum() / 2 + beside) / near.sum().clamp(min=1)


def train_verifier(verifier: Verifier, windows: Windows, epochs: int, rate: float) -> float:
    """Train, and return the mean loss of the last epoch."""
    pixels = torch.from_numpy(
        np.stack([normalize(window, AROUND).astype(np.float16) for window in windows.pixels])
    ).unsqueeze(1)
    is_face, moves = torch.tensor(windows.is_face), torch.tensor(windows.moves)
    optimizer = torch.optim.AdamW(verifier.parameters(), lr=rate, weight_decay=WINDOW_DECAY)
    steps = epochs * -(-len(pixels) // BATCH_SIZE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, max(steps, 2), pct_start=0.1)
    losses: list[float] = []
    for _ in tqdm(range(epochs), "epochs"):
        losses.clear()
        verifier.train()
        for rows in torch.split(torch.randperm(len(pixels)), BATCH_SIZE):
            loss = verifier_loss(verifier(pixels[rows].float()), is_face[rows], moves[rows])
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
    return float(np.mean(losses))


def verifier_loss(
    outputs: torch.Tensor, is_face: torch.Tensor, moves: torch.Tensor
) -> torch.Tensor:
    """The loss of (N, 5) outputs; targets that are NaN are unknown."""
    clear, near = ~is_face.isnan(), ~moves[:, 0].isnan()
    wrong = functional.binary_cross_entropy_with_logits(outputs[clear, 0], is_face[clear])
    beside = functional.smooth_l1_loss(outputs[near, 1:], moves[near], beta=WINDOW_BETA)
    return wrong + MOVES_WEIGHT * beside
