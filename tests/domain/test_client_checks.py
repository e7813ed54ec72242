"""Which requests of a client lead to a finding, and which do not."""

from dataclasses import replace

import pytest

from mock_server.domain.client_checks import findings, polling, requests, signing_in, writing
from tests.builders import BETA
from tests.exchange_builders import an_exchange, number_calls

HOUR, DAY = 3600, 86_400
PACKAGE = {"arguments": {"package_id": "pkg_1"}}
SETTINGS = {"backhaul_evaluation_attribution_window": 14, "backhaul_evaluation_model": "ALL_PURCHASES"}
OTHER_SETTINGS = {**SETTINGS, "backhaul_evaluation_attribution_window": 30}


def read_exchanges(instants, operation="getPackage", body=None, **changes):
    body = {"status": "INPROGRESS"} if body is None else body
    return [an_exchange(0, operation, at, answered=body, **PACKAGE, **changes) for at in instants]


def run_checks(calls):
    return findings.run_checks(calls, polling.OLDER_MIN_INTERVAL)


def call_numbers(calls):
    return [call.number for call in calls]


def test_nothing_is_found_in_nothing():
    assert run_checks([]) == []


@pytest.mark.parametrize(
    ("every_3_seconds", "instants", "count"),
    [
        pytest.param(False, (0, 9, 18), 2, id="twice within 10 s"),
        pytest.param(False, (0, 0, 0), 2, id="at the same time"),
        pytest.param(False, (0, 10, 20), 0, id="each after 10 s"),
        pytest.param(False, (0, 9), 0, id="once within 10 s"),
        pytest.param(False, (0, 9, 60, 69, 120), 0, id="at times once within 10 s"),
        pytest.param(False, (0, 1, 2, 60, 61, 62, 63), 5, id="two streaks"),
        pytest.param(True, (0, 2, 4), 2, id="newer: twice within 3 s"),
        pytest.param(True, (0, 3, 6), 0, id="newer: each after 3 s"),
    ],
)
def test_a_package_is_polled_too_fast_when_two_reads_in_a_row_come_within_the_advised_interval(
    every_3_seconds, instants, count
):
    """Rules: PKG-03, RATE-01."""
    interval = polling.min_interval(every_3_seconds=every_3_seconds)
    assert len(polling.find_fast_package_polling(number_calls(*read_exchanges(instants)), interval)) == count


@pytest.mark.parametrize(
    ("interval", "quoted"), [(polling.OLDER_MIN_INTERVAL, "10 s"), (polling.NEWER_MIN_INTERVAL, "3 s")]
)
def test_the_advice_on_polling_quotes_the_advised_interval(interval, quoted):
    """Rule: RATE-01."""
    fast, even, *_ = findings.list_checks(interval)
    assert f"every {quoted}." in fast.advice
    assert f"less than {quoted} " in fast.description
    assert f"({quoted}, " in even.advice


@pytest.mark.parametrize("status", ["DONE", "FAILED", "EXPIRED"])
def test_a_package_that_is_not_being_built_may_be_read_at_any_pace(status):
    reads = number_calls(*read_exchanges(range(9), body={"status": status}))
    assert polling.find_fast_package_polling(reads, polling.OLDER_MIN_INTERVAL) == []


def test_two_packages_read_in_turn_are_not_one_poll():
    other = {"arguments": {"package_id": "pkg_2"}}
    one, two = read_exchanges((0, 12, 24)), [replace(read, **other) for read in read_exchanges((6, 18, 30))]
    calls = number_calls(*sorted(one + two, key=lambda call: call.at))
    assert polling.find_fast_package_polling(calls, polling.OLDER_MIN_INTERVAL) == []


@pytest.mark.parametrize(
    ("instants", "count"),
    [
        pytest.param((0, 2, 4, 6), 3, id="the same pause three times"),
        pytest.param((0, 0, 0, 0), 3, id="at the same time"),
        pytest.param((0, 8, 10, 12), 3, id="pauses that shrink"),
        pytest.param((0, 2, 4), 0, id="two pauses"),
        pytest.param((0, 2, 6, 14), 0, id="pauses that double"),
        pytest.param((0, 2, 6, 14, 22, 30), 0, id="pauses that grow up to a bound"),
        pytest.param((0, 60, 120, 180, 240), 0, id="a minute apart"),
    ],
)
def test_an_evaluation_is_polled_without_back_off_when_its_pauses_do_not_grow(instants, count):
    """Rule: BEV-03."""
    calls = number_calls(*read_exchanges(instants, "getEvaluation", body=[]))
    assert len(polling.find_polling_without_backoff(calls)) == count


