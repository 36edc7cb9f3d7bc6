"""The hashes of stored pictures, for photos that were uploaded before hashes were kept."""

from contextlib import suppress

from gallery import storage
from gallery.models import Photo

AT_ONCE = 500  # photos


def hash_old_pictures() -> int:
    """Keep the hash of each stored picture that has none yet. Returns how many got one.

    Raises:
        StorageError: the pictures cannot be read.
    """
    count, after = 0, 0
    unknown = Photo.objects.filter(stored_sha256="").only("uuid").order_by("pk")
    while some := list(unknown.filter(pk__gt=after)[:AT_ONCE]):
        after = some[-1].pk
        for photo in some:
            with suppress(FileNotFoundError):
                sha256 = storage.sha256_of(photo.file_name())
                count += unknown.filter(pk=photo.pk).update(stored_sha256=sha256)
    return count
