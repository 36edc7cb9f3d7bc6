"""The project's settings and addresses, and its version."""

__version__ = "0.2.0"
