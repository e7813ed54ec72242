"""The Hypothesis settings of property and stateful tests. Tests outside the suite keep their own settings."""

import gzip
import json
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis
import pytest
from hypothesis.configuration import set_hypothesis_home_dir

from contracts.pytest_plugin.fixtures import TARGET_SESSION
from contracts.spec.markers import is_contract

PROFILE = "contracts"
"""The name of the settings profile in Hypothesis."""
MAX_EXAMPLES = {"smoke": 5, "standard": 25, "thorough": 200}
"""The number of examples that Hypothesis draws for a property, by the suite's profile."""
SAMPLE_PROFILE = "contracts-sample"
MAX_SAMPLED_EXAMPLES = 2
"""The number of examples for a property on a target's own data, where contracts try a sample of all cases."""
HOME = pytest.StashKey[TemporaryDirectory[str]]()
"""The folder for Hypothesis's own files, so that they are not written to the current folder."""
UTF_8_FILE = Path("unicode_data", unicodedata.unidata_version, "codec-v2-utf-8.json.gz")
"""The file in which Hypothesis stores which characters UTF-8 encodes, and which of them change when decoded."""
UTF_8_INTERVALS = [[[0, 0xD7FF], [0xE000, sys.maxunicode]], []]


def build_settings(profile: str) -> hypothesis.settings:
    """Build the settings for a profile: no deadline, because a target may be slow, and no database of examples.

    A failing example is shrunk but not explained, because an explanation costs hundreds of requests.
    """
    return hypothesis.settings(
        max_examples=MAX_EXAMPLES[profile],
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        print_blob=False,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate, hypothesis.Phase.shrink],
    )


def register(config: pytest.Config) -> None:
    """Register the profile with Hypothesis."""
    home = config.stash[HOME] = TemporaryDirectory()
    config.add_cleanup(home.cleanup)
    write_utf_8_intervals(Path(home.name))
    settings = build_settings(config.getoption("contracts_profile"))
    hypothesis.settings.register_profile(PROFILE, settings)
    sampled = min(settings.max_examples, MAX_SAMPLED_EXAMPLES)
    hypothesis.settings.register_profile(SAMPLE_PROFILE, settings, max_examples=sampled)


def write_utf_8_intervals(home: Path) -> None:
    """Write the file that Hypothesis would compute in seconds. Versions that read another file ignore it."""
    file = home / UTF_8_FILE
    file.parent.mkdir(parents=True)
    file.write_bytes(gzip.compress(json.dumps(UTF_8_INTERVALS).encode(), mtime=1))


@contextmanager
def activate(config: pytest.Config, *, enabled: bool) -> Iterator[None]:
    """Make the suite's profile the current one, if `enabled`, and restore the previous one afterwards."""
    if not enabled:
        yield
        return
    previous_profile = hypothesis.settings.get_current_profile_name()
    target_session = config.stash.get(TARGET_SESSION, None)
    hypothesis.settings.load_profile(SAMPLE_PROFILE if target_session and target_session.samples_cases else PROFILE)
    set_hypothesis_home_dir(config.stash[HOME].name)
    try:
        yield
    finally:
        set_hypothesis_home_dir(None)
        hypothesis.settings.load_profile(previous_profile)


def seed_properties(items: Iterable[pytest.Item], seed: int) -> None:
    """Give the seed to every contract that is a property test."""
    for item in items:
        if is_contract(item) and hasattr(getattr(item, "obj", None), "hypothesis"):
            hypothesis.seed(seed)(item.obj)  # type: ignore[attr-defined] # a function
