"""The short nginx and Caddy of docs/deploy.md in front of a real site, and an nginx as it comes."""

import http.client
import os
import re
import shutil
import subprocess
import textwrap
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

import pytest

from tests.system.processes import ROOT
from tests.system.site import Site, database_url_for, free_port, wait_for

pytestmark = [pytest.mark.system, pytest.mark.slow]

BARE = "server { listen 80; location / { proxy_pass http://127.0.0.1:8000; } }"
BASE = "/faces"
PROXIES = [
    pytest.param(name, marks=pytest.mark.skipif(not shutil.which(name), reason=f"needs {name}"))
    for name in ("nginx", "caddy")
]


def example(beginning: str) -> str:
    """The block of docs/deploy.md that begins so."""
    blocks = re.split(r"\n(?=\S)", (ROOT / "docs/deploy.md").read_text())
    (block,) = (text for text in blocks if f"\n\n    {beginning}" in text)
    return textwrap.dedent(block.partition("\n\n")[2])


@pytest.fixture(scope="module", params=["", BASE], ids=["host", "path"])
def site(request, tmp_path_factory) -> Iterator[Site]:
    """A site of its own host, or below a path."""
    folder = tmp_path_factory.mktemp("behind")
    database_url, drop = database_url_for(folder, f"celebattr_proxy_{os.getpid()}")
    site = Site(folder, database_url, BASE_PATH=request.param)
    site.set_up()
    site.start_web()
    yield site
    site.stop(*site.processes)
    drop()


@pytest.fixture
def start(tmp_path) -> Iterator[Callable[[str, str, Site], int]]:
    """Starts a proxy with a file for it in front of the site; its port."""
    started: list[subprocess.Popen] = []

    def begin(name: str, text: str, site: Site) -> int:
        port, file = free_port(), tmp_path / name
        text = text.replace("127.0.0.1:8000", f"127.0.0.1:{site.port}")
        if name == "nginx":
            text = text.replace("listen 80;", f"listen 127.0.0.1:{port};")
            temporary = "".join(
                f"{kind}_temp_path {tmp_path}/{kind}; "
                for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
            )
            head = f"pid {tmp_path}/nginx.pid; daemon off; events {{}}"
            file.write_text(f"{head} http {{ access_log off; {temporary} {text} }}")
            command = ["nginx", "-c", file, "-e", "stderr"]
        else:
            text = re.sub(r"^[\w.]*example\.org", f"http://127.0.0.1:{port}", text, flags=re.M)
            file.write_text(f"{{\nadmin off\nauto_https off\n}}\n{text}")
            command = ["caddy", "run", "--adapter", "caddyfile", "--config", file]
        started.append(subprocess.Popen(command, env={**os.environ, "HOME": str(tmp_path)}))
        wait_for(lambda: answers(port))
        return port

    yield begin
    for process in started:
        process.terminate()
        process.wait()


def answers(port: int) -> bool:
    try:
        return Browser(port).get("/healthz")[0] > 0
    except OSError:
        return False


class Browser:
    """Just enough of one: cookies by path, and the header Origin."""

    def __init__(self, port: int) -> None:
        self.origin, self.port = f"http://127.0.0.1:{port}", port
        self.cookies: SimpleCookie = SimpleCookie()

    def get(self, path: str) -> tuple[int, http.client.HTTPMessage, str]:
        return self.ask("GET", path)

    def post(self, path: str, **form: str) -> tuple[int, http.client.HTTPMessage, str]:
        form["csrfmiddlewaretoken"] = self.cookies["celebattr_csrf"].value
        return self.ask("POST", path, urlencode(form), Origin=self.origin)

    def ask(self, method: str, path: str, body: str = "", **headers: str):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = [one for one in self.cookies.values() if path.startswith(one["path"])]
        headers["Cookie"] = "; ".join(f"{one.key}={one.value}" for one in sent)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        for cookie in response.headers.get_all("Set-Cookie") or []:
            self.cookies.load(cookie)
        text = response.read().decode(errors="replace")
        connection.close()
        return response.status, response.headers, text


