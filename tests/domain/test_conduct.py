"""Where the line runs between what is held against a client and what is not."""

from dataclasses import replace

import pytest

from mock_server.domain.client_checks import findings, polling, requests, signing_in, writing
from tests.builders import BETA
from tests.exchanges import an_exchange, numbered

HOUR, DAY = 3600, 86_400
PACKAGE = {"arguments": {"package_id": "pkg_1"}}
SETTINGS = {"backhaul_evaluation_attribution_window": 14, "backhaul_evaluation_model": "ALL_PURCHASES"}
OTHERS = {**SETTINGS, "backhaul_evaluation_attribution_window": 30}


def reads(instants, operation="getPackage", answered=None, **changes):
    answered = {"status": "INPROGRESS"} if answered is None else answered
    return [an_exchange(0, operation, at, answered=answered, **PACKAGE, **changes) for at in instants]


def numbers(calls):
    return [call.number for call in calls]


def test_nothing_is_found_in_nothing():
    assert findings.judge([]) == []


@pytest.mark.parametrize(
    ("instants", "count"),
    [
        pytest.param((0, 4, 8), 2, id="twice within 5 s"),
        pytest.param((0, 0, 0), 2, id="at one instant"),
        pytest.param((0, 5, 10), 0, id="each after 5 s"),
        pytest.param((0, 4), 0, id="once within 5 s"),
        pytest.param((0, 4, 60, 64, 120), 0, id="once now and then"),
        pytest.param((0, 1, 2, 60, 61, 62, 63), 5, id="two streaks"),
    ],
)
def test_a_package_is_polled_too_fast_when_two_reads_in_a_row_come_within_5_s(instants, count):
    """Rule: PKG-03."""
    assert len(polling.packages_too_fast(numbered(*reads(instants)))) == count


@pytest.mark.parametrize("status", ["DONE", "FAILED", "EXPIRED"])
def test_a_package_that_is_not_being_built_may_be_read_at_any_pace(status):
    assert polling.packages_too_fast(numbered(*reads(range(9), answered={"status": status}))) == []


def test_two_packages_read_in_turn_are_not_one_poll():
    other = {"arguments": {"package_id": "pkg_2"}}
    one, two = reads((0, 6, 12)), [replace(read, **other) for read in reads((3, 9, 15))]
    assert polling.packages_too_fast(numbered(*sorted(one + two, key=lambda call: call.at))) == []


@pytest.mark.parametrize(
    ("instants", "count"),
    [
        pytest.param((0, 2, 4, 6), 3, id="the same pause thrice"),
        pytest.param((0, 0, 0, 0), 3, id="at one instant"),
        pytest.param((0, 8, 10, 12), 3, id="pauses that shrink"),
        pytest.param((0, 2, 4), 0, id="two pauses"),
        pytest.param((0, 2, 6, 14), 0, id="pauses that double"),
        pytest.param((0, 2, 6, 14, 22, 30), 0, id="pauses that grow up to a bound"),
        pytest.param((0, 60, 120, 180, 240), 0, id="a minute apart"),
    ],
)
def test_an_evaluation_is_polled_without_back_off_when_its_pauses_do_not_grow(instants, count):
    """Rule: BEV-03."""
    calls = numbered(*reads(instants, "getEvaluation", answered=[]))
    assert len(polling.evaluations_without_back_off(calls)) == count


def test_a_changed_answer_ends_the_poll():
    calls = numbered(*reads((0, 2), "getEvaluation", answered=[]), *reads((4, 6), "getEvaluation", answered=[1]))
    assert polling.evaluations_without_back_off(calls) == []


def test_a_put_begins_another_poll():
    put = an_exchange(0, "replaceEvaluationSettings", 5, answered=SETTINGS, **PACKAGE)
    early, late = reads((0, 2), "getEvaluation", answered=[]), reads((6, 8), "getEvaluation", answered=[])
    assert polling.evaluations_without_back_off(numbered(*early, put, *late)) == []


def changed_defaults(seconds=0, **changes):
    return an_exchange(0, "setBackhaulDefaults", seconds, answered=SETTINGS, **changes)


def test_three_reads_of_an_old_packages_settings_after_the_defaults_expect_too_much():
    """Rule: DEF-02."""
    calls = numbered(changed_defaults(), *reads((1, 2, 3), "getEvaluationSettings", answered=OTHERS))
    assert numbers(polling.defaults_to_reach_old_packages(calls)) == [2, 3, 4]


def born(package_id):
    return an_exchange(0, "createPackage", status=201, answered={"id": package_id})


