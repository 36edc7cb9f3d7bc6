"""Pictures of the running product: `python -m tests.tour` makes those of the docs and the site.

It starts a site of its own with drawn faces, and uses it in Chromium. `--pages DIR` photographs
every page instead, at three widths, light and dark, to look at.
"""

import argparse
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs/images"
MOVING = ROOT / "static/images"
FLAGS = ("--no-sandbox", "--disable-gpu", "--hide-scrollbars")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DESK, PHONE = (1280, 720), (390, 844)
WIDTHS = {"desk": (1440, 900), "tablet": (768, 1024), "phone": PHONE}
FRAME = (1100, 620)  # of the moving picture
SAID = "smiling woman without glasses"


@dataclass(frozen=True)
class Site:
    """Where it is, and the password of its account `demo`."""

    address: str
    password: str


@contextmanager
def running_site() -> Iterator[Site]:
    """A site with a gallery of samples, until the block ends."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
        probe.close()
        environment = os.environ | {"VAR_DIR": folder, "SECRET_KEY": secrets.token_hex(32)}
        command = [sys.executable, "manage.py", "serve", "--demo", "--port", port]
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout is not None  # noqa: S101  (for the type checker)
            lines = iter(process.stdout.readline, "")
            found = (re.search(r"with the password (\S+)", line) for line in lines)
            yield Site(f"http://127.0.0.1:{port}", next(filter(None, found))[1])
        finally:
            process.terminate()
            process.wait()


def open_page(browser: Browser, site: Site, size: tuple[int, int], scheme: str) -> Page:
    """A page of somebody who has logged in as `demo`."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        base_url=site.address,
    )
    page = context.new_page()
    page.goto("/account/login/")
    page.fill("[name=login]", "demo")
    page.fill("[name=password]", site.password)
    page.keyboard.press("Enter")
    page.wait_for_url("/")
    return page


def gallery_of(page: Page) -> str:
    """The address of the gallery of samples, once all of it is analyzed."""
    page.goto("/")
    page.get_by_role("link", name="Sample photos").click()
    page.locator("#counts [data-pending]").wait_for(state="detached", timeout=120_000)
    return page.url


def shoot(page: Page, address: str) -> Image.Image:
    """What a page looks like once its pictures are there."""
    page.goto(address)
    page.wait_for_load_state("networkidle")
    return Image.open(BytesIO(page.screenshot()))


def save(picture: Image.Image, name: str) -> None:
    picture.convert("RGB").save(IMAGES / f"{name}.webp", quality=80, method=6)


def make_stills(browser: Browser, site: Site) -> None:
    """The pictures of the docs: light, dark and on a phone."""
    for name, size, scheme in (
        ("", DESK, "light"),
        ("-dark", DESK, "dark"),
        ("-phone", PHONE, "light"),
    ):
        page = open_page(browser, site, size, scheme)
        gallery = gallery_of(page)
        save(shoot(page, f"{gallery}?attrs=Smiling,-Eyeglasses&sort=Smiling"), f"gallery{name}")
        page.locator(".tile > a").first.click()
        page.wait_for_load_state("networkidle")
        save(shoot(page, page.url), f"photo{name}")
        if not name:
            save(shoot(page, f"{gallery}insight/"), "insight")
        page.context.close()


def make_moving(browser: Browser, site: Site) -> None:
    """The moving picture: say what is wanted, look at a photo, answer."""
    page = open_page(browser, site, FRAME, "light")
    gallery = gallery_of(page)
    frames: list[tuple[Image.Image, int]] = []  # with the milliseconds that each stays

    def take(milliseconds: int) -> None:
        page.wait_for_load_state("networkidle")
        frames.append((Image.open(BytesIO(page.screenshot())).convert("RGB"), milliseconds))

    page.goto(gallery)
    take(1500)
    for end in range(4, len(SAID) + 1, 5):
        page.fill("#narrow", SAID[:end])
        take(120)
    page.fill("#narrow", SAID)
    take(500)
    page.keyboard.press("Enter")
    page.wait_for_selector(".chip")
    take(2500)
    page.locator(".tile > a").first.click()
    page.wait_for_selector("#back")
    take(2000)
    page.locator("#Arched_Eyebrows-is-yes").click()
    page.wait_for_selector("#toast .notice")
    take(2500)
    first, *others = (frame for frame, _ in frames)
    MOVING.mkdir(exist_ok=True)
    first.save(
        MOVING / "tour.webp",
        save_all=True,
        append_images=others,
        duration=[milliseconds for _, milliseconds in frames],
        loop=0,
        quality=70,
        method=6,
    )
    frames[-3][0].save(MOVING / "still.webp", quality=80, method=6)
    page.context.close()


def photograph_all(browser: Browser, site: Site, folder: Path) -> None:
    """Every page, at three widths, light and dark."""
    folder.mkdir(parents=True, exist_ok=True)
    for width, size in WIDTHS.items():
        for scheme in ("light", "dark"):
            page = open_page(browser, site, size, scheme)
            gallery = gallery_of(page)
            photo = page.locator(".tile > a").first.get_attribute("href") or ""
            addresses = {
                "home": "/",
                "gallery": gallery,
                "filtered": f"{gallery}?attrs=Smiling,-Eyeglasses",
                "faces": f"{gallery}?view=faces&sort=Smiling",
                "nothing": f"{gallery}?attrs=Bald,Smiling,Bangs",
                "broken": f"{gallery}?attrs=Smilling",
                "photo": photo,
                "insight": f"{gallery}insight/",
                "reviews": f"{gallery}review/",
                "review": f"{gallery}review/Smiling/",
                "account": "/account/",
                "activity": "/account/activity/",
                "not-found": "/nothing/",
            }
            for name, address in addresses.items():
                shoot(page, address).save(folder / f"{name}-{width}-{scheme}.png")
            page.context.clear_cookies()
            for name in ("", "account/login/", "account/signup/"):
                file = f"{name.strip('/').replace('/', '-') or 'welcome'}-{width}-{scheme}.png"
                shoot(page, f"/{name}").save(folder / file)
            page.context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=Path, metavar="DIR")
    folder = parser.parse_args().pages
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    with running_site() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        if folder:
            photograph_all(browser, site, folder)
        else:
            make_stills(browser, site)
            make_moving(browser, site)
        browser.close()


if __name__ == "__main__":
    main()
