"""The parts of the pytest plugin: options, selection, fixtures, verdicts, collection of outcomes, reproducers."""
