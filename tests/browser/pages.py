"""Every page in its states, for tests that look at all of them."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from playwright.sync_api import Page, expect

from gallery.answers import corrections
from gallery.library.trash import trash_gallery, trash_photos
from gallery.models import Face, Gallery, MemberLink, Membership, Role, SavedFilter, ShareLink
from gallery.tests.factories import (
    make_face,
    make_gallery,
    make_member,
    make_photo,
    make_photo_with,
    make_ready,
    make_user,
    make_webhook,
)
from gallery.views import model_versions
from gallery.webhooks.deliveries import AN_ERROR, SAID_GONE

Show = Callable[[Page, User], None]


def at(address: str) -> Show:
    return lambda page, user: void(page.goto(address))


def void(_: object) -> None:
    """Nothing, whatever it was."""


# --- What the pages show -----------------------------------------------------------------------


def make_full(user: User) -> Gallery:
    """A gallery with photos in every state, answers and a saved filter."""
    gallery = make_gallery(owner=user, name="Friends")
    make_ready(gallery, smiling=0.9, young=0.8)
    make_photo_with({"smiling": 0.9}, {"smiling": 0.1}, gallery=gallery)
    make_photo(gallery=gallery)
    make_photo(gallery=gallery, status="failed", failure="The stored picture is damaged.")
    answered = Face.objects.filter(photo=make_ready(gallery, smiling=0.3))
    corrections.answer(answered, "Smiling", True, user)
    SavedFilter.objects.create(owner=user, gallery=gallery, name="Happy", attrs="Smiling")
    return gallery


def in_gallery(query: str) -> Show:
    return lambda page, user: void(page.goto(make_full(user).get_absolute_url() + query))


def empty_gallery(page: Page, user: User) -> None:
    page.goto(make_gallery(owner=user).get_absolute_url())


def all_photos(page: Page, user: User) -> None:
    full_home(page, user)
    page.goto("/photos/")


def full_home(page: Page, user: User) -> None:
    make_full(user)
    page.goto("/")


def selected_faces(page: Page, user: User) -> None:
    page.goto(f"{make_full(user).get_absolute_url()}?view=faces")
    page.locator(".tile-check").first.check(force=True)


def selected_photos(page: Page, user: User) -> None:
    page.goto(make_full(user).get_absolute_url())
    page.locator(".tile-check").first.check(force=True)


def moving_photos(page: Page, user: User) -> None:
    selected_photos(page, user)
    page.locator("[popovertarget=move-photos]").first.click()


def full_trash(page: Page, user: User) -> None:
    trash_photos(make_full(user).photos.filter(status="ready"))
    trash_gallery(make_full(user))
    page.goto("/trash/")
    page.locator(".tile-check").first.check(force=True)


def uploading(page: Page, user: User) -> None:
    page.goto(make_gallery(owner=user).get_absolute_url())
    file = {"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
    page.set_input_files("#files", [file, {**file, "name": "more.jpg"}])
    expect(page.locator(".upload-row")).to_have_count(2)


def photo_with(*faces: dict[str, float]) -> Show:
    def show(page: Page, user: User) -> None:
        gallery = make_gallery(owner=user)
        page.goto(make_photo_with(*faces, gallery=gallery).get_absolute_url())

    return show


def photo_at(**kwargs: str) -> Show:
    def show(page: Page, user: User) -> None:
        page.goto(make_photo(gallery=make_gallery(owner=user), **kwargs).get_absolute_url())

    return show


def photo_without_a_face(page: Page, user: User) -> None:
    photo = make_photo_with(gallery=make_gallery(owner=user))
    make_face(photo, detector="none", x=0, y=0, w=1, h=1)
    page.goto(photo.get_absolute_url())


def drawing(page: Page, user: User) -> None:
    photo_with({})(page, user)
    page.locator("#draw > summary").click()


def dialog(button: str) -> Show:
    def show(page: Page, user: User) -> None:
        page.goto(f"{make_full(user).get_absolute_url()}?attrs=Smiling")
        page.evaluate("(id) => document.getElementById(id).showPopover()", button)

    return show


def as_staff(address: str) -> Show:
    def show(page: Page, user: User) -> None:
        User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
        photo = make_full(user).photos.filter(status="queued")
        photo.update(created_at="2020-01-01T00:00Z")  # which brings the banner
        page.goto(address)

    return show


def share(page: Page, user: User, **options: str) -> ShareLink:
    """A link to a full gallery, in a browser that is logged out."""
    link = ShareLink.objects.share(make_full(user), **options)
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    return link


def shared(page: Page, user: User) -> None:
    page.goto(f"/s/{share(page, user).token}/")


def shared_photo(page: Page, user: User) -> None:
    shared(page, user)
    page.locator(".tile a").nth(1).click()
    expect(page.locator(".shared-picture")).to_be_visible()


def shared_with_password(page: Page, user: User) -> None:
    page.goto(f"/s/{share(page, user, password='between-us').token}/")
    page.get_by_label("Password").fill("x")
    page.get_by_role("button", name="Open the album").click()
    expect(page.locator(".errorlist").first).to_be_visible()


def near_duplicates(page: Page, user: User) -> None:
    gallery = make_gallery(owner=user, name="Friends")
    for number, width in enumerate((4000, 1200, 800, 3000, 2000)):
        make_photo(
            gallery=gallery,
            original_name=f"IMG_{number}, the first of a very long evening.jpg",
            width=width,
            height=width * 3 // 4,
            bytes=width * 300,
            likeness_across=number // 3 + 1,
            likeness_down=-1 if number > 2 else 2**60,
            status="ready",
        )
    make_photo(gallery=gallery)
    page.goto(f"{gallery.get_absolute_url()}duplicates/")


def no_duplicates(page: Page, user: User) -> None:
    page.goto(f"{make_gallery(owner=user).get_absolute_url()}duplicates/")


def labels(page: Page, user: User) -> None:
    gallery = make_full(user)
    table = b"file,Smiling\nnobody.jpg,yes\n"
    page.goto(f"{gallery.get_absolute_url()}labels/")
    page.set_input_files("[name=file]", {"name": "a.csv", "mimeType": "text/csv", "buffer": table})
    page.get_by_role("button", name="Import").click()
    page.get_by_role("heading", name="1 line fits no face").wait_for()


def links(page: Page, user: User) -> None:
    gallery = make_full(user)
    ShareLink.objects.share(gallery)
    page.goto(f"{gallery.get_absolute_url()}links/")


def webhooks(page: Page, user: User) -> None:
    make_webhook(owner=user)
    make_webhook(owner=user, is_active=False, disabled_because=SAID_GONE)
    page.goto("/account/webhooks/")


def webhook(page: Page, user: User) -> None:
    hook = make_webhook(owner=user, failing_since="2026-01-31T12:00Z")
    for tries, status in ((1, 200), (2, 500), (0, None)):
        row = {"event": "photo.ready", "body": "{}", "tries": tries, "status": status}
        hook.deliveries.create(**row, failure=AN_ERROR if status == 500 else "")
    hook.deliveries.filter(status=200).update(delivered_at="2026-01-31T12:00Z", next_at=None)
    page.goto(f"/account/webhooks/{hook.uuid}/")


def members(page: Page, user: User) -> None:
    gallery = make_full(user)
    make_member(gallery, make_user("ben", first_name="Ben"), Role.EDITOR)
    Membership.objects.create(gallery=gallery, invited_as="eve@example.org")
    MemberLink.objects.make(gallery, Role.VIEWER)
    page.goto(f"{gallery.get_absolute_url()}members/")
    page.locator("form[action$='/link/'] .button").click()
    page.locator("#new-link").wait_for()


def shared_with(user: User, role: Role = Role.VIEWER) -> Gallery:
    """Another's gallery that the person is a member of."""
    gallery = make_full(make_user("anna", first_name="Anna"))
    make_member(gallery, user, role)
    return gallery


