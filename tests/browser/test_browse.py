import re
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import ExifTags, Image
from playwright.sync_api import Page, expect

from gallery.models import Photo, SavedFilter
from gallery.tests.factories import make_face, make_gallery, make_photo, make_version
from gallery.tests.pictures import encode
from gallery.uploads.adding import add_photo
from ml.attributes import ATTRIBUTES, NAMES
from tests.browser.conftest import lock, log_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("small_pictures")]


def make_ready(gallery, name: str, **probabilities) -> Photo:
    version = make_version()
    ready = Photo.Status.READY
    photo = make_photo(gallery=gallery, original_name=name, status=ready, model_version=version)
    make_face(photo, **probabilities)
    return photo


@pytest.fixture
def gallery(alice):
    """Four photos: three smile, two of those wear glasses."""
    gallery = make_gallery(owner=alice, name="Friends")
    make_ready(gallery, "anna.jpg", smiling=0.95, eyeglasses=0.9)
    make_ready(gallery, "ben.jpg", smiling=0.8, eyeglasses=0.95)
    make_ready(gallery, "carl.jpg", smiling=0.7, eyeglasses=0.1)
    make_ready(gallery, "dora.jpg", smiling=0.2, eyeglasses=0.1)
    return gallery


def choose(page: Page, attribute: str, word: str) -> None:
    page.locator(f"#{attribute}-{word}").click()


def shown(page: Page) -> list[str]:
    images = page.locator(".tile img").all()
    return [image.get_attribute("alt").split(":")[0] for image in images]


def test_clicking_filters_the_grid_and_the_address(page: Page, gallery):
    page.goto(gallery.get_absolute_url())

    choose(page, "Smiling", "yes")
    expect(page.locator("#sentence")).to_have_text("3 photos: Smiling")
    choose(page, "Eyeglasses", "no")

    expect(page.locator("#sentence")).to_contain_text("1 photo: Smiling, without eyeglasses")
    expect(page).to_have_url(re.compile(r"\?attrs=Smiling,-Eyeglasses$"))
    assert shown(page) == ["carl.jpg"]


def test_the_address_alone_brings_the_same_look_and_back_undoes(page: Page, gallery):
    page.goto(f"{gallery.get_absolute_url()}?attrs=Smiling&sort=-Smiling")
    assert shown(page) == ["carl.jpg", "ben.jpg", "anna.jpg"]
    choose(page, "Eyeglasses", "yes")
    expect(page.locator(".tile")).to_have_count(2)

    page.go_back()

    expect(page.locator(".tile")).to_have_count(3)
    expect(page.locator("#Eyeglasses-yes")).not_to_have_attribute("aria-current", "true")


def test_chips_take_parts_of_the_filter_away(page: Page, gallery):
    page.goto(f"{gallery.get_absolute_url()}?attrs=Smiling,Eyeglasses")

    page.get_by_role("link", name="Remove: eyeglasses").click()
    expect(page.locator("#sentence")).to_have_text("3 photos: Smiling")
    page.get_by_role("link", name="Clear").click()

    expect(page.locator("#sentence")).to_have_text("All 4 photos")
    assert page.url.endswith(gallery.get_absolute_url())


def test_sorting_shows_each_value(page: Page, gallery):
    page.goto(gallery.get_absolute_url())

    page.get_by_label("Sort").select_option("Smiling")

    expect(page.locator(".tile .tag").first).to_have_text("95\N{NO-BREAK SPACE}%")
    assert shown(page) == ["anna.jpg", "ben.jpg", "carl.jpg", "dora.jpg"]
    expect(page).to_have_url(re.compile(r"\?sort=Smiling$"))


def test_a_mistyped_filter_is_explained_where_it_was_typed(page: Page, gallery):
    page.goto(f"{gallery.get_absolute_url()}?attrs=Bald")
    page.get_by_text("Edit as text", exact=True).click()

    page.get_by_role("textbox", name="Filter as text").fill("Smilling")
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert").first).to_contain_text("Did you mean Smiling")
    expect(page.get_by_role("textbox", name="Filter as text")).to_have_value("Smilling")
    page.get_by_role("textbox", name="Filter as text").fill("Smiling")
    page.keyboard.press("Enter")
    expect(page.locator(".tile")).to_have_count(3)


def test_the_panel_is_searched_and_used_from_the_keyboard(page: Page, gallery):
    page.goto(gallery.get_absolute_url())

    page.keyboard.press("f")
    page.keyboard.type("glasses")
    expect(page.locator(".attribute:visible")).to_have_count(1)
    page.keyboard.press("Enter")

    expect(page.locator("#sentence")).to_have_text("2 photos: Eyeglasses")
    expect(page.locator("#narrow")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".attribute:visible")).to_have_count(40)