@pytest.mark.parametrize(
    ("before", "instants", "answered"),
    [
        pytest.param([changed_defaults()], (1, 2), OTHERS, id="two reads"),
        pytest.param([changed_defaults()], (1, 2, 3), SETTINGS, id="settings like the defaults"),
        pytest.param([], (1, 2, 3), OTHERS, id="no change of defaults"),
        pytest.param([changed_defaults(), born("pkg_1")], (1, 2, 3), OTHERS, id="a package born later"),
        pytest.param([changed_defaults(partner=BETA)], (1, 2, 3), OTHERS, id="another partner's defaults"),
        pytest.param([changed_defaults(status=400)], (1, 2, 3), OTHERS, id="defaults that were refused"),
        pytest.param(
            [changed_defaults(), an_exchange(0, "replaceEvaluationSettings", answered=OTHERS, **PACKAGE)],
            (1, 2, 3),
            OTHERS,
            id="settings of its own",
        ),
    ],
)
def test_reading_settings_for_another_reason_is_no_finding(before, instants, answered):
    calls = numbered(*before, *reads(instants, "getEvaluationSettings", answered=answered))
    assert polling.defaults_to_reach_old_packages(calls) == []


def sign_in(seconds=0, username="partner@acme.example", **changes):
    sent = {"username": username, "password": "…"}
    return an_exchange(0, "signIn", seconds, user=None, partner=None, method="POST", sent=sent, **changes)


@pytest.mark.parametrize(
    ("calls", "found"),
    [
        pytest.param([sign_in(), an_exchange(), sign_in(), an_exchange(), sign_in()], [3, 5], id="one call each"),
        pytest.param([sign_in(), sign_in(), sign_in()], [2, 3], id="no call at all"),
        pytest.param([sign_in(), an_exchange(), sign_in(), an_exchange()], [], id="once again"),
        pytest.param([sign_in(), *[an_exchange()] * 2] * 4, [], id="two calls each"),
        pytest.param([sign_in(0), sign_in(HOUR), sign_in(2 * HOUR)], [], id="each token has expired"),
        pytest.param([sign_in(), sign_in(username="a"), sign_in(username="b")], [], id="different users"),
        pytest.param([sign_in(status=401)] * 5, [], id="refused"),
    ],
)
def test_signing_in_again_while_the_token_holds_is_held_against_a_client(calls, found):
    """Rule: AUTH-06."""
    assert numbers(signing_in.on_each_call(numbered(*calls))) == found


EXPIRED = an_exchange(status=401, answered={"message": "error.auth.token_expired"})
INVALID = an_exchange(status=401, answered={"message": "error.auth.token_invalid"})
REFRESH = an_exchange(0, "refreshToken", user=None, partner=None)


@pytest.mark.parametrize(
    ("calls", "found"),
    [
        pytest.param([EXPIRED, REFRESH, an_exchange(), EXPIRED, REFRESH], [2, 5], id="twice after a 401"),
        pytest.param([EXPIRED, EXPIRED, REFRESH, EXPIRED, REFRESH], [3, 5], id="after several 401 at once"),
        pytest.param([EXPIRED, REFRESH], [], id="once"),
        pytest.param([EXPIRED, REFRESH, an_exchange(), REFRESH, EXPIRED, REFRESH], [], id="once in time"),
        pytest.param([INVALID, REFRESH, INVALID, REFRESH], [], id="after another 401"),
        pytest.param([EXPIRED, replace(REFRESH, status=400)] * 3, [], id="refused"),
    ],
)
def test_refreshing_only_after_a_401_is_held_against_a_client(calls, found):
    """Rules: AUTH-05, AUTH-06."""
    assert numbers(signing_in.refreshed_on_401_only(numbered(*calls))) == found


def put(seconds=0, answered=SETTINGS, **changes):
    return an_exchange(
        0, "replaceEvaluationSettings", seconds, answered=answered, **{**PACKAGE, "method": "PUT", **changes}
    )


@pytest.mark.parametrize(
    ("calls", "found"),
    [
        pytest.param([put(), put(1)], [2], id="the same again"),
        pytest.param([put(), put(DAY - 1)], [2], id="almost a day later"),
        pytest.param([put(), put(DAY)], [], id="a day later"),
        pytest.param([put(), put(1, OTHERS), put(2)], [], id="and back"),
        pytest.param([put(), put(1, arguments={"package_id": "pkg_2"})], [], id="of another package"),
        pytest.param([put(status=409), put(1)], [], id="after a refusal"),
        pytest.param([put()], [], id="once"),
    ],
)
def test_saving_the_same_settings_within_a_day_is_held_against_a_client(calls, found):
    """Rule: BEV-02."""
    assert numbers(writing.unchanged_settings(numbered(*calls))) == found