def as_viewer(address: str = "") -> Show:
    return lambda page, user: void(page.goto(shared_with(user).get_absolute_url() + address))


def photo_as_viewer(page: Page, user: User) -> None:
    photo = shared_with(user).photos.filter(status="ready").first()
    page.goto(photo.get_absolute_url())


def second_look(page: Page, user: User) -> None:
    gallery = shared_with(user, Role.EDITOR)
    page.goto(f"{gallery.get_absolute_url()}review/Smiling/second/")


def review_of_several(page: Page, user: User) -> None:
    page.goto(f"{shared_with(user, Role.EDITOR).get_absolute_url()}review/")


def invited(page: Page, user: User) -> None:
    shared_with(user)
    gallery = make_gallery(owner=make_user("ben", first_name="Ben"), name="Summer")
    Membership.objects.create(gallery=gallery, person=user, role=Role.EDITOR)
    page.goto("/")


def joining(page: Page, user: User) -> None:
    gallery = make_gallery(owner=make_user("anna", first_name="Anna"), name="Summer")
    page.goto(f"/join/{MemberLink.objects.make(gallery, Role.EDITOR).token}/")


def sent_wrong(address: str) -> Show:
    def show(page: Page, user: User) -> None:
        page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
        page.goto(address)
        # A browser does not send what is no address.
        for field in page.locator("main form input:visible:not([type=email])").all():
            field.fill("x")
        page.locator("main .button-primary").first.click()
        expect(page.locator(".errorlist").first).to_be_visible()

    return show


