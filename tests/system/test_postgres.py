"""PostgreSQL as sites of many hosts have it: connections that are cut, and PgBouncer in between."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.system.processes import ROOT
from tests.system.site import Site, database_url_for, free_port, photo, wait_for

pytestmark = [
    pytest.mark.system,
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("DATABASE_URL", "").startswith("postgres"),
        reason="needs PostgreSQL in DATABASE_URL",
    ),
]

OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def test_the_threads_keep_connections_and_survive_that_these_are_cut(site):
    def ask(number: int) -> int:
        return site.request("GET", "/api/v1/photos/")[0]

    with ThreadPoolExecutor(16) as clients:
        assert set(clients.map(ask, range(64))) == {200}
    kept = site.sql(f"SELECT pid {OTHERS}")
    assert len(kept) > 8

    site.sql(f"SELECT pg_terminate_backend(pid) {OTHERS}")

    assert {ask(number) for number in range(20)} == {200}
    assert not set(kept) & set(site.sql(f"SELECT pid {OTHERS}"))


def test_while_the_database_is_away_everyone_is_asked_to_try_again(site):
    gallery = site.make_gallery()
    database = urlsplit(site.database_url).path[1:]
    server = urlsplit(site.database_url)._replace(path="/postgres").geturl()

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false")
        try:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [database],
            )
            answers = [site.request("GET", "/api/v1/photos/")[0] for _ in range(20)]
            upload = site.upload(gallery, photo(2))
        finally:
            connection.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")

    assert set(answers) == {503} and upload == 503
    assert site.request("GET", "/api/v1/photos/")[0] == 200
    assert site.upload(gallery, photo(2)) == 201


def documented(pattern: str) -> str:
    """What stands in docs/deploy.md between blanks lines, where the pattern begins."""
    text = (ROOT / "docs/deploy.md").read_text()
    return re.search(rf"^    ({pattern}.*?)\n\n", text, re.M | re.S)[1].replace("\n    ", "\n")


def start_pgbouncer(folder: Path, direct: str, port: int) -> subprocess.Popen:
    url = urlsplit(direct)
    host = f"host={url.hostname} port={url.port or 5432} user={url.username}"
    file = folder / "pgbouncer.ini"
    file.write_text(
        f"[databases]\n{url.path[1:]} = {host}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
        f"listen_port = {port}\nauth_type = any\nunix_socket_dir =\n"
        f"{'user = nobody' if os.getuid() == 0 else ''}\n{documented('pool_mode')}\n"
    )
    return subprocess.Popen(["pgbouncer", "-q", file])


@pytest.fixture
def pooled(tmp_path) -> Iterator[Site]:
    """A site whose connections all go through PgBouncer, as docs/deploy.md says."""
    direct, drop = database_url_for(tmp_path, f"celebattr_pooled_{os.getpid()}")
    port = free_port()
    bouncer = start_pgbouncer(tmp_path, direct, port)
    parts = urlsplit(direct)
    query = documented("DATABASE_URL=postgres.*6432").partition("?")[2].split()[0]
    through = parts._replace(netloc=f"{parts.username}@127.0.0.1:{port}", query=query)
    site = Site(tmp_path, through.geturl())
    site.set_up()
    site.database_url = direct  # what the test itself asks does not go through it
    site.execute(documented("ALTER ROLE").replace("celebattr", parts.username))
    site.redis.start()
    yield site
    site.stop(*site.processes)
    site.execute(f"ALTER ROLE {parts.username} RESET jit")
    bouncer.terminate()
    bouncer.wait()
    site.redis.stop()
    drop()


@pytest.mark.skipif(not shutil.which("pgbouncer"), reason="needs PgBouncer")
def test_a_site_behind_pgbouncer_takes_analyses_and_exports_photos(pooled):
    pooled.start_web()
    pooled.start_worker()
    gallery = pooled.make_gallery()

    assert {pooled.upload(gallery, photo(number)) for number in range(8)} == {201}
    wait_for(lambda: pooled.pending() == 0)

    assert pooled.count("ready") == 8
    export = pooled.manage("export_faces", gallery, str(pooled.folder / "f.csv"), "--format", "csv")
    assert "bytes" in export
    assert len((pooled.folder / "f.csv").read_text().splitlines()) == 9
