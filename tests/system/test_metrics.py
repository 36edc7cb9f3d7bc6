"""/metrics of a real site of two web processes."""

import re
from urllib.request import Request, urlopen

import pytest

from tests.system.site import photo, wait_for

pytestmark = [pytest.mark.system, pytest.mark.slow]

REQUESTS = 20
ANALYSED = 'celebattr_analysed_photos_total{outcome="ready"}'


def scrape(site, figure: str) -> float:
    headers = {"Authorization": f"Bearer {site.env['METRICS_TOKEN']}"}
    with urlopen(Request(f"http://127.0.0.1:{site.port}/metrics", headers=headers)) as answer:
        text = answer.read().decode()
    found = re.search(rf"^{re.escape(figure)} (\S+)$", text, re.M)
    return float(found[1]) if found else 0.0


def test_every_scrape_counts_the_requests_of_all_processes_and_the_worker_s_work(site):
    listed = 'celebattr_requests_total{status="200",view="api:gallery-list"}'
    before, done, gallery = scrape(site, listed), scrape(site, ANALYSED), site.make_gallery()

    for _ in range(REQUESTS):
        site.request("GET", "/api/v1/galleries/")
    counts = {scrape(site, listed) for _ in range(10)}
    site.upload(gallery, photo(1))
    waiting = scrape(site, 'celebattr_photos{status="queued"}')
    site.start_worker()
    wait_for(lambda: scrape(site, ANALYSED) == done + 1)

    assert counts == {before + REQUESTS}
    assert waiting == 1 and scrape(site, "celebattr_workers") >= 1
    assert scrape(site, 'celebattr_analysis_seconds_total{stage="predict"}') > 0
