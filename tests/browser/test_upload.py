import pytest
from playwright.sync_api import Page, expect

from gallery.models import Photo
from gallery.tests.factories import make_gallery
from tests.browser.conftest import lock

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_new_person_signs_up_and_sees_the_40_attributes_of_a_photo(page: Page, analyse, pictures):
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="Sign up").click()
    page.get_by_label("Username").fill("nadia")
    page.get_by_label("Your name").fill("Nadia")
    page.get_by_label("Password", exact=True).fill("a-good-long-secret")
    page.get_by_label("Password (again)").fill("a-good-long-secret")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Hello Nadia")).to_be_visible()

    page.set_input_files("#files", pictures(1))
    expect(page.get_by_text("Queued")).to_be_visible()
    analyse()

    expect(page.locator(".bar-row")).to_have_count(40)
    expect(page.locator(".box")).to_have_count(1)


def test_tiles_stand_at_once_and_fill_in_without_a_reload(page: Page, alice, analyse, pictures):
    gallery = make_gallery(owner=alice)
    page.goto(gallery.get_absolute_url())
    page.evaluate("window.wasNotReloaded = true")

    page.set_input_files("#files", pictures(5))
    expect(page.locator(".tile[data-status=queued]")).to_have_count(5)
    expect(page.get_by_text("5 being analyzed").first).to_be_visible()
    analyse()

    expect(page.locator(".tile[data-status=ready]")).to_have_count(5)
    expect(page.locator("#uploads-summary")).to_have_text("5 of 5 done · 5 ready")
    expect(page.locator("#counts")).to_have_text("5 photos")
    expect(page.locator("#sentence")).to_have_text("All 5 photos")
    assert page.evaluate("window.wasNotReloaded")


def test_files_chosen_before_the_script_has_come_are_sent(page: Page, alice, pictures):
    held = []
    page.route("**/js/uploads/sources.js", lambda route: held.append(route))
    page.goto(make_gallery(owner=alice).get_absolute_url(), wait_until="commit")

    page.set_input_files("#files", pictures(1))
    while not held:
        page.wait_for_timeout(10)
    held[0].continue_()

    expect(page.locator(".tile[data-status=queued]")).to_have_count(1)


def test_each_file_has_its_outcome(page: Page, alice, pictures, tmp_path):
    gallery = make_gallery(owner=alice)
    page.goto(gallery.get_absolute_url())
    good = pictures(1)
    page.set_input_files("#files", good)
    expect(page.locator(".upload-row[data-state=analysing]")).to_have_count(1)
    (tmp_path / "notes.jpg").write_text("no picture")

    page.set_input_files("#files", [*good, tmp_path / "notes.jpg"])

    expect(page.get_by_role("link", name="Already in this gallery")).to_be_visible()
    refused = page.locator(".upload-row", has_text="notes.jpg")
    expect(refused).to_contain_text("not a picture")
    expect(page.locator("#uploads-summary")).to_contain_text("1 refused")


def test_files_that_were_not_sent_are_sent_again(page: Page, alice, pictures):
    gallery = make_gallery(owner=alice)
    page.goto(gallery.get_absolute_url())
    page.route("**/upload/**", lambda route: route.abort())
    page.set_input_files("#files", pictures(2))
    expect(page.locator("#uploads-summary")).to_contain_text("2 not sent")

    page.unroute("**/upload/**")
    page.get_by_role("button", name="Retry failed").click()

    expect(page.locator(".tile[data-status=queued]")).to_have_count(2)


def test_a_dropped_folder_is_uploaded_without_what_is_no_picture(page: Page, alice, pictures):
    gallery = make_gallery(owner=alice)
    page.goto(gallery.get_absolute_url())
    folder = pictures(2)[0].parent
    (folder / "readme.txt").write_text("no picture")

    page.set_input_files("#folder", folder)

    expect(page.locator(".tile")).to_have_count(2)
    expect(page.locator("#uploads-summary")).to_contain_text("1 skipped")


