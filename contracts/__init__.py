"""The contract suite: it checks a deployment over HTTP and never imports the mock."""

__version__ = "0.1.0"