@pytest.mark.parametrize(
    ("instants", "count"),
    [
        pytest.param((0, 0, 0, 0, 0), 5, id="at one instant"),
        pytest.param((0, 30, 60, 90, 120, 150), 6, id="every half minute"),
        pytest.param(tuple(DAY * day for day in range(5)), 5, id="every day"),
        pytest.param((0, 0, 0, 0), 0, id="four"),
        pytest.param((0, 40, 95, 130, 260, 300), 0, id="as a person does"),
        pytest.param(tuple(2 * DAY * day for day in range(6)), 0, id="every other day"),
        pytest.param((0, 7, 17, 27, 37, 47, 99), 5, id="regular in the middle"),
    ],
)
def test_five_rows_in_step_are_a_machines(instants, count):
    """Rule: CR-03."""
    posts = [an_exchange(0, "createCampaignResult", at, status=201) for at in instants]
    assert len(writing.rows_by_machine(numbered(*posts))) == count


def refused(status=404, **changes):
    return an_exchange(0, "getEvent", status=status, **{"path": "/api/v3/events/x", **changes})


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_the_same_request_after_a_refusal_is_a_retry(status):
    """Rule: ERR-03."""
    assert numbers(requests.refused_before(numbered(refused(status), an_exchange(), refused(status)))) == [3]


@pytest.mark.parametrize(
    "calls",
    [
        pytest.param([refused(429), refused(429)], id="429"),
        pytest.param([refused(503), refused(503)], id="503"),
        pytest.param([refused(401), refused(401)], id="401"),
        pytest.param([refused(None), refused(None)], id="a broken connection"),
        pytest.param([refused(), refused(path="/api/v3/events/y")], id="another path"),
        pytest.param([refused(), refused(query=(("a", "b"),))], id="another query"),
        pytest.param([refused(), refused(user="another")], id="another user"),
        pytest.param([refused(), refused(request_headers=(("x-preferred-partner-id", "x"),))], id="another header"),
        pytest.param([refused(sent={"a": 1}), refused(sent={"a": 2})], id="another body"),
        pytest.param([refused(409), refused(200)], id="it succeeds now"),
        pytest.param([refused(), an_exchange(method="POST", status=201), refused()], id="a write in between"),
        pytest.param([an_exchange(0, None, status=404, path="/favicon.ico")] * 2, id="no request to the platform"),
        pytest.param([an_exchange(0, "refreshToken", status=400)] * 2, id="a refresh, whose token is not known"),
    ],
)
def test_another_request_after_a_refusal_is_no_retry(calls):
    assert requests.refused_before(numbered(*calls)) == []


def test_a_partner_id_of_another_is_seen_in_path_and_query():
    """Rule: PART-04."""
    in_query = an_exchange(status=403, query=(("partner_id", BETA),))
    in_path = an_exchange(status=403, arguments={"partner_id": BETA})
    own = an_exchange(status=403, query=(("partner_id", "partner-id-acme"),))
    nobodys = an_exchange(status=403, partner=None, query=(("partner_id", BETA),))
    assert numbers(requests.another_partner(numbered(in_query, in_path, own, nobodys))) == [1, 2]


def test_only_a_header_that_was_left_out_is_missed():
    """Rule: PART-02."""
    answered = {"validation_errors": [{"code": "scope", "field": "X-Preferred-Partner-Id", "message": "…"}]}
    without = an_exchange(status=403, partner=None, answered=answered)
    wrong = replace(without, request_headers=(("x-preferred-partner-id", "x"),))
    other = replace(without, response=None)
    assert numbers(requests.no_partner(numbered(without, wrong, other))) == [1]


def test_brackets_that_were_not_refused_are_none():
    """Rule: BASE-05."""
    array = an_exchange(status=400, query=(("city[]", "A"),))
    value = an_exchange(status=400, query=(("q", "a[b]"),))
    assert numbers(requests.brackets(numbered(array, replace(array, status=200), value))) == [1]


def test_findings_tell_their_calls_oldest_first():
    calls = numbered(refused(), put(), put(1), refused(), refused(), refused())
    found = {finding.charge.id: numbers(finding.calls) for finding in findings.judge(calls)}
    assert found == {"saves-unchanged-settings": [3], "retries-what-was-refused": [5, 6]}


def test_a_client_that_was_taken_back_in_time_begins_anew():
    again = numbered(put(0), put(10), put(0))
    assert [numbers(finding.calls) for finding in findings.judge(again)] == [[2]]
    assert findings.judge(numbered(put(10), put(0))) == []
