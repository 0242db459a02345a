"""The kernel of the venue suite: the venue server and what every other program shares."""

__version__ = "0.1.0"
