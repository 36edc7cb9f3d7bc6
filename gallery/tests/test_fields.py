"""Names: something in them must be visible."""

import pytest
from django.urls import reverse

from gallery.models import Gallery

pytestmark = pytest.mark.django_db

INVISIBLE = ["\u200b", "\u202e", "\u0301", "\u3164", "\u2800", "\ue000"]


@pytest.mark.parametrize("name", INVISIBLE)
def test_a_name_that_nobody_can_see_is_refused(client, gallery, api, name):
    page = client.post(reverse("gallery:rename", args=[gallery.uuid]), {"name": name}, follow=True)
    answer = api.post("/api/v1/galleries/", {"name": name}, format="json")

    assert Gallery.objects.get().name == gallery.name
    assert "at least one letter that can be seen" in page.content.decode()
    assert answer.status_code == 400


@pytest.mark.parametrize("name", ["X", "\u200bfamily", "家族", "🏖", "1", "–"])
def test_a_name_in_any_script_or_a_sign_is_accepted(api, name):
    assert api.post("/api/v1/galleries/", {"name": name}, format="json").status_code == 201
