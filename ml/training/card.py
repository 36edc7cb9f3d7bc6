"""The model card: what a checkpoint is, how it was trained and how good it is, in words."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch

from ml.attributes import NAMES
from ml.evaluation.decisions import LARGEST_FALL, Promise
from ml.evaluation.metrics import METRICS
from ml.facts import UNSET, flatten, in_words, with_current_names
from ml.networks.architectures import build_network
from ml.networks.checkpoint import ENGINE, WEIGHTS, attributes_of
from ml.networks.export import Export
from ml.networks.exported import ExportedEngine

CARD = "card.md"

CAUTION = """\
Use it to find photos in your own collection. Do not use it for decisions about people. The
attributes are opinions of CelebA's annotators about pictures of celebrities (*Attractive*, *Young*,
*Male*, *Big_Nose*), and the model makes more mistakes on other people's faces.

**CelebA is for non-commercial research only, and so is every model trained on it.** For anything
else, train your own model on data that allows it."""

OWN_CAUTION = """\
Do not use it for decisions about people. It repeats the opinions of those who labeled its data, and
makes more mistakes on faces of other people. What the data's license allows holds for the model."""

Section = tuple[str, list[str]]  # a heading, and paragraphs or tables


def write_card(folder: Path, config: dict[str, Any]) -> None:
    """Write `card.md` into a checkpoint's folder, from the content of its config.json.

    Sections that an older config has no facts for are left out.
    """
    sections = (
        ("What it is", _identity(folder, config)),
        ("Intended use", [CAUTION if attributes_of(config) == NAMES else OWN_CAUTION]),
        ("Training", _training(folder, config)),
        ("Metrics", _figures(config.get("metrics", {}))),
        ("Thresholds", _decisions(config)),
        ("Weaknesses", _weaknesses(config)),
    )
    blocks = [f"# Model card: {folder.name}"]
    for heading, paragraphs in sections:
        if paragraphs:
            blocks += [f"## {heading}", *paragraphs]
    (folder / CARD).write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def _identity(folder: Path, config: dict[str, Any]) -> list[str]:
    network = config.get("network", {})
    facts = {"architecture": config.get("architecture"), **network}
    if parameters := _parameters(config):
        facts["parameters"] = f"{parameters:,}"
    if (weights := folder / WEIGHTS).is_file():
        facts["file"] = f"{weights.stat().st_size / 1e6:.1f} MB"
    facts["sha256"] = config.get("sha256")
    names = attributes_of(config)
    words = "For each face it predicts 40 probabilities, one for each CelebA attribute."
    if names != NAMES:
        words = f"For each face it predicts {len(names)} probabilities: {', '.join(names)}."
    return [words, _facts(facts), *_engine(folder)]


def _engine(folder: Path) -> list[str]:
    if not (file := folder / ENGINE).is_file():
        return []
    export = Export(**ExportedEngine(file).facts)
    size = f"{file.stat().st_size / 1e6:.1f} MB"
    return [f"Without a GPU, `{ENGINE}` answers ({size}, {export})."]


def _parameters(config: dict[str, Any]) -> int:
    """The number of parameters; 0 if the network is not one of ours."""
    try:
        with torch.device("meta"):
            model = build_network(config["architecture"], **config["network"])
    except (KeyError, TypeError, ValueError):
        return 0
    return sum(parameter.numel() for parameter in model.parameters())


def _training(folder: Path, config: dict[str, Any]) -> list[str]:
    training = with_current_names(config.get("training", {}))
    data = config.get("data", {})
    blocks = []
    if "initialised" in config:
        blocks.append(f"Initial weights: {config['initialised']}.")
    if data:
        blocks += ["Data:", _facts(data)]
    settings = {name: v for name, v in training.items() if name not in config.get("network", {})}
    if settings:
        again = "--output NEW --config THIS_FOLDER/config.json"
        blocks += [
            "To train it again:",
            f"    python manage.py train_model --data-dir CELEBA {again}",
            "The averaged weights of the best epoch on valid are kept. Settings:",
            _facts(settings),
        ]
    if made_with := config.get("made_with"):
        blocks.append("Made with " + ", ".join(f"{k} {v}" for k, v in made_with.items()) + ".")
    return blocks


