"""The picture on a photo's page: zoom, boxes, full screen, neighbors, keys and fingers."""

import re

import pytest
from playwright.sync_api import Page, expect

from gallery.models import BoxCorrection, Photo
from gallery.tests.factories import make_face, make_gallery, make_photo_with, make_ready
from tests.browser.conftest import lock, log_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("small_pictures")]


@pytest.fixture
def gallery(alice):
    return make_gallery(owner=alice, name="Friends")


@pytest.fixture
def photos(gallery) -> list[Photo]:
    """Three photos, in the order of the list."""
    return [make_ready(gallery) for _ in range(3)][::-1]


@pytest.fixture
def group(gallery) -> Photo:
    """A photo with four faces in two rows; the first touches the picture's upper edge."""
    photo = make_ready(gallery, x=0.6, y=0.0, w=0.15, h=0.2)
    for x, y in ((0.2, 0.02), (0.7, 0.6), (0.1, 0.55)):
        make_face(photo, x=x, y=y, w=0.15, h=0.2)
    return photo


@pytest.fixture
def phone(open_context, server, gallery) -> Page:
    context = open_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    log_in(context, gallery.owner, server)
    return context.new_page()


def zoom(page: Page) -> int:
    """How far the picture is zoomed, in percent of the size that fits."""
    return int(page.locator("#zoom-now").text_content().split()[0])


def box_of(page: Page, selector: str) -> dict[str, float]:
    return page.locator(selector).bounding_box()


def expect_at(page: Page, photo: Photo) -> None:
    """That photo is shown, in the address, the page and the window's title."""
    expect(page).to_have_url(re.compile(photo.get_absolute_url()))
    expect(page.locator("#photo")).to_have_attribute("data-photo", str(photo.uuid))
    expect(page).to_have_title(f"{photo.original_name} · CelebAttr")


# --- Zoom


def test_keys_zoom_and_fit(page: Page, photos):
    page.goto(photos[0].get_absolute_url())
    expect(page.locator("#zoom-now")).to_have_text("100 %")
    picture = box_of(page, ".picture")

    page.keyboard.press("+")
    page.keyboard.press("=")
    expect(page.locator("#zoom-now")).to_have_text("182 %")
    assert box_of(page, ".picture")["width"] == pytest.approx(1.82 * picture["width"], rel=0.01)
    page.keyboard.press("-")
    expect(page.locator("#zoom-now")).to_have_text("135 %")
    page.keyboard.press("0")

    expect(page.locator("#zoom-now")).to_have_text("100 %")
    assert box_of(page, ".picture") == pytest.approx(picture, abs=0.1)


def test_the_wheel_zooms_where_the_pointer_is_and_a_drag_pans(page: Page, photos):
    page.goto(photos[0].get_absolute_url())
    stage = box_of(page, "#stage")
    x, y = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2
    page.mouse.move(x, y)
    for _ in range(8):
        page.mouse.wheel(0, -100)
    expect(page.locator("#stage")).to_have_class("stage is-zoomed")
    page.wait_for_function("document.querySelector('#zoom-now').textContent > '2'")
    before = box_of(page, ".picture")

    page.mouse.down()
    page.mouse.move(x + 60, y + 40, steps=4)
    page.mouse.up()

    page.wait_for_function(
        "left => document.querySelector('.picture').getBoundingClientRect().left > left + 50",
        arg=before["x"],
    )
    assert box_of(page, ".picture")["width"] == pytest.approx(before["width"], abs=1)


def test_a_double_click_zooms_in_and_another_fits(page: Page, photos):
    page.goto(photos[0].get_absolute_url())

    page.locator("#stage").dblclick()
    expect(page.locator("#zoom-now")).to_have_text("250 %")
    page.locator("#stage").dblclick()

    expect(page.locator("#zoom-now")).to_have_text("100 %")


def test_the_zoom_outlives_another_face_and_ends_with_the_photo(page: Page, photos, group):
    page.goto(group.get_absolute_url())
    page.keyboard.press("+")
    expect(page.locator("#zoom-now")).to_have_text("135 %")

    page.keyboard.press("2")
    expect(page.locator("#tab-2")).to_have_attribute("aria-current", "true")
    expect(page.locator("#zoom-now")).to_have_text("135 %")
    page.keyboard.press("ArrowRight")

    expect_at(page, photos[0])
    expect(page.locator("#zoom-now")).to_have_text("100 %")


