"""A stateful, faithful fake of the attribution platform, on a clock that its user holds."""

__version__ = "0.1.0"
