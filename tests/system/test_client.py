"""The client and its command line against a running site."""

import csv
import re

import pandas as pd
import pytest
from celebattr_client import Client, cli, upload_folder

from tests.system.processes import ROOT
from tests.system.site import Site, photo, wait_for

pytestmark = [pytest.mark.system, pytest.mark.slow]


@pytest.fixture
def folder(tmp_path):
    """Three pictures, two of them alike, and one that is none."""
    root = tmp_path / "pictures"
    (root / "more").mkdir(parents=True)
    (root / "a.png").write_bytes(photo(1))
    (root / "more" / "b.png").write_bytes(photo(2))
    (root / "more" / "again.png").write_bytes(photo(1))
    (root / "broken.jpg").write_bytes(b"no picture")
    return root


@pytest.fixture
def address(site: Site, monkeypatch, tmp_path) -> str:
    address = f"http://127.0.0.1:{site.port}"
    monkeypatch.setenv("CELEBATTR_SITE", address)
    monkeypatch.setenv("CELEBATTR_TOKEN", site.token)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return address


def test_a_folder_is_uploaded_found_and_downloaded(site, address, folder, tmp_path, capsys):
    assert cli.main(["upload", str(folder), "--gallery", "Client"]) == cli.FAILED
    said = capsys.readouterr()
    assert "2 new, 1 already there, 1 refused" in said.out
    assert "broken.jpg: This is not a picture" in said.err
    (folder / "broken.jpg").unlink()
    assert cli.main(["upload", str(folder), "--gallery", "Client"]) == cli.DONE
    assert "0 new, 3 already there, 0 refused" in capsys.readouterr().out

    site.start_worker()
    with Client(address, site.token) as client:
        wait_for(lambda: all(photo["status"] == "ready" for photo in client.photos()))
        gallery = client.gallery("Client")["id"]
        table = client.faces("faces>=0", gallery=gallery).to_pandas()
        assert isinstance(table, pd.DataFrame)
        assert len(table) == 2
        assert table["Smiling"].between(0, 1).all()
        assert set(table["Smiling_is"]) <= {"yes", "no", "unsure"}
        face = client.request("GET", "faces/", params={"attrs": "faces>=0"})["results"][0]["id"]
        said = {"faces": [face], "attribute": "Smiling", "answer": "yes"}
        client.request("POST", "corrections/", json=said)

    faces, pictures = tmp_path / "faces.csv", tmp_path / "found"
    find = ["find", "faces>=0", "--gallery", "Client"]
    table = tmp_path / "faces.parquet"
    saved = ["--csv", str(faces), "--parquet", str(table)]
    assert cli.main([*find, *saved, "--download", str(pictures)]) == cli.DONE
    assert len(pd.read_parquet(table)) == 2
    assert len(list(csv.DictReader(faces.open(encoding="utf-8-sig")))) == 2
    assert len(list(pictures.glob("*.jpg"))) == 2

    capsys.readouterr()
    assert cli.main(["answers", "--gallery", "Client"]) == cli.DONE
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [(row["face"], row["attribute"], row["answer"]) for row in rows] == [
        (face, "Smiling", "yes")
    ]


def test_an_upload_that_was_cut_off_goes_on(site, address, folder, monkeypatch):
    (folder / "broken.jpg").unlink()
    with Client(address, site.token) as client:
        gallery = client.gallery("Client", make=True)["id"]

        def stop(one):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            upload_folder(client, folder, gallery, tell=stop)
        counts = upload_folder(client, folder, gallery)

    assert counts["new"] + counts["known"] == 3
    assert site.count("queued") == 2


def test_the_notebook_of_the_docs_runs(site, address, folder, monkeypatch, capsys):
    (_, code, _) = re.split("```(?:python)?\n", (ROOT / "docs/guide/client.md").read_text())
    monkeypatch.chdir(folder.parent)
    site.start_worker()

    exec(compile(code, "client.md", "exec"), {})

    assert "'new': 2" in capsys.readouterr().out
