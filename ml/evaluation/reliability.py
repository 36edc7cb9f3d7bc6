"""How far each attribute's answers can be relied on: a grade, with its reason in words."""

from typing import Any

# A grade is as good as the weaker of two figures. Balanced accuracy judges the decisions: 0.5 is a
# coin, so 0.8 is right six tenths of the way from there, and at 0.65 seven of ten are still lost.
GOOD_BALANCED_ACCURACY = 0.80
FAIR_BALANCED_ACCURACY = 0.65
GUESS = 0.55  # below this balanced accuracy a coin does about as well
# Skill judges the order of the probabilities, which sorting and thresholds rest on: the share of
# the way that average precision has gone from a guess (the share of yes) to 1.
GOOD_SKILL = 0.60
FAIR_SKILL = 0.35
FEWEST_EXAMPLES = 25  # of the rarer answer; with fewer, the share found is known to 0.1 at best

Metrics = dict[str, float | None]


def grade_attributes(metrics: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The grade (good, fair or poor) of each attribute, and the reason for it in words.

    `metrics` are what `ml.evaluation.metrics.evaluate` gives, of the valid partition.
    """
    return {
        name: dict(zip(("grade", "reason"), _judge(values, metrics["images"]), strict=True))
        for name, values in metrics["per_attribute"].items()
    }


def _judge(values: Metrics, images: int) -> tuple[str, str]:
    prevalence = values["prevalence"] or 0.0
    balanced, precision = values["balanced_accuracy"], values["average_precision"]
    examples = round(min(prevalence, 1 - prevalence) * images)
    if balanced is None or precision is None or examples == 0:
        return "poor", "no examples to measure on"
    if examples < FEWEST_EXAMPLES:
        return "poor", f"only {examples} example{'s' * (examples > 1)} to measure on"
    finds, is_right = _describe(values, prevalence)
    if balanced < GUESS:
        return "poor", f"hardly better than a guess: {finds}"
    skill = (precision - prevalence) / (1 - prevalence)
    return _grade(balanced, skill), f"{finds} and is right {is_right} of the time"


def _grade(balanced_accuracy: float, skill: float) -> str:
    if balanced_accuracy >= GOOD_BALANCED_ACCURACY and skill >= GOOD_SKILL:
        return "good"
    if balanced_accuracy >= FAIR_BALANCED_ACCURACY and skill >= FAIR_SKILL:
        return "fair"
    return "poor"


def _describe(values: Metrics, prevalence: float) -> tuple[str, str]:
    """What share of the rarer answer is found, and how often it is right: the other is easy."""
    found, other = values["recall"] or 0.0, values["specificity"] or 0.0
    whom, share = "", prevalence
    if prevalence > 0.5:
        whom, share, found, other = "of those without it, ", 1 - prevalence, other, found
    right, wrong = share * found, (1 - share) * (1 - other)
    is_right = right / (right + wrong) if right else 0.0
    return f"{whom}finds {100 * found:.0f} %", f"{100 * is_right:.0f} %"
