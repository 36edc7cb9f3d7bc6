import os

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
    expect(page.locator("#uploads-summary")).to_contain_text("Uploaded 5 of 5, analyzed 0 of 5")
    analyse()

    expect(page.locator(".tile[data-status=ready]")).to_have_count(5)
    expect(page.locator("#uploads-summary")).to_have_text("Uploaded 5 of 5, analyzed 5 of 5")
    expect(page.locator("#counts")).to_have_text("")
    expect(page.locator("#sentence")).to_have_text("All 5 photos")
    assert page.evaluate("window.wasNotReloaded")


def test_files_chosen_before_the_script_has_come_are_sent(page: Page, alice, pictures):
    held = []
    page.route("**/js/uploads.js", lambda route: held.append(route))
    with page.expect_request("**/js/uploads.js"):
        page.goto(make_gallery(owner=alice).get_absolute_url(), wait_until="commit")

    page.set_input_files("#files", pictures(1))
    held[0].continue_()

    expect(page.locator(".tile[data-status=queued]")).to_have_count(1)


def test_each_file_has_its_outcome(page: Page, alice, pictures, tmp_path):
    gallery = make_gallery(owner=alice)
    page.goto(gallery.get_absolute_url())
    good = pictures(1)
    page.set_input_files("#files", good)
    expect(page.locator("#uploads-summary")).to_contain_text("Uploaded 1 of 1")
    (tmp_path / "notes.jpg").write_text("no picture")

    page.set_input_files("#files", [*good, tmp_path / "notes.jpg"])

    expect(page.get_by_role("link", name="Already in this gallery")).to_be_visible()
    refused = page.locator(".upload-row", has_text="notes.jpg")
    expect(refused).to_contain_text("not a picture")
    expect(page.locator("#uploads-summary")).to_contain_text("1 refused")


def test_files_that_were_not_sent_are_sent_again(page: Page, alice, pictures, on_purpose):
    on_purpose.append("status of 500")
    gallery = make_gallery(owner=alice)
    page.goto(gallery.get_absolute_url())
    page.route("**/upload/**", lambda route: route.fulfill(status=500))
    page.set_input_files("#files", pictures(2))
    expect(page.locator("#uploads-summary")).to_contain_text("2 not sent")

    page.unroute("**/upload/**")
    page.get_by_role("button", name="Retry failed").click()

    expect(page.locator(".tile[data-status=queued]")).to_have_count(2)
    expect(page.locator(".upload-row")).to_have_count(0)


@pytest.mark.parametrize(
    ("status", "headers", "said", "may_retry"),
    [
        (413, {}, "larger than the site takes", False),  # nginx
        (411, {}, "refused this (411)", False),
        (403, {}, "did not accept this", True),
        (429, {"Retry-After": "30"}, "Too many requests. Try again in 30 seconds.", True),
        (503, {"Retry-After": "600"}, "The site is busy. Try again in 10 minutes.", True),
        (502, {}, "The site does not answer. Try again later.", True),
        (500, {}, "The site failed (500)", True),
    ],
)
def test_an_answer_that_is_not_the_sites_own_is_said_in_words(
    page: Page, alice, pictures, on_purpose, status, headers, said, may_retry
):
    on_purpose.append(f"status of {status}")
    page.goto(make_gallery(owner=alice).get_absolute_url())
    page.route(
        "**/upload/**", lambda route: route.fulfill(status=status, headers=headers, body="<html>")
    )

    page.set_input_files("#files", pictures(1))

    expect(page.locator(".upload-row .outcome")).to_contain_text(said)
    expect(page.locator("#uploads-retry")).to_be_visible(visible=may_retry)


def test_the_page_of_uploads_is_only_sent_what_it_shows(page: Page, alice, pictures):
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{make_gallery(owner=alice).get_absolute_url()}upload/")

    with page.expect_response("**/progress/**"):
        page.set_input_files("#files", pictures(1))
    page.wait_for_timeout(200)  # htmx takes the answer in

    assert not [text for text in said if "oobErrorNoTarget" in text]


def test_a_busy_site_is_asked_again(page: Page, alice, pictures, on_purpose):
    on_purpose.append("status of 503")
    page.goto(make_gallery(owner=alice).get_absolute_url())
    tries = []

    def answer(route):
        tries.append(route)
        if len(tries) > 2:
            return route.continue_()
        return route.fulfill(status=503, headers={"Retry-After": "1"}, body="{}")

    page.route("**/upload/**", answer)
    page.set_input_files("#files", pictures(1))

    expect(page.locator(".tile[data-status=queued]")).to_have_count(1)
    assert len(tries) == 3