def test_a_drag_that_ends_on_a_box_does_not_choose_it(page: Page, group):
    page.goto(group.get_absolute_url())
    page.keyboard.press("+")
    expect(page.locator("#zoom-now")).to_have_text("135 %")
    box = box_of(page, "#box-4 .box-edge")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 30, y - 30, steps=4)
    page.mouse.up()
    page.keyboard.press("b")

    expect(page.locator("#tab-1")).to_have_attribute("aria-current", "true")


def test_a_face_is_drawn_on_a_zoomed_picture(page: Page, photos):
    page.goto(photos[0].get_absolute_url())
    page.locator("#stage").dblclick()
    expect(page.locator("#zoom-now")).to_have_text("250 %")
    page.keyboard.press("d")
    stage = box_of(page, "#stage")
    x, y = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2

    page.mouse.move(x - 100, y - 100)
    page.mouse.down()
    page.mouse.move(x + 100, y + 100, steps=4)
    page.mouse.up()
    picture = box_of(page, ".picture")
    page.get_by_role("button", name="Save the face").click()

    expect(page.locator("#photo")).to_have_attribute("data-status", "queued")
    with lock:
        drawn = BoxCorrection.objects.get()
    assert drawn.w * picture["width"] == pytest.approx(200, abs=2)
    assert drawn.x + drawn.w / 2 == pytest.approx((x - picture["x"]) / picture["width"], abs=0.01)


def test_the_end_of_an_analysis_leaves_the_zoom_and_the_keys(page: Page, photos):
    with lock:
        Photo.objects.update(status="queued")
    page.goto(photos[0].get_absolute_url())
    page.keyboard.press("+")
    expect(page.locator("#zoom-now")).to_have_text("135 %")
    with lock:
        Photo.objects.update(status="ready")
    expect(page.locator("#photo")).to_have_attribute("data-status", "ready")

    expect(page.locator("#zoom-now")).to_have_text("135 %")
    page.keyboard.press("+")

    expect(page.locator("#zoom-now")).to_have_text("182 %")


# --- Boxes and their numbers


@pytest.mark.parametrize("width", [390, 1440])
def test_numbers_stand_outside_the_faces_in_reading_order(page: Page, group, width: int):
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(group.get_absolute_url())
    boxes = [box_of(page, f"#box-{number} .box-edge") for number in (1, 2, 3, 4)]
    tags = [box_of(page, f"#box-{number} .box-tag rect") for number in (1, 2, 3, 4)]
    stage = box_of(page, "#stage")

    assert all(tag["y"] + tag["height"] <= box["y"] for tag, box in zip(tags, boxes, strict=True))
    assert all(stage["y"] <= tag["y"] for tag in tags)
    assert boxes[0]["x"] < boxes[1]["x"] and boxes[2]["x"] < boxes[3]["x"]
    assert max(box["y"] for box in boxes[:2]) < min(box["y"] for box in boxes[2:])


def test_numbers_have_one_size_on_every_screen_and_at_every_zoom(page: Page, group):
    sizes = set()
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(group.get_absolute_url())
        sizes.add(round(box_of(page, "#box-1 .box-tag rect")["height"]))
    page.keyboard.press("+")
    expect(page.locator("#zoom-now")).to_have_text("135 %")
    sizes.add(round(box_of(page, "#box-1 .box-tag rect")["height"]))

    assert len(sizes) == 1 and sizes.pop() <= 22


def test_a_key_hides_the_boxes_also_on_the_next_photo(page: Page, photos):
    page.goto(photos[0].get_absolute_url())
    expect(page.locator(".boxes")).to_be_visible()

    page.keyboard.press("b")
    expect(page.locator(".boxes")).to_be_hidden()
    page.keyboard.press("ArrowRight")
    expect_at(page, photos[1])
    expect(page.locator(".boxes")).to_be_hidden()
    page.keyboard.press("b")

    expect(page.locator(".boxes")).to_be_visible()


# --- Full screen and neighbors


def test_full_screen_by_key_goes_on_from_photo_to_photo(page: Page, photos):
    page.goto(photos[0].get_absolute_url())

    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement !== null")
    expect(page.locator(".inspector")).to_be_hidden()
    page.keyboard.press("ArrowRight")
    expect_at(page, photos[1])
    assert page.evaluate("document.fullscreenElement !== null")
    page.keyboard.press("f")

    expect(page.locator(".inspector")).to_be_visible()