def test_what_cannot_be_read_of_a_dropped_folder_is_left_out(page: Page, alice):
    gallery = make_gallery(owner=alice)
    page.goto(gallery.get_absolute_url())

    page.evaluate(DROP_A_FOLDER)

    expect(page.locator(".tile[data-status=queued]")).to_have_count(2)
    expect(page.locator("#uploads-summary")).to_contain_text("2 skipped")


# Scripts cannot make real entries: these answer as Chromium's do.
DROP_A_FOLDER = """async () => {
  const picture = async (colour) => {
    const canvas = new OffscreenCanvas(64, 64);
    const context = canvas.getContext("2d");
    context.fillStyle = colour;
    context.fillRect(0, 0, 64, 64);
    const file = new File([await canvas.convertToBlob()], `${colour}.png`);
    return { isFile: true, file: (resolve) => resolve(file) };
  };
  const gone = () => new DOMException("", "NotFoundError");
  const folder = (entries) => ({
    createReader: () => ({ readEntries: (resolve) => resolve(entries.splice(0, 2)) }),
  });
  const lost = { isFile: true, file: (resolve, reject) => reject(gone()) };
  const closed = { createReader: () => ({ readEntries: (resolve, reject) => reject(gone()) }) };
  const dropped = folder([await picture("red"), lost, closed, await picture("blue")]);
  const event = new Event("drop", { cancelable: true });
  event.dataTransfer = { types: ["Files"], items: [{ webkitGetAsEntry: () => dropped }] };
  document.dispatchEvent(event);
}"""


def test_uploads_go_into_the_grid_that_a_filter_left(page: Page, alice, analyse, pictures):
    gallery = make_gallery(owner=alice)
    page.goto(gallery.get_absolute_url())
    page.locator("#view-faces").click()
    expect(page.locator("#view-faces")).to_have_attribute("aria-current", "true")

    page.set_input_files("#files", pictures(1))
    expect(page.locator(".tile[data-status=queued]")).to_have_count(1)
    analyse()

    expect(page.locator(".tile[data-status=ready]")).to_have_count(1)
    expect(page.locator("#uploads-summary")).to_have_text("1 of 1 done · 1 ready")


def test_a_photo_that_the_filter_does_not_show_is_still_being_analysed(
    page: Page, alice, analyse, pictures
):
    gallery = make_gallery(owner=alice)
    page.goto(gallery.get_absolute_url())
    page.set_input_files("#files", pictures(1))
    expect(page.locator(".tile[data-status=queued]")).to_have_count(1)

    page.locator("#view-faces").click()
    expect(page.locator(".tile")).to_have_count(0)
    expect(page.locator(".upload-row")).to_contain_text("Being analyzed")
    analyse()
    page.locator("#view-photos").click()

    expect(page.locator(".upload-row")).to_contain_text("Ready")


def test_a_photo_that_does_not_match_leaves_the_filtered_grid(page: Page, alice, analyse, pictures):
    gallery = make_gallery(owner=alice)
    page.goto(f"{gallery.get_absolute_url()}?attrs=Smiling>0.5,Smiling<0.5")
    page.set_input_files("#files", pictures(1))
    expect(page.locator(".tile[data-status=queued]")).to_have_count(1)

    analyse()

    expect(page.locator(".tile")).to_have_count(0)
    expect(page.get_by_role("heading", name="No photo matches")).to_be_visible()


def test_a_failed_photo_is_tried_again_from_its_tile(page: Page, alice, analyse, pictures):
    gallery = make_gallery(owner=alice)
    page.goto(gallery.get_absolute_url())
    page.set_input_files("#files", pictures(1))
    expect(page.locator(".tile[data-status=queued]")).to_have_count(1)
    with lock:
        Photo.objects.update(status=Photo.Status.FAILED, failure="The stored picture is damaged.")
    expect(page.get_by_text("The stored picture is damaged.")).to_be_visible()

    page.get_by_role("button", name="Retry", exact=True).click()
    expect(page.locator(".tile[data-status=queued]")).to_have_count(1)
    analyse()

    expect(page.locator(".tile[data-status=ready]")).to_have_count(1)