def test_a_gallery_deleted_elsewhere_is_said_and_nothing_else_is_sent(
    page: Page, alice, pictures, on_purpose
):
    on_purpose.append("status of 404")
    gallery = make_gallery(owner=alice)
    page.goto(f"{gallery.get_absolute_url()}upload/")
    with lock:
        gallery.delete()
    sent = []
    page.on("request", lambda request: "/upload/" in request.url and sent.append(request))

    page.set_input_files("#files", pictures(9))

    expect(page.locator("#uploads-summary")).to_contain_text("9 refused")
    expect(page.locator(".upload-row .outcome").first).to_contain_text("This is gone")
    expect(page.locator("#uploads-retry")).to_be_hidden()
    assert 1 <= len(sent) <= 3


@pytest.mark.parametrize("change", ["changed", "deleted"])
def test_a_file_that_changes_before_its_turn_is_not_a_lost_connection(
    page: Page, alice, pictures, on_purpose, change
):
    on_purpose.append("ERR_")
    page.goto(make_gallery(owner=alice).get_absolute_url())
    held = []

    def hold(route):
        if len(held) < 3:
            held.append(route)
        else:
            route.continue_()

    page.route("**/upload/**", hold)
    files = pictures(4)
    page.set_input_files("#files", files)
    while len(held) < 3:
        page.wait_for_timeout(10)
    if change == "deleted":
        files[3].unlink()
    else:
        files[3].write_bytes(b"other")
        os.utime(files[3], (1, 1))  # browsers see a change by the time, in seconds

    for route in held:
        route.continue_()

    last = page.locator(".upload-row", has_text=files[3].name)
    expect(last).to_contain_text("was changed or deleted")
    expect(page.locator("#uploads-retry")).to_be_hidden()


def test_a_dropped_folder_is_uploaded_without_what_is_no_picture(page: Page, alice, pictures):
    gallery = make_gallery(owner=alice)
    page.goto(gallery.get_absolute_url())
    folder = pictures(2)[0].parent
    (folder / "readme.txt").write_text("no picture")

    page.set_input_files("#folder", folder)

    expect(page.locator(".tile")).to_have_count(2)
    expect(page.locator("#uploads-summary")).to_contain_text("1 skipped (not pictures)")


RUBBISH = (
    "@eaDir/portrait0.jpg/SYNOPHOTO_THUMB_M.jpg",
    "deep/@eaDir/thumb.jpg",
    "#recycle/deleted.jpg",
    ".trash/deleted.jpg",
    "$RECYCLE.BIN/deleted.jpg",
    "Catalog Previews.lrdata/1/preview.jpg",
    "Photos.photoslibrary/resources/derivatives/small.jpg",
    ".thumbnails/thumb.jpg",
    "__MACOSX/._portrait0.jpg",
    "._portrait0.jpg",
)


def test_thumbnails_and_bins_in_a_chosen_folder_are_left_out(page: Page, alice, pictures):
    page.goto(make_gallery(owner=alice).get_absolute_url())
    portraits = pictures(6)
    folder = portraits[0].parent
    for name in RUBBISH:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(portraits[0].read_bytes())
    originals = folder / "Photos.photoslibrary/originals"
    originals.mkdir()
    for path, name in zip(portraits[1:], ("a.HIF", "b.jpe", "c.jfif", "d.JPG", "e"), strict=True):
        path.rename((originals if name == "d.JPG" else folder) / name)

    page.set_input_files("#folder", folder)

    expect(page.locator(".tile")).to_have_count(5)
    summary = page.locator("#uploads-summary")
    expect(summary).to_contain_text("10 skipped (thumbnails, bins or hidden)")
    expect(summary).to_contain_text("1 skipped (not pictures)")
    expect(summary).to_contain_text("Uploaded 5 of 5")


@pytest.mark.parametrize("way", ["choose", "drop", "paste"])
def test_what_a_mac_keeps_beside_a_picture_is_left_out(page: Page, alice, pictures, way):
    page.goto(make_gallery(owner=alice).get_absolute_url())
    portrait, other = pictures(2)
    beside = other.rename(other.with_name("._portrait0.jpg"))

    if way == "choose":
        page.set_input_files("#files", [portrait, beside])
    else:
        page.evaluate(HAND_OVER, way)

    expect(page.locator(".tile")).to_have_count(1)
    expect(page.locator("#uploads-summary")).to_contain_text("Uploaded 1 of 1")
    expect(page.locator("#uploads-summary")).to_contain_text(
        "1 skipped (thumbnails, bins or hidden)"
    )