USUAL_WORDS = {
    "makeup": "Heavy_Makeup",
    "make up": "Heavy_Makeup",
    "make-up": "Heavy_Makeup",
    "moustache": "Mustache",
    "goatee": "Goatee",
    "5 o'clock": "5_o_Clock_Shadow",
    "5 o\u2019clock": "5_o_Clock_Shadow",
    "five o'clock": "5_o_Clock_Shadow",
    "glasses": "Eyeglasses",
    "sunglasses": "Eyeglasses",
    "blond": "Blond_Hair",
    "blonde": "Blond_Hair",
    "grey": "Gray_Hair",
    "gray": "Gray_Hair",
    "hair gray": "Gray_Hair",
    "beard": "No_Beard",
    "fringe": "Bangs",
    "tie": "Wearing_Necktie",
    "hat": "Wearing_Hat",
    "woman": "Male",
    "curly": "Wavy_Hair",
}


def test_attributes_are_found_by_name_label_and_usual_words(page: Page, gallery):
    page.goto(gallery.get_absolute_url())
    asked = {name: name for name in NAMES}
    asked |= {name.lower().replace("_", " "): name for name in NAMES}
    asked |= {attribute.label: attribute.name for attribute in ATTRIBUTES}
    asked |= {attribute.label.upper(): attribute.name for attribute in ATTRIBUTES}

    found = page.evaluate(FIND, list(asked | USUAL_WORDS))

    assert [words for words, name in asked.items() if found[words][:1] != [name]] == []
    assert [words for words, name in USUAL_WORDS.items() if name not in found[words]] == []
    assert len(page.evaluate(FIND, ["hair"])["hair"]) >= 6
    assert page.evaluate(FIND, ["\u043e\u0447\u043a\u0438"]).popitem()[1] == []


# For each text that is typed, the attributes that are shown.
FIND = """(texts) => Object.fromEntries(texts.map((text) => {
  const search = document.querySelector("#narrow");
  search.value = text;
  search.dispatchEvent(new Event("input", { bubbles: true }));
  const rows = [...document.querySelectorAll("#panel .attribute:not([hidden]) .own")];
  return [text, rows.map((row) => row.id.replace("own-", ""))];
}))"""


@pytest.mark.parametrize(
    ("typed", "chosen"),
    [
        ("Wearing_Hat", "Wearing hat"),
        ("beard", "With a beard"),
        ("junge Frau ohne Brille", "Young, not male, without eyeglasses"),
        ("Smiling>=0.75", "Smiling at least 75 %"),
    ],
)
def test_enter_reads_the_words_as_a_sentence(page: Page, gallery, typed, chosen):
    page.goto(gallery.get_absolute_url())

    page.fill("#narrow", typed)
    page.keyboard.press("Enter")

    expect(page.locator("#sentence")).to_contain_text(chosen)


def test_words_that_mean_nothing_are_named_and_the_rest_is_taken(page: Page, gallery):
    page.goto(f"{gallery.get_absolute_url()}?attrs=-Smiling,Bald&sort=Young")

    page.fill("#narrow", "smiling on the beach")
    page.keyboard.press("Enter")

    expect(page.locator("#results [role=alert]")).to_have_text('Not understood: "beach".')
    expect(page).to_have_url(re.compile(r"\?attrs=Bald,Smiling&sort=Young$"))
    expect(page.locator("#narrow")).to_have_value("")
    expect(page.locator(".attribute:visible")).to_have_count(40)


def test_a_choice_keeps_the_focus_and_folded_groups_stay_folded(page: Page, gallery):
    page.goto(gallery.get_absolute_url())
    page.locator("#group-hair > summary").click()

    page.locator("#Smiling-yes").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#sentence")).to_have_text("3 photos: Smiling")

    expect(page.locator("#Smiling-yes")).to_be_focused()
    expect(page.locator("#Bald-yes")).to_be_hidden()


def test_arrow_keys_walk_through_the_filtered_photos(page: Page, gallery):
    page.goto(f"{gallery.get_absolute_url()}?attrs=Smiling&sort=Smiling")
    page.locator(".tile a").first.focus()
    page.keyboard.press("Enter")
    expect_loaded(page, "anna.jpg")

    page.keyboard.press("ArrowRight")
    expect_loaded(page, "ben.jpg")
    page.keyboard.press("ArrowLeft")
    expect_loaded(page, "anna.jpg")
    page.keyboard.press("Escape")

    expect(page).to_have_url(re.compile(r"\?attrs=Smiling&sort=Smiling&at=[\w-]+#photo-"))


def expect_loaded(page: Page, heading: str) -> None:
    """The page of that heading is there, and its scripts listen for keys."""
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    page.wait_for_load_state()


