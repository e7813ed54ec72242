"""Which requests and jobs a fault rule applies to, and for how long. Rules: BASE-11, JOB-04."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.domain import faults
from mock_server.domain.faults import Drip, Effect, FaultRule, Faults, JobFault, Latency, Match, RequestFacts
from tests.builders import ACME, BETA, START_TIME, at

UNAVAILABLE = Effect(status=503)
READ_REQUEST = RequestFacts("listPackages", "GET", "/package_builder/packages/", ACME)
FIXED_LATENCY = Latency("fixed", 250)
LATENCIES = {
    "fixed": FIXED_LATENCY,
    "uniform": Latency("uniform", 100, max_milliseconds=400),
    "lognormal": Latency("lognormal", 100, sigma=0.5),
}


def a_fault_state(*rules, seed=1):
    return Faults(seed, rules)


def a_rule(rule_id="f1", effect=UNAVAILABLE, **changes):
    match = Match(**{name: changes.pop(name) for name in list(changes) if name in Match.__slots__})
    return FaultRule(rule_id, match, effect, **changes)


def apply_rules(state, request=READ_REQUEST, now=START_TIME, call_count=1):
    """Make this number of calls. Return the state after them, and the ids of the rules that applied to each call."""
    applied_ids = []
    for _ in range(call_count):
        state, injections = faults.apply_to_request(state, request, now)
        applied_ids.append([injection.rule_id for injection in injections])
    return state, applied_ids


def applied_calls(state, call_count, **options):
    """Return the numbers of the calls to which a rule applied."""
    return [
        number for number, rule_ids in enumerate(apply_rules(state, call_count=call_count, **options)[1], 1) if rule_ids
    ]


@pytest.mark.parametrize(
    "match",
    [
        pytest.param({}, id="nothing named"),
        pytest.param({"operation": "listPackages"}, id="operation"),
        pytest.param({"method": "GET"}, id="method"),
        pytest.param({"path": "/package_builder/*"}, id="path"),
        pytest.param({"partner": ACME}, id="partner"),
        pytest.param({"operation": "listPackages", "method": "GET", "path": "*", "partner": ACME}, id="all conditions"),
    ],
)
def test_a_rule_strikes_what_fits_all_that_it_names(match):
    assert apply_rules(a_fault_state(a_rule(**match)))[1] == [["f1"]]


@pytest.mark.parametrize(
    "match",
    [
        pytest.param({"operation": "getPackage"}, id="operation"),
        pytest.param({"method": "POST"}, id="method"),
        pytest.param({"path": "/package_builder/packages"}, id="path"),
        pytest.param({"partner": BETA}, id="partner"),
        pytest.param({"operation": "listPackages", "method": "POST"}, id="only one of two conditions"),
    ],
)
def test_a_rule_neither_strikes_nor_counts_what_does_not_fit(match):
    state, applied_ids = apply_rules(a_fault_state(a_rule(**match)))
    assert (applied_ids, state.rules[0].matched) == ([[]], 0)


def test_where_no_partner_is_known_a_rule_that_names_one_does_not_fit():
    assert apply_rules(a_fault_state(a_rule(partner=ACME)), replace(READ_REQUEST, partner=None))[1] == [[]]


def test_where_no_operation_is_meant_a_rule_that_names_one_does_not_fit():
    assert apply_rules(a_fault_state(a_rule(operation="listPackages")), replace(READ_REQUEST, operation=None))[1] == [
        []
    ]


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/events/", "/events/", True),
        ("/events/", "/events/evt_1", False),
        ("/events/*", "/events/", True),
        ("/events/*", "/events/evt_1/series", True),
        ("/events/*/series", "/events/evt_1/series", True),
        ("/events/*/series", "/events/series", False),
        ("*/series", "/events/evt_1/series", True),
        ("*", "/", True),
        ("**", "", True),
        ("/a*b*c", "/abc", True),
        ("/a*b*c", "/a1b2c", True),
        ("/a*b*c", "/ac", False),
        ("/a*b*bc", "/abc", False),
        ("/a*a", "/a", False),
        ("/events/.", "/events/x", False),
        ("/[ab]", "/a", False),
        ("/events/evt%2F1", "/events/evt%2F1", True),
        ("/a*\n", "/a b\n", True),
    ],
)
def test_a_star_stands_for_any_text_and_nothing_else_is_special(pattern, path, fits):
    assert faults.path_matches(pattern, path) is fits


@given(st.lists(st.text("ab/", max_size=3), min_size=1, max_size=5), st.data())
def test_a_path_made_from_a_pattern_fits_it(parts, data):
    path = parts[0] + "".join(data.draw(st.text("ab/", max_size=3)) + part for part in parts[1:])
    assert faults.path_matches("*".join(parts), path)


def test_many_stars_are_judged_in_no_time():
    assert not faults.path_matches("*a" * 200 + "b", "a" * 20_000)


def test_the_second_call_alone_is_struck():
    state, applied_ids = apply_rules(a_fault_state(a_rule(nth=(2,))), call_count=4)
    assert applied_ids == [[], ["f1"], [], []]
    assert (state.rules[0].matched, state.rules[0].applied) == (4, 1)


def test_calls_are_counted_among_those_that_match():
    state = a_fault_state(a_rule(operation="listPackages", nth=(2,)))
    state, _ = apply_rules(state)
    state, elsewhere = apply_rules(state, replace(READ_REQUEST, operation="getPackage"), call_count=3)
    assert (elsewhere, apply_rules(state)[1]) == ([[]] * 3, [["f1"]])


def test_several_numbers_are_struck():
    assert applied_calls(a_fault_state(a_rule(nth=(3, 1, 7))), call_count=9) == [1, 3, 7]


def test_each_rule_counts_for_itself_whether_another_strikes_or_not():
    state = a_fault_state(a_rule("a", nth=(1, 2)), a_rule("b", nth=(2, 3)))
    state, applied_ids = apply_rules(state, call_count=4)
    assert applied_ids == [["a"], ["a"], ["b"], []]
    assert [(rule.matched, rule.applied) for rule in state.rules] == [(4, 2), (4, 1)]


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.9])
def test_about_its_share_of_the_calls_is_struck(fraction):
    assert len(applied_calls(a_fault_state(a_rule(fraction=fraction)), call_count=2_000)) == pytest.approx(
        2_000 * fraction, abs=100
    )


def test_a_share_of_1_applies_to_every_call():
    assert len(applied_calls(a_fault_state(a_rule(fraction=1.0)), call_count=50)) == 50


def test_a_share_is_the_same_for_the_same_seed_and_another_for_another():
    calls = {seed: applied_calls(a_fault_state(a_rule(fraction=0.5), seed=seed), call_count=64) for seed in (1, 2)}
    assert calls[1] == applied_calls(a_fault_state(a_rule(fraction=0.5), seed=1), call_count=64)
    assert calls[1] != calls[2]


def test_two_rules_of_one_share_strike_different_calls():
    first, second = (
        applied_calls(a_fault_state(a_rule(rule_id, fraction=0.5)), call_count=64) for rule_id in ("a", "b")
    )
    assert first != second


def test_of_the_numbers_named_a_share_is_struck():
    state = a_fault_state(a_rule(nth=tuple(range(1, 41)), fraction=0.5))
    assert 0 < len(applied_calls(state, call_count=80)) < 40
    assert max(applied_calls(state, call_count=80)) <= 40


def test_after_so_many_times_a_rule_is_over_and_counts_no_more():
    state, applied_ids = apply_rules(a_fault_state(a_rule(times=2)), call_count=5)
    assert applied_ids == [["f1"], ["f1"], [], [], []]
    assert faults.is_expired(state.rules[0], START_TIME)
    assert state.rules[0].matched == 2


def test_a_call_that_is_not_affected_does_not_count_as_applied():
    assert applied_calls(a_fault_state(a_rule(nth=(3,), times=1)), call_count=4) == [3]


@pytest.mark.parametrize(
    ("now", "applies"), [("2026-09-01T12:59:59", 1), ("2026-09-01T13:00:00", 0), ("2026-09-01T13:00:01", 0)]
)
def test_a_rule_strikes_until_its_instant_which_is_not_included(now, applies):
    state = a_fault_state(a_rule(until=at("2026-09-01T13:00:00")))
    assert len(applied_calls(state, 1, now=at(now))) == applies


def test_the_first_rule_answers_and_a_latency_may_come_with_it():
    state = a_fault_state(a_rule("late", Effect(latency=FIXED_LATENCY)), a_rule("a"), a_rule("b", Effect(reset=True)))
    state, applied_ids = apply_rules(state)
    assert applied_ids == [["late", "a"]]
    assert [rule.applied for rule in state.rules] == [1, 1, 0]
    assert [rule.matched for rule in state.rules] == [1, 1, 1]


def test_of_two_latencies_the_first_strikes():
    state = a_fault_state(a_rule("a", Effect(latency=FIXED_LATENCY)), a_rule("b", Effect(latency=FIXED_LATENCY)))
    assert apply_rules(state)[1] == [["a"]]


@pytest.mark.parametrize("distribution", LATENCIES)
def test_what_a_latency_draws_is_told_and_summed_up(distribution):
    state = a_fault_state(a_rule(effect=Effect(latency=LATENCIES[distribution])))
    drawn = []
    for _ in range(20):
        state, (injection,) = faults.apply_to_request(state, READ_REQUEST, START_TIME)
        drawn.append(injection.milliseconds)
    assert state.rules[0].milliseconds == sum(drawn)
    assert (len(set(drawn)) == 1) is (distribution == "fixed")


def draw_latencies(latency, call_count=2_000, seed=1):
    rule = a_rule(effect=Effect(latency=latency))
    return [faults.draw_latency(latency, seed, replace(rule, matched=number)) for number in range(1, call_count + 1)]


def test_an_even_latency_lies_between_its_ends_and_reaches_both():
    times = draw_latencies(Latency("uniform", 10, max_milliseconds=13))
    assert set(times) == {10, 11, 12, 13}
    assert all(times.count(each) == pytest.approx(500, abs=90) for each in set(times))


def test_half_of_a_lognormal_latency_lies_below_its_median_and_it_has_a_tail():
    times = sorted(draw_latencies(Latency("lognormal", 100, sigma=0.5)))
    assert times[1_000] == pytest.approx(100, abs=8)
    assert times[round(2_000 * 0.841)] == pytest.approx(100 * 2.718**0.5, abs=15)


def test_no_latency_is_longer_than_ten_minutes():
    assert max(draw_latencies(Latency("lognormal", 600_000, sigma=5.0))) == 600_000


def test_a_latency_without_spread_is_its_median():
    assert set(draw_latencies(Latency("lognormal", 100), call_count=20)) == {100}


def test_latencies_of_one_seed_are_the_same_again():
    assert draw_latencies(LATENCIES["uniform"]) == draw_latencies(LATENCIES["uniform"])
    assert draw_latencies(LATENCIES["uniform"]) != draw_latencies(LATENCIES["uniform"], seed=2)


REVOKED_TOKEN = Effect(token="revoked")


@pytest.mark.parametrize(
    ("token", "applies"),
    [
        pytest.param(None, [], id="no valid token"),
        pytest.param(3, ["f1"], id="issued before"),
        pytest.param(4, ["f1"], id="the last one issued before"),
        pytest.param(5, [], id="issued after"),
    ],
)
def test_tokens_issued_up_to_the_rule_are_revoked(token, applies):
    state = a_fault_state(a_rule(effect=REVOKED_TOKEN, last_token_number=4))
    assert apply_rules(state, replace(READ_REQUEST, token_number=token))[1] == [applies]


@pytest.mark.parametrize(("groups", "applies"), [((ACME,), ["f1"]), ((BETA, ACME), ["f1"]), ((BETA,), []), ((), [])])
def test_a_partners_users_lose_their_tokens_whatever_partner_they_ask_for(groups, applies):
    state = a_fault_state(a_rule(effect=REVOKED_TOKEN, partner=ACME, last_token_number=4))
    assert apply_rules(state, replace(READ_REQUEST, token_number=1, partner=BETA, groups=groups))[1] == [applies]


JOB_EFFECTS = {
    "evaluation": Effect(evaluation=JobFault(fails=True)),
    "build": Effect(build=JobFault(extra_seconds=60)),
    "attribution_run": Effect(attribution_run="missed"),
}


@pytest.mark.parametrize("kind", JOB_EFFECTS)
def test_a_job_is_struck_by_a_rule_of_its_kind_alone(kind):
    state = a_fault_state(*(a_rule(name, effect) for name, effect in JOB_EFFECTS.items()), a_rule("request"))
    state, injections = faults.apply_to_job(state, kind, ACME, START_TIME)
    assert [injection.rule_id for injection in injections] == [kind]
    assert [rule.matched for rule in state.rules] == [int(rule.id == kind) for rule in state.rules]


@pytest.mark.parametrize("kind", JOB_EFFECTS)
def test_no_request_is_struck_by_a_rule_for_jobs(kind):
    assert apply_rules(a_fault_state(a_rule(effect=JOB_EFFECTS[kind])))[1] == [[]]


def test_the_second_job_of_a_partner_is_struck():
    state, applied_ids = a_fault_state(a_rule(effect=JOB_EFFECTS["build"], partner=ACME, nth=(2,))), []
    for partner in (ACME, BETA, ACME, ACME):
        state, injections = faults.apply_to_job(state, "build", partner, START_TIME)
        applied_ids.append(len(injections))
    assert applied_ids == [0, 0, 1, 0]


def test_of_two_rules_for_a_job_the_first_strikes():
    state = a_fault_state(a_rule("a", JOB_EFFECTS["build"]), a_rule("b", JOB_EFFECTS["build"]))
    assert [injection.rule_id for injection in faults.apply_to_job(state, "build", ACME, START_TIME)[1]] == ["a"]


def test_a_delayed_job_is_remembered_until_it_is_done():
    state = faults.mark_delayed(faults.mark_delayed(a_fault_state(), 4), 7)
    assert faults.unmark_delayed(state, 4).delayed_jobs == (7,)
    assert faults.unmark_delayed(state, 9).delayed_jobs == (4, 7)


@pytest.mark.parametrize(
    ("effect", "kind"),
    [
        (Effect(status=500), "status"),
        (Effect(latency=FIXED_LATENCY), "latency"),
        (Effect(reset=True), "reset"),
        (Effect(truncate_after=0), "truncate_after"),
        (Effect(drip=Drip(1, 1)), "drip"),
        (Effect(malformed=True), "malformed"),
        (Effect(token="revoked"), "token"),
        *((effect, kind) for kind, effect in JOB_EFFECTS.items()),
    ],
)
def test_an_effect_is_called_by_what_is_set(effect, kind):
    assert effect.kind == kind