def test_the_strip_and_the_place_follow_from_photo_to_photo(page: Page, photos):
    page.goto(photos[0].get_absolute_url())
    expect(page.locator(".place")).to_have_text("Photo 1 of 3")
    page.evaluate("window.wasNotReloaded = true")

    page.locator(".film").nth(2).click()

    expect_at(page, photos[2])
    expect(page.locator(".place")).to_have_text("Photo 3 of 3")
    expect(page.locator(".film[aria-current]")).to_have_attribute(
        "href", photos[2].get_absolute_url()
    )
    assert page.evaluate("window.wasNotReloaded")
    page.go_back()
    expect_at(page, photos[0])


def test_the_pictures_of_the_neighbors_are_fetched_ahead(page: Page, photos):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(photos[1].get_absolute_url())
    page.wait_for_load_state("networkidle")

    for photo in photos:
        assert any(f"{photo.uuid}/preview.jpg" in url for url in asked)


def test_a_small_screen_gets_smaller_previews_and_the_larger_one_when_it_zooms(
    phone: Page, gallery
):
    large = [make_photo_with({}, gallery=gallery, width=2000, height=1500) for _ in range(3)][::-1]
    phone.goto(large[1].get_absolute_url())
    picture = phone.locator("#canvas img")

    assert "phone.webp" in picture.evaluate("image => image.currentSrc")
    phone.locator("#step-next").click()
    expect_at(phone, large[2])
    assert "phone.webp" in picture.evaluate("image => image.currentSrc")
    phone.keyboard.press("+")
    phone.keyboard.press("+")

    expect(picture).to_have_attribute("src", re.compile(r"picture\.jpg"))
    expect(picture).to_have_attribute("srcset", "")


# --- By finger

TOUCH = """(moves) => {
  const target = document.querySelector("#canvas .picture");
  const send = (type, id, x, y) => target.dispatchEvent(new PointerEvent(type, {
    pointerId: id, pointerType: "touch", isPrimary: id === 1, clientX: x, clientY: y,
    button: 0, bubbles: true, cancelable: true,
  }));
  for (const move of moves) send(...move);
}"""


def touch(page: Page, *moves: tuple[str, int, int, int]) -> None:
    """Pointer events as fingers on the picture send them: type, finger, x, y."""
    page.evaluate(TOUCH, [list(move) for move in moves])


def test_a_swipe_leads_to_the_next_photo_and_back(phone: Page, photos):
    phone.goto(photos[0].get_absolute_url())

    touch(
        phone,
        ("pointerdown", 1, 300, 300),
        ("pointermove", 1, 150, 305),
        ("pointerup", 1, 150, 305),
    )
    expect_at(phone, photos[1])
    touch(
        phone,
        ("pointerdown", 1, 100, 300),
        ("pointermove", 1, 300, 300),
        ("pointerup", 1, 300, 300),
    )

    expect_at(phone, photos[0])


def test_two_fingers_zoom_and_do_not_swipe(phone: Page, photos):
    phone.goto(photos[0].get_absolute_url())

    touch(
        phone,
        ("pointerdown", 1, 180, 300),
        ("pointerdown", 2, 210, 300),
        ("pointermove", 1, 60, 300),
        ("pointermove", 2, 360, 300),
        ("pointerup", 2, 360, 300),
        ("pointerup", 1, 60, 300),
    )

    expect(phone.locator("#stage")).to_have_class("stage is-zoomed")
    expect_at(phone, photos[0])


def test_on_a_phone_nothing_sticks_out_and_all_that_is_tapped_is_large_enough(phone: Page, group):
    phone.goto(group.get_absolute_url())

    small = phone.evaluate("""() => [...document.querySelectorAll("#photo :is(a, button, summary)")]
      .filter((element) => element.checkVisibility() && !element.closest("svg"))
      .map((element) => [element.id || element.className, element.getBoundingClientRect()])
      .filter(([, { width, height }]) => Math.min(width, height) < 24).map(([name]) => name)""")

    assert small == []
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_javascript_there_is_a_picture_its_boxes_and_forms(open_context, server, group):
    context = open_context(java_script_enabled=False)
    log_in(context, group.gallery.owner, server)
    page = context.new_page()
    page.goto(group.get_absolute_url())
    expect(page.locator("#zoom-in")).to_be_hidden()
    expect(page.locator("#box-2 .box-edge")).to_be_visible()

    page.locator("#verdict-no > summary").click()
    page.locator("[name=answer][value=yes]:visible").last.click()

    expect(page.locator("[data-answer=yes]")).to_have_count(1)
