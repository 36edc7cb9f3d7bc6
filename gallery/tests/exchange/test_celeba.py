"""A gallery as a data set in CelebA's layout."""

import io
import struct
import types
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from gallery.answers.corrections import answer
from gallery.exchange.aligned import partition_of
from gallery.exchange.card import Card
from gallery.exchange.celeba import CELEBA, write_corrected
from gallery.exchange.data_set import zip_chunks
from gallery.models import Face
from gallery.tests.factories import (
    make_face,
    make_gallery,
    make_photo,
    make_stored_photo,
    make_user,
    make_version,
)
from ml.attributes import NAMES
from ml.data.celeba import PARTITIONS, FaceSet, decode_face, read_celeba
from ml.faces.boxes import Frame
from ml.preprocessing import crop_square

pytestmark = pytest.mark.django_db

SMILING, MALE, YOUNG = (NAMES.index(name) for name in ("Smiling", "Male", "Young"))


def unzip(tmp_path, version=None) -> ZipFile:
    """The export of all faces, its files under tmp_path."""
    archive = ZipFile(io.BytesIO(b"".join(zip_chunks(CELEBA, Face.objects.all(), Card(version)))))
    archive.extractall(tmp_path)
    return archive


def exported(tmp_path, version=None) -> FaceSet:
    unzip(tmp_path, version)
    return read_celeba(tmp_path)


def say(face: Face, attribute: str, is_yes: bool) -> None:
    answer(Face.objects.filter(pk=face.pk), attribute, is_yes, make_user())


def test_an_exported_gallery_is_read_as_celeba_is(tmp_path):
    photo = make_stored_photo(status="ready")
    make_face(photo, smiling=0.9, male=0.1, young=0.55)
    make_face(photo, smiling=0.1, male=0.9, young=0.45)

    faces = exported(tmp_path, make_version())

    assert [file.name for file in faces.files] == ["000001.jpg", "000002.jpg"]
    assert faces.targets[:, [SMILING, MALE, YOUNG]].tolist() == [[1, 0, 1], [0, 1, 0]]
    assert Image.open(faces.files[0]).size == (178, 218)


def test_a_person_is_believed_before_the_model(tmp_path):
    face = make_face(make_stored_photo(status="ready"), smiling=0.1)
    say(face, "Smiling", True)

    faces = exported(tmp_path, make_version())

    assert faces.targets[0, SMILING] == 1
    assert "Smiling=yes" in (tmp_path / "faces.csv").read_text()


def test_the_network_is_shown_the_square_that_it_is_shown_of_the_photo(tmp_path):
    photo = make_stored_photo(status="ready")
    face = make_face(photo, x=0.34, y=0.12, w=0.2, h=0.2)
    frame = Frame.around(face, 512, 512)

    picture = decode_face(exported(tmp_path).files[0], 96, 3)

    square = (frame.x - frame.side / 2, frame.y - frame.side / 2, frame.side)
    seen = crop_square(Image.fromarray(astronaut()), square, 96)
    assert np.abs(picture.astype(float) - seen).mean() < 4  # of 255: two JPEGs lie between


def test_a_photo_lies_in_one_partition_whatever_the_export(tmp_path):
    photo = make_stored_photo(status="ready", sha256="8" + "0" * 63)
    for _ in range(3):
        make_face(photo)

    faces = exported(tmp_path)

    assert len(set(faces.partitions.tolist())) == 1
    assert faces.partitions[0] == partition_of(photo.sha256)


def test_eight_of_ten_photos_are_to_train_with():
    hashes = [f"{number * 2654435761 % 2**32:08x}" for number in range(10_000)]

    partitions = [partition_of(sha256) for sha256 in hashes]

    shares = {name: partitions.count(number) / 10_000 for name, number in PARTITIONS.items()}
    assert shares == pytest.approx({"train": 0.8, "valid": 0.1, "test": 0.1}, abs=0.02)


def test_a_face_without_its_picture_is_left_out_and_counted(tmp_path):
    make_face(make_stored_photo(status="ready"))
    make_face(make_photo(status="ready"))

    archive = unzip(tmp_path)

    assert len([name for name in archive.namelist() if name.endswith(".jpg")]) == 1
    assert "1 faces were left out" in (tmp_path / "README.txt").read_text()


def test_a_picture_without_a_face_is_left_out_unless_a_person_answered(tmp_path):
    make_face(make_stored_photo(status="ready"), detector="whole")
    face = make_face(make_stored_photo(status="ready"), detector="whole", x=0, y=0, w=1, h=1)
    say(face, "Smiling", True)

    assert len(exported(tmp_path)) == 1


def test_a_formula_in_a_name_is_written_as_text(tmp_path):
    make_face(make_stored_photo(status="ready", original_name="=1+1.jpg"))

    unzip(tmp_path)

    assert ",'=1+1.jpg," in (tmp_path / "faces.csv").read_text()


def test_a_picture_that_went_meanwhile_is_listed(tmp_path):
    kept, lost = make_stored_photo(status="ready"), make_photo(status="ready")
    make_face(kept), make_face(lost)
    make_face(make_photo(status="ready"), detector="whole")  # it has no face to be missed

    archive = unzip(tmp_path)

    assert archive.read("missing.txt").decode().splitlines()[2:] == [lost.original_name]


def test_a_zip_is_sent_while_it_is_made():
    gallery = make_gallery()
    for _ in range(3):
        make_face(make_stored_photo(gallery=gallery, status="ready"))

    chunks = zip_chunks(CELEBA, Face.objects.all(), Card(None))

    assert isinstance(chunks, types.GeneratorType)
    assert next(chunks).startswith(b"PK")
    assert sum(b"img_align_celeba/" in chunk for chunk in chunks) >= 3


def test_a_reader_of_streams_finds_each_size_before_the_data():
    make_face(make_stored_photo(status="ready"))

    archive = b"".join(zip_chunks(CELEBA, Face.objects.all(), Card(None)))

    names, place = [], 0
    while archive.startswith(b"PK\x03\x04", place):
        flags, size, name, extra = struct.unpack_from("<6xH10xI4xHH", archive, place)
        assert not flags & 0x08  # the size follows behind the data
        names.append(archive[place + 30 : place + 30 + name].decode())
        place += 30 + name + extra + size
    assert names == ZipFile(io.BytesIO(archive)).namelist()


def test_a_zip_of_no_faces_opens(tmp_path):
    assert set(unzip(tmp_path).namelist()) == {"README.txt", "card.json"}


def test_what_is_trained_with_are_the_corrected_faces_and_only_peoples_answers(tmp_path):
    make_face(make_stored_photo(status="ready"), smiling=0.9)
    face = make_face(make_stored_photo(status="ready"), smiling=0.9, male=0.9)
    say(face, "Smiling", False)

    count = write_corrected(Face.objects.all(), tmp_path / "corrected")

    faces = read_celeba(tmp_path / "corrected")
    assert (count, [file.name for file in faces.files]) == (1, [f"{face.uuid}.jpg"])
    assert faces.partitions.tolist() == [PARTITIONS["train"]]
    assert faces.known.sum() == faces.known[0, SMILING] == 1
    assert faces.targets[0, SMILING] == 0