def log_in(browser: Browser, base: str) -> tuple[int, http.client.HTTPMessage, str]:
    status, _, page = browser.get(f"{base}/account/login/")
    assert status == 200, page
    return browser.post(f"{base}/account/login/", login="alice", password="correct-horse")


def configuration(name: str, base: str) -> str:
    if name == "nginx":
        return example("server {").replace("location / {", f"location {base}/ {{")
    return example("example.org {" if base else "photos.example.org {")


@pytest.mark.parametrize("name", PROXIES)
def test_people_log_in_and_every_address_leads_back_through_the_proxy(site, start, name):
    base = site.env["BASE_PATH"]
    browser = Browser(start(name, configuration(name, base), site))

    status, headers, page = log_in(browser, base)

    assert (status, urlsplit(headers["Location"]).path) == (302, f"{base}/"), page
    assert {cookie["path"] for cookie in browser.cookies.values()} == {f"{base}/"}
    status, _, home = browser.get(f"{base}/")
    assert status == 200 and "alice" in home
    addresses = set(re.findall(r'(?:href|src|action)="(/[^"]*)"', home))
    assert addresses and all(address.startswith(f"{base}/") for address in addresses)
    for address in addresses:
        # 405: where only forms lead; 302: where somebody who is logged in has nothing to do.
        assert browser.get(address)[0] in (200, 302, 405), address


@pytest.mark.parametrize("name", PROXIES)
def test_scripts_styles_and_what_they_name_are_there(site, start, name):
    base = site.env["BASE_PATH"]
    browser = Browser(start(name, configuration(name, base), site))
    _, _, page = browser.get(f"{base}/")
    (script,) = re.findall(r'<script type="module" src="([^"]+)"', page)
    (style,) = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
    fonts = re.findall(r'url\("(.+?)"\)', browser.get(style)[2])

    assert fonts
    for address in (script, *(urljoin(style, font) for font in fonts)):
        assert browser.ask("HEAD", address)[0] == 200


@pytest.mark.parametrize("name", PROXIES)
def test_the_api_names_addresses_that_lead_back_to_it(site, start, name):
    base = site.env["BASE_PATH"]
    port = start(name, configuration(name, base), site)
    browser = Browser(port)
    authorization = {"Authorization": f"Token {site.token}"}
    site.make_gallery()

    _, _, text = browser.ask("GET", f"{base}/api/v1/galleries/", **authorization)
    (address,) = set(re.findall(r'"url":"([^"]+)"', text)[:1])
    status, _, schema = browser.get(f"{base}/api/schema/")

    assert address.startswith(f"http://127.0.0.1:{port}{base}/api/v1/")
    assert browser.ask("GET", urlsplit(address).path, **authorization)[0] == 200
    assert status == 200
    assert (f"servers:\n- url: {base}\n" in schema) == bool(base)


@pytest.mark.skipif(not shutil.which("nginx"), reason="needs nginx")
def test_a_proxy_that_cuts_off_the_path_serves_as_well(site, start):
    base = site.env["BASE_PATH"]
    text = configuration("nginx", base).replace(":8000;", ":8000/;")
    browser = Browser(start("nginx", text, site))

    status, headers, page = log_in(browser, base)

    assert (status, urlsplit(headers["Location"]).path) == (302, f"{base}/"), page


@pytest.mark.skipif(not shutil.which("nginx"), reason="needs nginx")
def test_an_nginx_as_it_comes_is_told_what_it_lacks(site, start):
    browser = Browser(start("nginx", BARE, site))

    status, _, page = log_in(browser, site.env["BASE_PATH"])

    assert status == 403
    assert f"CSRF_TRUSTED_ORIGINS={browser.origin}" in page
    assert "proxy_set_header Host $http_host" in page


@pytest.mark.skipif(not shutil.which("nginx"), reason="needs nginx")
def test_a_path_that_the_proxy_alone_knows_is_refused_in_words(site, start):
    other = BARE.replace("location / {", "location / { proxy_set_header SCRIPT_NAME /other;")
    browser = Browser(start("nginx", other, site))

    status, _, page = browser.get("/other/")

    assert status == 503
    assert "Set BASE_PATH" in page and "/other" in page
