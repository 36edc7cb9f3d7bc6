"""What the tests of answers share."""

from playwright.sync_api import Page

from gallery.models import Correction, Photo
from gallery.tests.factories import make_ready
from tests.browser.conftest import PATIENCE, lock


def make_many(gallery, count: int, **probabilities) -> list[Photo]:
    return [make_ready(gallery, **probabilities) for _ in range(count)]


def answers() -> int:
    with lock:
        return Correction.objects.count()


def said() -> dict[float, bool]:
    """What the answers that have arrived say, by the model's probability."""
    with lock:
        answers = list(Correction.objects.values_list("probability", "is_yes"))
    return {round(probability, 1): is_yes for probability, is_yes in answers}


def expect_answers(page: Page, count: int) -> None:
    """Wait until so many answers have arrived."""
    for _ in range(PATIENCE // 100):
        if answers() == count:
            return
        page.wait_for_timeout(100)
    assert answers() == count


def unfold_no(page: Page) -> None:
    """Show what the face on the page does not have."""
    page.locator("#verdict-no > summary").click()
