"""How reliable the answers for each attribute are: a grade, and the reason in words."""

from typing import Any

from ml.evaluation.words import hits_in_words, share_in_words

# The weaker of two metrics decides the grade. Balanced accuracy judges the decisions. A coin has
# 0.5, so 0.8 is six tenths of the way to perfect, and 0.65 only three tenths.
GOOD_BALANCED_ACCURACY = 0.80
FAIR_BALANCED_ACCURACY = 0.65
GUESS = 0.55  # a coin does about as well as a balanced accuracy below this
# Skill judges the order of the probabilities, on which sorting and thresholds depend. It is how far
# average precision has come from that of a guess (the share of yes) to 1.
GOOD_SKILL = 0.60
FAIR_SKILL = 0.35
FEWEST_TO_GRADE = 25  # of the rarer answer: with fewer, the standard error of recall is up to 0.1

Metrics = dict[str, float | None]


def grade_attributes(metrics: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The grade (good, fair or poor) of each attribute, the reason, and on how many faces it holds.

    `metrics` is what `evaluate` returns for the valid partition.
    """
    images, graded = metrics["images"], {}
    for name, values in metrics["per_attribute"].items():
        grade, reason = _judge(values, images)
        graded[name] = {"grade": grade, "reason": reason, "faces": images}
    return graded


def _judge(values: Metrics, images: int) -> tuple[str, str]:
    prevalence = values["prevalence"] or 0.0
    balanced, precision = values["balanced_accuracy"], values["average_precision"]
    examples = round(min(prevalence, 1 - prevalence) * images)
    if balanced is None or precision is None or examples == 0:
        return "poor", "no examples to measure on"
    if examples < FEWEST_TO_GRADE:
        return "poor", f"only {examples} example{'s' * (examples > 1)} to measure on"
    finds, right = _describe(values, prevalence)
    if balanced < GUESS:
        return "poor", f"hardly better than a guess: {finds}"
    skill = (precision - prevalence) / (1 - prevalence)
    return _grade(balanced, skill), f"{finds}; {right}"


def _grade(balanced_accuracy: float, skill: float) -> str:
    if balanced_accuracy >= GOOD_BALANCED_ACCURACY and skill >= GOOD_SKILL:
        return "good"
    if balanced_accuracy >= FAIR_BALANCED_ACCURACY and skill >= FAIR_SKILL:
        return "fair"
    return "poor"


def _describe(values: Metrics, prevalence: float) -> tuple[str, str]:
    """Recall and precision of the rarer answer, in words. The more common answer is easy."""
    found, other = values["recall"] or 0.0, values["specificity"] or 0.0
    whom, share = "", prevalence
    if prevalence > 0.5:
        whom, share, found, other = " faces without it", 1 - prevalence, other, found
    right, wrong = share * found, (1 - share) * (1 - other)
    is_right = right / (right + wrong) if right else 0.0
    return f"finds {share_in_words(found)}{whom}", hits_in_words(is_right)
