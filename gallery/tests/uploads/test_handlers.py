import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from gallery.uploads.gate import clean_image
from gallery.uploads.handlers import SizeLimitUploadHandler
from gallery.uploads.pictures import UploadError

CHUNK = 64 * 1024


@pytest.fixture(autouse=True)
def small_limit(settings):
    settings.MAX_UPLOAD_BYTES = 3 * CHUNK
    settings.FILE_UPLOAD_HANDLERS = [
        "gallery.uploads.handlers.SizeLimitUploadHandler",
        "django.core.files.uploadhandler.MemoryFileUploadHandler",
        "gallery.uploads.handlers.NamelessFileUploadHandler",
    ]


@pytest.fixture(params=["memory", "disk"])
def store(request, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10**9 if request.param == "memory" else 0


def post(rf, *sizes: int):
    files = [SimpleUploadedFile(f"{size}.jpg", bytes(size)) for size in sizes]
    return rf.post("/", {"gallery": "one", "image": files})


def test_a_file_of_exactly_the_limit_arrives_in_full(rf, store, settings):
    request = post(rf, settings.MAX_UPLOAD_BYTES)

    assert request.FILES["image"].size == settings.MAX_UPLOAD_BYTES
    assert len(request.FILES["image"].read()) == settings.MAX_UPLOAD_BYTES


@pytest.mark.parametrize("excess", [1, CHUNK, 40 * CHUNK])
def test_a_file_over_the_limit_is_kept_no_further_than_needed(rf, store, settings, excess):
    request = post(rf, settings.MAX_UPLOAD_BYTES + excess)

    upload = request.FILES["image"]
    assert settings.MAX_UPLOAD_BYTES < upload.size <= settings.MAX_UPLOAD_BYTES + CHUNK
    assert len(upload.read()) == upload.size
    with pytest.raises(UploadError, match="larger than"):
        clean_image(upload)


def test_the_first_byte_over_the_limit_is_kept_and_the_next_is_not(settings):
    handler, limit = SizeLimitUploadHandler(), settings.MAX_UPLOAD_BYTES

    assert handler.receive_data_chunk(b"x", start=limit) == b"x"
    assert handler.receive_data_chunk(b"x", start=limit + 1) is None


def test_the_rest_of_the_request_still_arrives(rf, store, settings):
    request = post(rf, 10 * settings.MAX_UPLOAD_BYTES, 100)

    assert [upload.name for upload in request.FILES.getlist("image")] == ["1966080.jpg", "100.jpg"]
    assert request.FILES.getlist("image")[1].size == 100
    assert request.POST["gallery"] == "one"


def test_it_works_behind_the_parser_of_the_api_too(rf, store, settings):
    request = Request(post(rf, 10 * settings.MAX_UPLOAD_BYTES), parsers=[MultiPartParser()])

    assert request.data["image"].size <= settings.MAX_UPLOAD_BYTES + CHUNK
    assert request.data["gallery"] == "one"
