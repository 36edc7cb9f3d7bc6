"""A quota holds in a real site, however many uploads come at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.system.site import photo

pytestmark = [pytest.mark.system, pytest.mark.slow]

BUSY = 503  # others keep the decoder busy: the client is to try again


@pytest.fixture
def three_photos(site):
    site.execute("INSERT INTO gallery_quota (person_id, photos) SELECT id, 3 FROM auth_user")
    yield
    site.execute("DELETE FROM gallery_quota")


def test_of_twenty_uploads_at_once_one_takes_the_last_place(site, three_photos):
    gallery = site.make_gallery()
    assert [site.upload(gallery, photo(number)) for number in (100, 101)] == [201, 201]

    def upload(number: int) -> int:
        while (status := site.upload(gallery, photo(number))) == BUSY:
            pass
        return status

    with ThreadPoolExecutor(20) as clients:
        statuses = list(clients.map(upload, range(20)))

    assert sorted(statuses) == [201] + 19 * [403]
    assert site.count("queued") == 3
