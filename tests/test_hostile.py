"""The gate against hostile files of all kinds (`tests/hostile/`): taken or refused, in words."""

import warnings
from itertools import islice
from random import Random

import pytest
from django.core.files.base import ContentFile

from gallery.tests.uploads.test_hostile import FOLDER, files
from gallery.uploads.decoder import TOO_MUCH_WORK
from gallery.uploads.gate import clean_image
from gallery.uploads.pictures import UploadError
from tests.gate_target import MOST_BYTES, cost
from tests.hostile import kinds
from tests.hostile.mixed import good
from tests.hostile.parts import mutated
from tests.sizes import IS_FULL, sized

FEW = 3  # of each kind: all 1,300 take minutes
LONG_MADE = ("large", "dense", "filters", "interlaced", "alpha planes", "progressive")
LARGEST_SEED = 50_000  # bytes
KINDS = {
    name: files for name, files in kinds() if IS_FULL or not any(kind in name for kind in LONG_MADE)
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_hostile_files_are_taken_or_refused_and_none_costs_the_decoder_its_life(kind):
    for data in islice(KINDS[kind], None if IS_FULL else FEW):
        try:
            assert clean_image(ContentFile(data)).content.startswith(b"\xff\xd8")
        except UploadError as error:
            assert str(error).endswith(".")
            assert str(error) != TOO_MUCH_WORK


@pytest.mark.slow
def test_changed_files_raise_nothing_but_the_refusal_and_take_little_memory():
    warnings.simplefilter("ignore")  # as in the process that decodes
    names = files("accept", "reject_400", "policy")
    collected = [(FOLDER / name).read_bytes() for name in names]
    seeds = good() + [data for data in collected if 0 < len(data) < LARGEST_SEED]

    for data in islice(mutated(seeds, Random(22)), sized(3000)):
        assert cost(data).memory < MOST_BYTES
