import os
import pickle

import boto3
import pytest
from moto.server import ThreadedMotoServer

from ml.batch.sources import BucketSource, SourceError, digest, list_files, name_of, open_source


@pytest.fixture
def folder(tmp_path):
    """A folder with files in it and below it, made in no order."""
    root = tmp_path / "photos"
    for name in ("b.jpg", "a/z.jpg", "a/b/c.jpg", ".hidden.jpg", ".trash/d.jpg", "a.jpg"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    return root


def paths(folder) -> list[bytes]:
    return list_files(open_source(str(folder)))["path"].to_pylist()


def test_the_files_of_all_folders_are_listed_in_order_without_hidden_ones(folder):
    assert paths(folder) == [b"a.jpg", b"a/b/c.jpg", b"a/z.jpg", b"b.jpg"]


@pytest.mark.parametrize(
    "rubbish",
    ["@eaDir", "#recycle", "$RECYCLE.BIN", "__MACOSX", "Catalog Previews.lrdata", ".thumbnails"],
)
def test_what_systems_and_programs_keep_beside_pictures_is_not_listed(folder, rubbish):
    (folder / "a" / rubbish / "deep").mkdir(parents=True)
    (folder / "a" / rubbish / "deep" / "thumb.jpg").touch()
    (folder / "a" / "._z.jpg").touch()

    assert paths(folder) == [b"a.jpg", b"a/b/c.jpg", b"a/z.jpg", b"b.jpg"]


def test_a_file_that_is_listed_is_read(folder):
    source = open_source(f"{folder}/")

    assert [source.read(path) for path in paths(folder)] == paths(folder)


def test_links_to_files_count_and_links_to_folders_do_not(folder):
    (folder / "loop").symlink_to(folder)
    (folder / "link.jpg").symlink_to(folder / "a.jpg")
    (folder / "broken.jpg").symlink_to(folder / "none.jpg")

    assert paths(folder) == [b"a.jpg", b"a/b/c.jpg", b"a/z.jpg", b"b.jpg", b"link.jpg"]


def test_a_name_that_is_not_utf_8_is_read_and_can_be_written_down(folder):
    name = b"\xff\xfe.jpg"
    with open(os.path.join(os.fsencode(folder), name), "wb") as file:
        file.write(b"odd")

    assert paths(folder)[-1] == name
    assert open_source(str(folder)).read(name) == b"odd"
    assert name_of(open_source("photos/"), name) == r"photos/\xff\xfe.jpg"


@pytest.mark.parametrize("change", ["a file more", "a file less", "a larger file", "a newer file"])
def test_any_change_of_the_files_changes_their_digest(folder, change):
    before = digest(list_files(open_source(str(folder))))
    file = folder / "a.jpg"

    if change == "a file more":
        (folder / "new.jpg").touch()
    elif change == "a file less":
        file.unlink()
    elif change == "a larger file":
        times = (file.stat().st_atime_ns, file.stat().st_mtime_ns)
        file.write_bytes(b"longer than before")
        os.utime(file, ns=times)
    else:
        os.utime(file, ns=(0, 1))

    assert digest(list_files(open_source(str(folder)))) != before


def test_the_digest_of_the_same_files_is_the_same(folder):
    assert digest(list_files(open_source(str(folder)))) == digest(
        list_files(open_source(f"{folder}/"))
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [("none", "No such file"), ("photos/a.jpg", "Not a directory"), ("empty", "no file")],
)
def test_what_is_no_folder_of_files_is_refused(folder, tmp_path, name, reason):
    (tmp_path / "empty").mkdir()

    with pytest.raises(SourceError, match=reason):
        list_files(open_source(str(tmp_path / name)))


def test_a_bucket_that_cannot_be_named_like_that_is_refused():
    source = open_source("s3://bad bucket")

    assert isinstance(source, BucketSource)
    with pytest.raises(SourceError):
        list_files(source)


@pytest.fixture
def bucket(monkeypatch):
    """An S3 server with a bucket; gives a client, and the options of its address."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host = "{}:{}".format(*server.get_host_and_port())
    client = boto3.client("s3", endpoint_url=f"http://{host}", region_name="us-east-1")
    client.create_bucket(Bucket="collection")
    yield client, f"endpoint_override={host}&scheme=http"
    server.stop()


def test_the_files_below_a_prefix_of_a_bucket_are_listed_and_read(bucket):
    client, options = bucket
    names = ["trip/b.jpg", "trip/day 1/ä.jpg", "trip/.trash/c.jpg", "trips.jpg"]
    for name in names:
        client.put_object(Bucket="collection", Key=name, Body=name.encode())

    source = open_source(f"s3://key:secret@collection/trip?{options}")
    files = list_files(source)["path"].to_pylist()
    in_a_worker = pickle.loads(pickle.dumps(source))

    assert files == [b"b.jpg", "day 1/ä.jpg".encode()]
    assert [in_a_worker.read(path).decode() for path in files] == names[:2]
    assert name_of(source, files[0]) == "s3://collection/trip/b.jpg"


def test_a_prefix_may_hold_any_character(bucket):
    client, options = bucket
    client.put_object(Bucket="collection", Key="C# photos/a.jpg", Body=b"a")
    client.put_object(Bucket="collection", Key="C/b.jpg", Body=b"b")

    for prefix in ("C# photos", "C%23%20photos"):
        source = open_source(f"s3://key:secret@collection/{prefix}?{options}")
        assert list_files(source)["path"].to_pylist() == [b"a.jpg"]


def test_a_bucket_that_does_not_exist_is_refused(bucket):
    with pytest.raises(SourceError, match="none"):
        list_files(open_source(f"s3://none?{bucket[1]}"))