def test_the_faces_of_a_photo_are_switched_without_a_reload(page: Page, gallery):
    photo = Photo.objects.get(original_name="anna.jpg")
    make_face(photo, x=0.8, y=0.8, w=0.2, h=0.2, smiling=0.01)
    page.goto(photo.get_absolute_url())
    page.evaluate("window.wasNotReloaded = true")
    expect(page.locator(".verdict-yes #bar-Smiling")).to_be_visible()

    page.locator("#box-2 .box-edge").click()
    expect(page.locator(".verdict-no #bar-Smiling")).to_have_count(1)
    page.keyboard.press("1")

    expect(page.locator(".verdict-yes #bar-Smiling")).to_be_visible()
    assert page.evaluate("window.wasNotReloaded")


def test_keys_are_listed_and_the_list_closes_with_escape(page: Page, alice):
    page.goto("/")

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()


def test_a_long_gallery_goes_on_as_one_scrolls(page: Page, alice):
    gallery = make_gallery(owner=alice)
    for number in range(130):
        make_ready(gallery, f"{number}.jpg")
    page.goto(gallery.get_absolute_url())
    expect(page.locator(".tile")).to_have_count(60)

    for last in (10, 0):  # far pages give up their tiles meanwhile
        page.locator("#more").scroll_into_view_if_needed()
        expect(page.locator(f'.tile img[alt^="{last}.jpg"]')).to_be_attached()

    assert len(set(shown(page))) == len(shown(page))


def test_on_a_phone_the_panel_is_a_sheet(open_context, server, gallery):
    context = open_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    log_in(context, gallery.owner, server)
    page = context.new_page()
    page.goto(gallery.get_absolute_url())
    expect(page.locator("#Smiling-yes")).to_be_hidden()

    page.get_by_role("button", name="Filter").tap()
    page.locator("#Smiling-yes").tap()
    page.get_by_role("button", name="Show 3 photos").tap()

    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator(".tile")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_all_of_it_works_without_javascript(open_context, server, gallery, pictures):
    context = open_context(java_script_enabled=False)
    log_in(context, gallery.owner, server)
    page = context.new_page()
    page.goto(gallery.get_absolute_url())
    page.locator("#Smiling-no").click()
    expect(page.locator(".tile")).to_have_count(1)

    page.get_by_label("Sort").select_option("Smiling")
    page.get_by_role("button", name="Sort").click()
    expect(page.locator(".tile .tag")).to_have_text("20\N{NO-BREAK SPACE}%")
    page.get_by_role("link", name="Upload").click()
    page.get_by_label("Photos", exact=True).set_input_files(pictures(2))
    page.get_by_role("button", name="Upload").click()

    expect(page.locator(".tile[data-status=queued]")).to_have_count(2)


TEXTS = (
    "javascript:alert(3)",
    "' onmouseover='alert(4)",
    "</title><svg/onload=alert(5)>",
    "{{ 7*7 }}{% debug %}",
    "data:text/html,<script>alert(6)</script>",
)


def test_names_are_shown_as_they_are_never_run(page: Page, alice, pictures, server):
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    gallery = make_gallery(owner=alice, name=f'"{evil}')
    image = Image.open(pictures(1)[0]).convert("RGB")
    image.getexif()[ExifTags.Base.Make] = evil
    photo, _ = add_photo(gallery, SimpleUploadedFile("x.jpg", encode(image, exif=image.getexif())))
    Photo.objects.update(original_name=f"{evil}.png")
    for text in TEXTS:
        make_photo(gallery=gallery, original_name=text, status="ready")
        SavedFilter.objects.create(
            owner=alice, gallery=gallery, name=text, attrs="Bald", match="any"
        )
    for address in ("/", gallery.get_absolute_url(), photo.get_absolute_url()):
        page.goto(address)
        expect(page.get_by_text("<script>alert(2)</script>").first).to_be_attached()

    for text in (*TEXTS, evil):
        page.goto(f"{gallery.get_absolute_url()}?attrs={quote(text)}")
        expect(page.locator("#attrs")).to_have_value(text)

    assert dialogs == []  # and no violation of the policy: the fixture of the page looks for those


def test_on_a_phone_what_is_tapped_is_large_enough(page: Page, gallery):
    page.set_viewport_size({"width": 375, "height": 700})
    page.goto(gallery.get_absolute_url())
    page.get_by_role("button", name="Export").click()
    heights = [link.bounding_box()["height"] for link in page.locator(".exports a").all()]
    assert heights and min(heights) >= 24

    page.goto(f"{gallery.get_absolute_url()}review/Smiling/")

    assert page.locator("#review-name").bounding_box()["height"] >= 24


def test_a_filter_of_a_deleted_gallery_says_that_it_is_gone(page: Page, gallery, on_purpose):
    on_purpose += ["status of 404", "Response Status Error Code 404"]
    page.goto(gallery.get_absolute_url())
    with lock:
        gallery.delete()

    choose(page, "Smiling", "yes")

    expect(page.locator("#trouble")).to_contain_text("This is gone: it was deleted")
