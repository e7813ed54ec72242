"""How the settings of a run become options and configuration of schemathesis."""

import tomllib

from contracts.schemathesis_runner import profiles
from contracts.schemathesis_runner.command import RunSettings
from contracts.schemathesis_runner.fuzz_context import FuzzContext

KNOWN_IDS = {"path.eid": ["evt_1"], "path.package_id": ["pkg_1"], "query.eid": ["evt_1"], "query.partner_id": ["p"]}


def a_stage(*, control: str = "", known: dict[str, list[str]] | None = None) -> FuzzContext:
    return FuzzContext(
        "http://127.0.0.1/api/v3", "access", "refresh", "p", "EUR", control, "", KNOWN_IDS if known is None else known
    )


def test_one_partner_is_fixed_and_the_token_stays_in_the_environment() -> None:
    config = tomllib.loads(RunSettings(("coverage",), 5, ("partner-id-acme",), frozenset()).to_toml())
    assert config["headers"] == {
        "Authorization": "Bearer ${WAVETANK_ACCESS_TOKEN}",
        "X-Preferred-Partner-Id": "partner-id-acme",
    }
    assert "dictionaries" not in config


def test_several_partners_are_drawn_from_a_dictionary() -> None:
    config = tomllib.loads(RunSettings(("coverage",), 5, ("a", "b"), frozenset()).to_toml())
    assert "X-Preferred-Partner-Id" not in config["headers"]
    key = config["parameters"]["header.X-Preferred-Partner-Id"]["dictionary"]
    assert config["dictionaries"][key]["values"] == ["a", "b"]


def test_an_id_is_written_unchanged() -> None:
    odd = 'Rock & "Indie" \\ ${HOME} München'
    config = tomllib.loads(RunSettings(("coverage",), 5, ("a",), frozenset(), known_ids={"path.tc": [odd]}).to_toml())
    (listed,) = config["dictionaries"].values()
    assert listed["values"] == [odd.replace("${", "$${")]


def test_the_read_only_run_sends_no_other_method() -> None:
    order = profiles.read_settings(a_stage(), "thorough")
    assert tomllib.loads(order.to_toml())["phases"]["coverage"]["unexpected-methods"] == []
    options = order.to_arguments()
    assert options[options.index("--include-method") + 1] == "GET"
    assert "--rate-limit" in options


def test_the_read_only_run_is_not_slowed_down_in_a_sandbox() -> None:
    order = profiles.read_settings(a_stage(control="http://127.0.0.1/_mock"), "smoke")
    assert "--rate-limit" not in order.to_arguments()


def test_the_read_only_run_depends_on_the_profile_without_a_control_api() -> None:
    smoke, standard, thorough = (
        profiles.read_settings(a_stage(), profile) for profile in ("smoke", "standard", "thorough")
    )
    assert smoke.phases == ("coverage",)
    assert standard.phases == ("fuzzing",)
    assert standard.max_examples == profiles.FEW_EXAMPLES
    assert thorough.phases == ("coverage", "fuzzing")
    assert max(smoke.max_requests, standard.max_requests) < thorough.max_requests
    assert profiles.read_settings(a_stage(control="http://127.0.0.1/_mock"), "thorough").phases == ("coverage",)


def test_operations_on_missing_objects_are_not_required() -> None:
    assert profiles.read_settings(a_stage(known={}), "standard").required_operations == profiles.ALWAYS_REACHABLE
    assert (
        profiles.read_settings(a_stage(), "standard").required_operations
        > profiles.NEEDS_EVENT | profiles.NEEDS_PACKAGE
    )


def test_links_are_followed_with_valid_requests_only() -> None:
    options = profiles.link_settings(a_stage(), "standard").to_arguments()
    assert options[options.index("--mode") + 1] == "positive"
