"""What goes wrong, in words for people."""


class CelebAttrError(Exception):
    """The site refused a request or cannot be reached; the message says why.

    `status` is that of the HTTP answer, 0 if there was none; `code` is the API's own short name.
    """

    def __init__(self, message: str, status: int = 0, code: str = "") -> None:
        super().__init__(message)
        self.status, self.code = status, code
