"""Pages as text, for tests that look for a piece of markup."""


def one_line(html: str) -> str:
    """The same HTML with single spaces: where a template breaks its lines does not matter."""
    return " ".join(html.split())