def test_a_changed_answer_ends_the_poll():
    calls = number_calls(
        *read_exchanges((0, 2), "getEvaluation", body=[]), *read_exchanges((4, 6), "getEvaluation", body=[1])
    )
    assert polling.find_polling_without_backoff(calls) == []


def test_a_put_begins_another_poll():
    put = an_exchange(0, "replaceEvaluationSettings", 5, answered=SETTINGS, **PACKAGE)
    early, late = read_exchanges((0, 2), "getEvaluation", body=[]), read_exchanges((6, 8), "getEvaluation", body=[])
    assert polling.find_polling_without_backoff(number_calls(*early, put, *late)) == []


def a_defaults_change(seconds=0, **changes):
    return an_exchange(0, "setBackhaulDefaults", seconds, answered=SETTINGS, **changes)


def test_three_reads_of_an_old_packages_settings_after_the_defaults_expect_too_much():
    """Rule: DEF-02."""
    calls = number_calls(a_defaults_change(), *read_exchanges((1, 2, 3), "getEvaluationSettings", body=OTHER_SETTINGS))
    assert call_numbers(polling.find_stale_default_reads(calls)) == [2, 3, 4]


def a_package_creation(package_id):
    return an_exchange(0, "createPackage", status=201, answered={"id": package_id})


@pytest.mark.parametrize(
    ("before", "instants", "body"),
    [
        pytest.param([a_defaults_change()], (1, 2), OTHER_SETTINGS, id="two reads"),
        pytest.param([a_defaults_change()], (1, 2, 3), SETTINGS, id="settings like the defaults"),
        pytest.param([], (1, 2, 3), OTHER_SETTINGS, id="no change of defaults"),
        pytest.param(
            [a_defaults_change(), a_package_creation("pkg_1")], (1, 2, 3), OTHER_SETTINGS, id="a package created later"
        ),
        pytest.param([a_defaults_change(partner=BETA)], (1, 2, 3), OTHER_SETTINGS, id="another partner's defaults"),
        pytest.param([a_defaults_change(status=400)], (1, 2, 3), OTHER_SETTINGS, id="rejected defaults"),
        pytest.param(
            [a_defaults_change(), an_exchange(0, "replaceEvaluationSettings", answered=OTHER_SETTINGS, **PACKAGE)],
            (1, 2, 3),
            OTHER_SETTINGS,
            id="settings of the package's own",
        ),
    ],
)
def test_reading_settings_for_another_reason_is_no_finding(before, instants, body):
    calls = number_calls(*before, *read_exchanges(instants, "getEvaluationSettings", body=body))
    assert polling.find_stale_default_reads(calls) == []


def a_sign_in(seconds=0, username="partner@acme.example", **changes):
    sent = {"username": username, "password": "…"}
    return an_exchange(0, "signIn", seconds, user=None, partner=None, method="POST", sent=sent, **changes)


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        pytest.param([a_sign_in(), an_exchange(), a_sign_in(), an_exchange(), a_sign_in()], [3, 5], id="one call each"),
        pytest.param([a_sign_in(), a_sign_in(), a_sign_in()], [2, 3], id="no call at all"),
        pytest.param([a_sign_in(), an_exchange(), a_sign_in(), an_exchange()], [], id="once again"),
        pytest.param([a_sign_in(), *[an_exchange()] * 2] * 4, [], id="two calls each"),
        pytest.param([a_sign_in(0), a_sign_in(HOUR), a_sign_in(2 * HOUR)], [], id="each token has expired"),
        pytest.param([a_sign_in(), a_sign_in(username="a"), a_sign_in(username="b")], [], id="different users"),
        pytest.param([a_sign_in(status=401)] * 5, [], id="refused"),
    ],
)
def test_signing_in_again_while_the_token_holds_is_held_against_a_client(calls, expected):
    """Rule: AUTH-06."""
    assert call_numbers(signing_in.find_sign_in_per_call(number_calls(*calls))) == expected


