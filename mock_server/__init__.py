"""A stateful mock of the attribution platform, with a clock that tests control."""

__version__ = "0.1.0"