def test_the_first_page_stays_to_say_what_was_left_out(page: Page, alice, pictures):
    page.goto("/")
    portrait, other = pictures(2)

    page.set_input_files("#files", [portrait, other.rename(other.with_name("._portrait0.jpg"))])

    expect(page.locator("#uploads-summary")).to_contain_text("Uploaded 1 of 1")
    expect(page.locator("#uploads-summary")).to_contain_text("1 skipped")


# A picture and what a Mac keeps beside it, as an event by which files come.
HAND_OVER = """async (way) => {
  const canvas = new OffscreenCanvas(64, 64);
  canvas.getContext("2d").fillRect(0, 0, 64, 64);
  const file = (content, name) => new File([content], name);
  const files = [file(await canvas.convertToBlob(), "a.png"), file("no picture", "._a.png")];
  const entry = (one) => ({ isFile: true, fullPath: one.name, file: (resolve) => resolve(one) });
  const items = files.map((one) => ({ webkitGetAsEntry: () => entry(one) }));
  const event = new Event(way, { cancelable: true, bubbles: true });
  event.dataTransfer = { types: ["Files"], items };
  event.clipboardData = { types: ["Files"], files };
  document.body.dispatchEvent(event);
}"""


def test_what_cannot_be_read_of_a_dropped_folder_is_left_out(page: Page, alice):
    gallery = make_gallery(owner=alice)
    page.goto(gallery.get_absolute_url())

    page.evaluate(DROP_A_FOLDER)

    expect(page.locator(".tile[data-status=queued]")).to_have_count(2)
    summary = page.locator("#uploads-summary")
    expect(summary).to_contain_text("2 skipped (unreadable)")
    expect(summary).to_contain_text("2 skipped (thumbnails, bins or hidden)")


# Scripts cannot make real entries: these answer as Chromium's do.
DROP_A_FOLDER = """async () => {
  const picture = async (colour) => {
    const canvas = new OffscreenCanvas(64, 64);
    const context = canvas.getContext("2d");
    context.fillStyle = colour;
    context.fillRect(0, 0, 64, 64);
    const file = new File([await canvas.convertToBlob()], `${colour}.png`);
    return { isFile: true, fullPath: `/photos/${file.name}`, file: (resolve) => resolve(file) };
  };
  const gone = () => new DOMException("", "NotFoundError");
  const folder = (entries, fullPath = "/photos") => ({
    fullPath,
    createReader: () => ({ readEntries: (resolve) => resolve(entries.splice(0, 2)) }),
  });
  const fail = (resolve, reject) => reject(gone());
  const lost = { isFile: true, fullPath: "/photos/lost.jpg", file: fail };
  const thumbnails = folder([await picture("green")], "/photos/@eaDir");
  const bin = folder([await picture("lime")], "/photos/#recycle");
  const closed = { fullPath: "/photos/closed", createReader: () => ({ readEntries: fail }) };
  const [red, blue] = [await picture("red"), await picture("blue")];
  const dropped = folder([red, lost, thumbnails, bin, closed, blue]);
  const event = new Event("drop", { cancelable: true });
  event.dataTransfer = { types: ["Files"], items: [{ webkitGetAsEntry: () => dropped }] };
  document.dispatchEvent(event);
}"""


def test_uploads_go_into_the_grid_that_a_filter_left(page: Page, alice, analyse, pictures):
    gallery = make_gallery(owner=alice)
    page.goto(f"{gallery.get_absolute_url()}?view=faces")

    page.set_input_files("#files", pictures(1))
    expect(page.locator(".tile[data-status=queued]")).to_have_count(1)
    analyse()

    expect(page.locator(".tile[data-status=ready]")).to_have_count(1)
    expect(page.locator("#uploads-summary")).to_have_text("Uploaded 1 of 1, analyzed 1 of 1")


def test_a_photo_that_the_filter_does_not_show_is_still_being_analysed(
    page: Page, alice, analyse, pictures
):
    gallery = make_gallery(owner=alice)
    page.goto(gallery.get_absolute_url())
    page.set_input_files("#files", pictures(1))
    expect(page.locator(".tile[data-status=queued]")).to_have_count(1)

    page.locator("#view-faces").click()
    expect(page.locator(".tile")).to_have_count(0)
    expect(page.locator("#uploads-summary")).to_have_text("Uploaded 1 of 1, analyzed 0 of 1")
    analyse()

    expect(page.locator("#uploads-summary")).to_have_text("Uploaded 1 of 1, analyzed 1 of 1")


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
    expect(page.locator(".tile", has_text="The stored picture is damaged.")).to_be_visible()

    page.get_by_role("button", name="Retry", exact=True).click()
    expect(page.locator(".tile[data-status=queued]")).to_have_count(1)
    analyse()

    expect(page.locator(".tile[data-status=ready]")).to_have_count(1)