def _figures(metrics: dict[str, Any]) -> list[str]:
    if "per_attribute" not in metrics:
        return []
    images, partition = metrics.get("images", "?"), metrics.get("partition", "?")
    at_half = metrics.get("at_half", metrics)  # old ones were measured at 0.5
    overall = [
        (
            metric.label,
            metric.explanation,
            _number(metrics[metric.overall]),
            _number(at_half.get(metric.overall, metrics[metric.overall])),
        )
        for metric in METRICS
        if metric.overall in metrics
    ]
    columns = metrics["per_attribute"]
    known = [m for m in METRICS if any(m.key in values for values in columns.values())]
    rows = [
        (name, *(_number(values.get(key)) for key in ("prevalence", *(m.key for m in known))))
        for name, values in columns.items()
    ]
    return [
        f"Means over the {len(columns)} attributes, on the {images} faces of the {partition} "
        "partition, with decisions at the decision points, and at 0.5:",
        _table(("metric", "meaning", partition, f"{partition}, at 0.5"), overall),
        "By attribute, at its decision point, beside always saying the majority:",
        _table(("attribute", "share of yes", *(metric.short for metric in known)), rows),
    ]


def _decisions(config: dict[str, Any]) -> list[str]:
    thresholds, grades = config.get("thresholds", {}), config.get("reliability", {})
    if not thresholds:
        return []
    temperatures, points = config.get("temperatures", {}), config.get("decision_points", {})
    blocks = [
        "Thresholds are fitted on the valid partition. From the first one up the answer is yes, "
        "below the second it is no, and in between it is unsure. Grades are for the rarer answer.",
        *_promise(config),
    ]
    if points:
        blocks.append(
            "The decision point is for those who want one bit: from it up, yes. It is where F1 is "
            f"highest on valid and accuracy at most {100 * LARGEST_FALL:g} points below that at "
            "0.5. The metrics above are about it."
        )
    if temperatures:
        blocks.append("Each attribute's logits are first divided by its temperature.")
    if config.get("softened", True):
        blocks.append("Faces are softened first, as augmentation softened those of the training.")
    if config.get("flip_average"):
        blocks.append("Logits are averaged over each face and its mirror image.")
    rows = [
        tuple(map(_number, (cuts["yes"], cuts["no"], points.get(name), temperatures.get(name))))
        + tuple(grades.get(name, {}).get(key, "-") for key in ("grade", "reason"))
        for name, cuts in thresholds.items()
    ]
    heads = ("attribute", "yes from", "no below", "point", "temperature", "grade", "reason")
    return [*blocks, _table(heads, rows)]


def _promise(config: dict[str, Any]) -> list[str]:
    """How far yes and no can be relied on, and on which faces that was measured."""
    metrics = config.get("metrics", {})
    if "promise" not in metrics:
        return []
    facts = dict(metrics["promise"])
    confidence, folder = facts.pop("confidence"), config.get("data", {}).get("folder", "the data")
    return [
        f"On the {metrics.get('images', '?')} valid faces of {folder}, {Promise(**facts)}. The "
        f"thresholds are those that promise as much with {100 * confidence:.0f} % confidence on "
        "such faces, where there are any. On other pictures, yes and no can be right less often."
    ]


def _weaknesses(config: dict[str, Any]) -> list[str]:
    """The attributes not to rely on, as far as the config has grades and metrics."""
    grades = config.get("reliability", {})
    poor = [(name, grade["reason"]) for name, grade in grades.items() if grade["grade"] == "poor"]
    columns = config.get("metrics", {}).get("per_attribute", {})
    no_better = [name for name, values in columns.items() if _is_no_better(values)]
    blocks = []
    if poor:
        blocks += [
            "These are graded poor. Most of them are rare, or people disagree about them:",
            "\n".join(f"- {name}: {reason}" for name, reason in poor),
        ]
    if no_better:
        blocks.append(
            "At their decision points these are not more accurate than always saying the majority: "
            + ", ".join(no_better)
            + "."
        )
    return blocks


def _is_no_better(values: dict[str, float]) -> bool:
    return values.get("accuracy", math.inf) <= values.get("majority", -math.inf)


def _facts(facts: dict[str, Any]) -> str:
    return _table(
        ("", ""),
        [(": ".join(path), in_words(v)) for path, v in flatten(facts) if v not in UNSET],
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table. A bar within a cell would end the cell, so it becomes a slash."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "/") for cell in line) + " |" for line in lines
    )