def out(address: str) -> Show:
    def show(page: Page, user: User) -> None:
        page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
        page.goto(address)

    return show


def broken(error: Exception, status: int) -> Show:
    def show(page: Page, user: User) -> None:
        def fail(*args: object) -> None:
            raise error

        User.objects.filter(pk=user.pk).update(is_staff=True)
        kept, model_versions.versions_context = model_versions.versions_context, fail
        try:
            response = page.goto("/models/")
        finally:
            model_versions.versions_context = kept
        assert response and response.status == status

    return show


PAGES: dict[str, Show] = {
    "welcome": out("/"),
    "log in": out("/account/login/"),
    "log in with errors": sent_wrong("/account/login/"),
    "sign up": out("/account/signup/"),
    "sign up with errors": sent_wrong("/account/signup/"),
    "forgotten password": out("/account/password/reset/"),
    "home, empty": at("/"),
    "home, full": full_home,
    "gallery, empty": empty_gallery,
    "gallery, full": in_gallery(""),
    "gallery, filtered": in_gallery("?attrs=Smiling,-Young&sort=-Smiling"),
    "gallery, nothing found": in_gallery("?attrs=Smiling>0.99"),
    "gallery, broken filter": in_gallery("?attrs=Smiling>>"),
    "gallery, by date": in_gallery("?sort=taken"),
    "gallery, faces": in_gallery("?view=faces"),
    "gallery, faces selected": selected_faces,
    "gallery, photos selected": selected_photos,
    "gallery, moving photos": moving_photos,
    "gallery, uploading": uploading,
    "gallery, saving a filter": dialog("save-filter"),
    "gallery, exporting": dialog("export"),
    "gallery, keys": dialog("keys"),
    "all photos": all_photos,
    "upload": lambda page, user: void(
        page.goto(f"{make_gallery(owner=user).get_absolute_url()}upload/")
    ),
    "photo, no face": photo_without_a_face,
    "photo, one face": photo_with({"smiling": 0.9}),
    "photo, faces": photo_with({"smiling": 0.9}, {"smiling": 0.2}),
    "photo, drawing": drawing,
    "photo, waiting": photo_at(),
    "photo, failed": photo_at(status="failed", failure="The stored picture is damaged."),
    "review list": in_gallery("review/"),
    "review": in_gallery("review/Smiling/"),
    "labels that do not fit": labels,
    "near duplicates": near_duplicates,
    "no near duplicates": no_duplicates,
    "links": links,
    "members": members,
    "members, as a viewer": as_viewer("members/"),
    "gallery, as a viewer": as_viewer(),
    "photo, as a viewer": photo_as_viewer,
    "review list, several people": review_of_several,
    "review, second look": second_look,
    "home, invited": invited,
    "joining": joining,
    "joining, over": at("/join/nothing/"),
    "shared album": shared,
    "shared photo": shared_photo,
    "shared album, locked": shared_with_password,
    "shared album, revoked": out("/s/nothing/"),
    "trash, empty": at("/trash/"),
    "trash, full": full_trash,
    "account": at("/account/"),
    "webhooks, none": at("/account/webhooks/"),
    "webhooks": webhooks,
    "webhook": webhook,
    "activity": at("/account/activity/"),
    "models": as_staff("/models/"),
    "operate": as_staff("/operate/"),
    "404": at("/nothing/"),
    "403": broken(PermissionDenied(), 403),
    "500": broken(RuntimeError("on purpose"), 500),
}