AN_EXPIRED_TOKEN_ANSWER = an_exchange(status=401, answered={"message": "error.auth.token_expired"})
AN_INVALID_TOKEN_ANSWER = an_exchange(status=401, answered={"message": "error.auth.token_invalid"})
A_REFRESH = an_exchange(0, "refreshToken", user=None, partner=None)


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        pytest.param(
            [AN_EXPIRED_TOKEN_ANSWER, A_REFRESH, an_exchange(), AN_EXPIRED_TOKEN_ANSWER, A_REFRESH],
            [2, 5],
            id="twice, after a 401",
        ),
        pytest.param(
            [AN_EXPIRED_TOKEN_ANSWER, AN_EXPIRED_TOKEN_ANSWER, A_REFRESH, AN_EXPIRED_TOKEN_ANSWER, A_REFRESH],
            [3, 5],
            id="after several simultaneous 401s",
        ),
        pytest.param([AN_EXPIRED_TOKEN_ANSWER, A_REFRESH], [], id="once"),
        pytest.param(
            [AN_EXPIRED_TOKEN_ANSWER, A_REFRESH, an_exchange(), A_REFRESH, AN_EXPIRED_TOKEN_ANSWER, A_REFRESH],
            [],
            id="once before a 401",
        ),
        pytest.param(
            [AN_INVALID_TOKEN_ANSWER, A_REFRESH, AN_INVALID_TOKEN_ANSWER, A_REFRESH], [], id="after another 401"
        ),
        pytest.param([AN_EXPIRED_TOKEN_ANSWER, replace(A_REFRESH, status=400)] * 3, [], id="refused"),
    ],
)
def test_refreshing_only_after_a_401_is_held_against_a_client(calls, expected):
    """Rules: AUTH-05, AUTH-06."""
    assert call_numbers(signing_in.find_refresh_only_after_401(number_calls(*calls))) == expected


def a_settings_change(seconds=0, body=SETTINGS, **changes):
    return an_exchange(
        0, "replaceEvaluationSettings", seconds, answered=body, **{**PACKAGE, "method": "PUT", **changes}
    )


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        pytest.param([a_settings_change(), a_settings_change(1)], [2], id="the same settings again"),
        pytest.param([a_settings_change(), a_settings_change(DAY - 1)], [2], id="almost a day later"),
        pytest.param([a_settings_change(), a_settings_change(DAY)], [], id="a day later"),
        pytest.param(
            [a_settings_change(), a_settings_change(1, OTHER_SETTINGS), a_settings_change(2)], [], id="and back"
        ),
        pytest.param(
            [a_settings_change(), a_settings_change(1, arguments={"package_id": "pkg_2"})], [], id="of another package"
        ),
        pytest.param([a_settings_change(status=409), a_settings_change(1)], [], id="after a refusal"),
        pytest.param([a_settings_change()], [], id="once"),
    ],
)
def test_saving_the_same_settings_within_a_day_is_held_against_a_client(calls, expected):
    """Rule: BEV-02."""
    assert call_numbers(writing.find_unchanged_settings(number_calls(*calls))) == expected


@pytest.mark.parametrize(
    ("instants", "count"),
    [
        pytest.param((0, 0, 0, 0, 0), 5, id="at the same time"),
        pytest.param((0, 30, 60, 90, 120, 150), 6, id="every half minute"),
        pytest.param(tuple(DAY * day for day in range(5)), 5, id="every day"),
        pytest.param((0, 0, 0, 0), 0, id="four"),
        pytest.param((0, 40, 95, 130, 260, 300), 0, id="at the pace of a person"),
        pytest.param(tuple(2 * DAY * day for day in range(6)), 0, id="every other day"),
        pytest.param((0, 7, 17, 27, 37, 47, 99), 5, id="regular in the middle"),
    ],
)
def test_five_rows_at_even_intervals_are_automated(instants, count):
    """Rule: CR-03."""
    posts = [an_exchange(0, "createCampaignResult", at, status=201) for at in instants]
    assert len(writing.find_machine_posts(number_calls(*posts))) == count


def a_refused_call(status=404, **changes):
    return an_exchange(0, "getEvent", status=status, **{"path": "/api/v3/events/x", **changes})


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_the_same_request_after_a_refusal_is_a_retry(status):
    """Rule: ERR-03."""
    assert call_numbers(
        requests.find_repeated_refusals(number_calls(a_refused_call(status), an_exchange(), a_refused_call(status)))
    ) == [3]


