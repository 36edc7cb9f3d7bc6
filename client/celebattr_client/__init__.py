"""The client of a CelebAttr site: upload folders, find faces, read answers."""

from celebattr_client.client import Client
from celebattr_client.errors import CelebAttrError
from celebattr_client.uploads import Uploaded, upload_folder

__all__ = ["CelebAttrError", "Client", "Uploaded", "upload_folder"]
