import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, F, Q

from gallery.management import demo
from gallery.models import Face, Gallery, Photo
from gallery.tests.factories import make_gallery, make_user, make_version
from gallery.tests.pictures import stored_files
from ml.attributes import NAMES

pytestmark = pytest.mark.django_db


def test_a_demo_has_as_many_faces_as_asked_for_in_photos_that_know_theirs(monkeypatch):
    monkeypatch.setattr(demo, "CHUNK", 100)
    gallery, version = make_gallery(), make_version()

    done = list(demo.fill_gallery(gallery, 300, version))

    found = Count("faces", filter=~Q(faces__detector="whole"))
    assert done[-1] == Face.objects.in_gallery(gallery).count() == 300
    assert len(done) > 1
    assert not Photo.objects.annotate(found=found).exclude(found=F("face_count")).exists()
    assert Photo.objects.order_by("id").first().created_at < Photo.objects.first().created_at


def test_demo_faces_can_be_filtered_and_looked_at(client):
    make_version()
    owner = make_user("ann")
    call_command("make_demo", faces=20, owner="ann")
    client.force_login(owner)
    photo = Photo.objects.first()

    assert client.get(f"{Gallery.objects.get().get_absolute_url()}?attrs=-Bald").status_code == 200
    assert client.get(photo.get_absolute_url()).status_code == 200
    assert client.get(f"/photos/{photo.uuid}/thumbnail.webp").status_code == 200
    assert photo.open_picture().size == (photo.width, photo.height)
    assert all(len(photo.stored_sha256) == 64 for photo in Photo.objects.all())


def test_a_demo_for_counting_can_do_without_pictures(client):
    make_version()

    call_command("make_demo", faces=5, no_pictures=True)

    assert stored_files() == []


def test_a_demo_is_added_to_the_gallery_of_that_name():
    make_version()

    call_command("make_demo", faces=5, gallery="Crowd")
    call_command("make_demo", faces=5, gallery="Crowd")

    assert Face.objects.in_gallery(Gallery.objects.get(name="Crowd")).count() == 10
    assert not Gallery.objects.get().owner.has_usable_password()


@pytest.mark.parametrize("owner", [None, "nobody"])
def test_a_demo_says_what_it_lacks(owner):
    if owner:
        make_version()

    with pytest.raises(CommandError, match="no person nobody" if owner else "activate_model"):
        call_command("make_demo", faces=5, owner=owner)


def test_demo_attributes_are_as_frequent_as_in_celeba_and_hang_together():
    values = demo.probabilities(np.random.default_rng(0), 20_000)
    share = (values > 0.5).mean(0)
    among = np.corrcoef(values.T)
    male, lipstick, smiling, cheeks = map(
        NAMES.index, ("Male", "Wearing_Lipstick", "Smiling", "High_Cheekbones")
    )

    assert np.abs(share - [trait[0] for trait in demo.TRAITS.values()]).max() < 0.02
    assert among[male, lipstick] < -0.4
    assert among[smiling, cheeks] > 0.4