@pytest.mark.parametrize(
    "calls",
    [
        pytest.param([a_refused_call(429), a_refused_call(429)], id="429"),
        pytest.param([a_refused_call(503), a_refused_call(503)], id="503"),
        pytest.param([a_refused_call(401), a_refused_call(401)], id="401"),
        pytest.param([a_refused_call(None), a_refused_call(None)], id="a broken connection"),
        pytest.param([a_refused_call(), a_refused_call(path="/api/v3/events/y")], id="another path"),
        pytest.param([a_refused_call(), a_refused_call(query=(("a", "b"),))], id="another query"),
        pytest.param([a_refused_call(), a_refused_call(user="another")], id="another user"),
        pytest.param(
            [a_refused_call(), a_refused_call(request_headers=(("x-preferred-partner-id", "x"),))], id="another header"
        ),
        pytest.param([a_refused_call(sent={"a": 1}), a_refused_call(sent={"a": 2})], id="another body"),
        pytest.param([a_refused_call(409), a_refused_call(200)], id="the second one succeeds"),
        pytest.param(
            [a_refused_call(), an_exchange(method="POST", status=201), a_refused_call()], id="a write in between"
        ),
        pytest.param([an_exchange(0, None, status=404, path="/favicon.ico")] * 2, id="not a request to the platform"),
        pytest.param([an_exchange(0, "refreshToken", status=400)] * 2, id="a refresh: its token is not recorded"),
    ],
)
def test_another_request_after_a_refusal_is_no_retry(calls):
    assert requests.find_repeated_refusals(number_calls(*calls)) == []


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        pytest.param([(429, 0), (429, 0), (200, 0)], [2, 3], id="two repetitions at one time"),
        pytest.param([(500, 0), (503, 0.9), (599, 1.8)], [2, 3], id="each within a second"),
        pytest.param([(503, 0), (503, 0)], [], id="one repetition"),
        pytest.param([(503, 0), (503, 0), (503, 1), (503, 1)], [], id="at times one within a second"),
        pytest.param([(503, 0), (503, 1), (503, 3), (503, 7)], [], id="pauses that double"),
        pytest.param([(200, 0), (200, 0), (200, 0)], [], id="not refused"),
        pytest.param([(404, 0), (404, 0), (404, 0)], [], id="refused for good"),
        pytest.param([(None, 0), (None, 0), (None, 0)], [], id="a broken connection"),
    ],
)
def test_a_request_that_is_repeated_at_once_is_a_retry_without_a_pause(calls, expected):
    """Rules: RATE-02, ERR-03."""
    exchanges = number_calls(*(an_exchange(0, "getEvent", at, status=status) for status, at in calls))
    assert call_numbers(requests.find_immediate_retries(exchanges)) == expected


def test_requests_that_differ_are_no_retries():
    for name, values in (("path", "abc"), ("user", "abc"), ("query", ((("a", x),) for x in "abc"))):
        different = number_calls(*(an_exchange(0, "getEvent", status=429, **{name: value}) for value in values))
        assert requests.find_immediate_retries(different) == []
    refreshes = number_calls(*(an_exchange(0, "refreshToken", status=429) for _ in range(3)))
    assert requests.find_immediate_retries(refreshes) == []


def test_a_partner_id_of_another_is_seen_in_path_and_query():
    """Rule: PART-04."""
    in_query = an_exchange(status=403, query=(("partner_id", BETA),))
    in_path = an_exchange(status=403, arguments={"partner_id": BETA})
    own = an_exchange(status=403, query=(("partner_id", "partner-id-acme"),))
    nobodys = an_exchange(status=403, partner=None, query=(("partner_id", BETA),))
    assert call_numbers(requests.find_partner_mismatches(number_calls(in_query, in_path, own, nobodys))) == [1, 2]


def test_only_a_header_that_was_left_out_is_missed():
    """Rule: PART-02."""
    answered = {"validation_errors": [{"code": "scope", "field": "X-Preferred-Partner-Id", "message": "…"}]}
    without = an_exchange(status=403, partner=None, answered=answered)
    wrong = replace(without, request_headers=(("x-preferred-partner-id", "x"),))
    other = replace(without, response=None)
    assert call_numbers(requests.find_missing_partner_header(number_calls(without, wrong, other))) == [1]


def test_brackets_that_were_not_refused_are_none():
    """Rule: BASE-05."""
    array = an_exchange(status=400, query=(("city[]", "A"),))
    value = an_exchange(status=400, query=(("q", "a[b]"),))
    assert call_numbers(requests.find_bracketed_arrays(number_calls(array, replace(array, status=200), value))) == [1]


def test_findings_tell_their_calls_oldest_first():
    calls = number_calls(
        a_refused_call(),
        a_settings_change(),
        a_settings_change(1),
        a_refused_call(),
        a_refused_call(),
        a_refused_call(),
    )
    calls_by_charge = {finding.check.id: call_numbers(finding.calls) for finding in run_checks(calls)}
    assert calls_by_charge == {"saves-unchanged-settings": [3], "retries-what-was-refused": [5, 6]}


def test_a_rewind_clears_earlier_calls_of_the_client():
    again = number_calls(a_settings_change(0), a_settings_change(10), a_settings_change(0))
    assert [call_numbers(finding.calls) for finding in run_checks(again)] == [[2]]
    assert run_checks(number_calls(a_settings_change(10), a_settings_change(0))) == []
