"""What schemathesis is asked, as options and configuration."""

import tomllib

from contracts.schemathesis_runner import profiles
from contracts.schemathesis_runner.command import Order
from contracts.schemathesis_runner.test_world import Stage

KNOWN = {"path.eid": ["evt_1"], "path.package_id": ["pkg_1"], "query.eid": ["evt_1"], "query.partner_id": ["p"]}


def a_stage(*, control: str = "", known: dict[str, list[str]] | None = None) -> Stage:
    return Stage(
        "http://127.0.0.1/api/v3", "access", "refresh", "p", "EUR", control, "", KNOWN if known is None else known
    )


def test_one_partner_is_pinned_and_the_token_stays_in_the_environment() -> None:
    config = tomllib.loads(Order(("coverage",), 5, ("partner-id-acme",), frozenset()).toml())
    assert config["headers"] == {
        "Authorization": "Bearer ${WAVETANK_ACCESS_TOKEN}",
        "X-Preferred-Partner-Id": "partner-id-acme",
    }
    assert "dictionaries" not in config


def test_several_partners_are_drawn_from_a_dictionary() -> None:
    config = tomllib.loads(Order(("coverage",), 5, ("a", "b"), frozenset()).toml())
    assert "X-Preferred-Partner-Id" not in config["headers"]
    key = config["parameters"]["header.X-Preferred-Partner-Id"]["dictionary"]
    assert config["dictionaries"][key]["values"] == ["a", "b"]


def test_an_id_is_written_as_it_is() -> None:
    odd = 'Rock & "Indie" \\ ${HOME} München'
    config = tomllib.loads(Order(("coverage",), 5, ("a",), frozenset(), known={"path.tc": [odd]}).toml())
    (listed,) = config["dictionaries"].values()
    assert listed["values"] == [odd.replace("${", "$${")]


def test_reading_alone_sends_no_other_method() -> None:
    order = profiles.reads(a_stage(), "thorough")
    assert tomllib.loads(order.toml())["phases"]["coverage"]["unexpected-methods"] == []
    options = order.options()
    assert options[options.index("--include-method") + 1] == "GET"
    assert "--rate-limit" in options


def test_reading_is_sized_by_the_profile_where_there_is_no_control_api() -> None:
    smoke, standard, thorough = (profiles.reads(a_stage(), profile) for profile in ("smoke", "standard", "thorough"))
    assert smoke.phases == ("coverage",)
    assert standard.phases == ("coverage", "fuzzing")
    assert smoke.most_requests < standard.most_requests < thorough.most_requests
    assert profiles.reads(a_stage(control="http://127.0.0.1/_mock"), "thorough").phases == ("coverage",)


def test_what_does_not_exist_need_not_be_reached() -> None:
    assert profiles.reads(a_stage(known={}), "standard").must_reach == profiles.ALWAYS_THERE
    assert profiles.reads(a_stage(), "standard").must_reach > profiles.OF_AN_EVENT | profiles.OF_A_PACKAGE


def test_links_are_followed_with_good_requests_only() -> None:
    options = profiles.following_links(a_stage(), "standard").options()
    assert options[options.index("--mode") + 1] == "positive"
