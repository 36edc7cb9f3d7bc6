"""The page on which a person makes and revokes the links to a gallery."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from gallery.models import Act, SavedFilter, ShareLink
from gallery.tests.factories import make_gallery, make_user

pytestmark = pytest.mark.django_db


def page_of(gallery) -> str:
    return reverse("gallery:links", args=[gallery.uuid])


def make_filter(gallery) -> SavedFilter:
    kwargs = {"owner": gallery.owner, "gallery": gallery}
    return SavedFilter.objects.create(name="Happy", attrs="Smiling", match="any", **kwargs)


def test_a_link_is_made_and_shown_once(client, gallery):
    saved = make_filter(gallery)
    options = {"saved_filter": saved.pk, "lasts": "7", "allows_download": "on"}

    page = client.post(page_of(gallery), options, follow=True).content.decode()

    (address,) = re.findall(r'value="http://testserver(/s/[^"]+)"', page)
    assert client.get(address).status_code == 200
    link = ShareLink.objects.get()
    assert (link.saved_filter, link.allows_download, link.shows_sensitive) == (saved, True, False)
    left = link.expires_at - timezone.now()
    assert timedelta(days=6, hours=23) < left < timedelta(days=7)
    assert "/s/" not in client.get(page_of(gallery)).content.decode()
    assert Act.objects.get(kind=Act.Kind.LINK_MADE).about == "Happy"


def test_links_are_listed_and_revoked(client, gallery):
    link = ShareLink.objects.share(gallery, password="between-us")
    assert "With a password." in client.get(page_of(gallery)).content.decode()

    done = client.post(reverse("gallery:revoke_link", args=[link.uuid]), follow=True)

    page = done.content.decode()
    assert "The link to “Holidays” was revoked." in page
    assert "Nothing of this gallery is shared." in page
    assert client.get(f"/s/{link.token}/").status_code == 404
    assert Act.objects.filter(kind=Act.Kind.LINK_REVOKED).count() == 1


def test_an_expired_link_is_listed_as_such(client, gallery):
    ShareLink.objects.share(gallery, lasts=timedelta(0))
    ShareLink.objects.update(expires_at=timezone.now())

    assert "<strong>expired" in client.get(page_of(gallery)).content.decode()


def test_what_cannot_be_shared_is_explained(client, gallery):
    theirs = make_filter(make_gallery(owner=make_user()))

    for options, words in (
        ({"saved_filter": theirs.pk}, "not one of the available choices"),
        ({"password": "short"}, "at least 6 characters"),
        ({"lasts": "8"}, "not one of the available choices"),
    ):
        answer = client.post(page_of(gallery), {"lasts": "7", **options})
        assert answer.status_code == 400
        assert words in answer.content.decode()
    assert not ShareLink.objects.exists()


def test_a_link_goes_with_its_filter_and_with_its_gallery(client, gallery):
    saved = make_filter(gallery)
    ShareLink.objects.share(gallery, saved_filter=saved)
    ShareLink.objects.share(gallery)

    saved.delete()

    assert [link.saved_filter for link in ShareLink.objects.all()] == [None]
    client.post(reverse("gallery:delete", args=[gallery.uuid]))
    assert not ShareLink.objects.visible_to(gallery.owner).exists()
