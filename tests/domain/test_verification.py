"""Which requests an expectation counts, in any order or in order, and which requests are reported as near misses."""

import pytest

from mock_server.domain import verification
from mock_server.domain.verification import CallExpectation
from tests.builders import ACME, BETA
from tests.exchange_builders import an_exchange, number_calls

GET, PUT = "getEvaluation", "replaceEvaluationSettings"
BODY = {"backhaul_evaluation_attribution_window": 14, "nested": {"a": [1, 2], "b": True}}


def numbered_calls(*operations):
    return number_calls(*[an_exchange(0, operation) for operation in operations])


def judge(expectation, exchanges):
    return verification.verify([expectation], exchanges)[0]


@pytest.mark.parametrize(
    ("least", "most", "times", "verified"),
    [
        pytest.param(1, None, 0, False, id="no call, at least one expected"),
        pytest.param(1, None, 3, True, id="three calls, at least one expected"),
        pytest.param(2, 2, 1, False, id="one call, two expected"),
        pytest.param(2, 2, 2, True, id="two calls, two expected"),
        pytest.param(2, 2, 3, False, id="three calls, two expected"),
        pytest.param(0, 0, 0, True, id="no call, none expected"),
        pytest.param(0, 0, 1, False, id="one call, none expected"),
        pytest.param(0, 2, 2, True, id="two calls, at most two expected"),
        pytest.param(0, 2, 3, False, id="three calls, at most two expected"),
    ],
)
def test_an_expectation_counts_its_calls(least, most, times, verified):
    verdict = judge(CallExpectation(GET, least, most), numbered_calls(PUT, *[GET] * times))
    assert (verdict.verified, verdict.matched) == (verified, tuple(range(2, 2 + times)))


@pytest.mark.parametrize(
    ("wanted", "field", "expected", "seen"),
    [
        pytest.param({"status": 409}, "status", 409, 200, id="status"),
        pytest.param({"partner": BETA}, "partner", BETA, ACME, id="partner"),
        pytest.param({"path": {"package_id": "pkg_2"}}, "path.package_id", "pkg_2", "pkg_1", id="path"),
        pytest.param({"query": {"eid": ("y",)}}, "query.eid", "y", "x", id="query"),
        pytest.param({"query": {"city": ("B", "A")}}, "query.city", ["B", "A"], ["A", "B"], id="another order"),
        pytest.param({"query": {"city": ("A",)}}, "query.city", "A", ["A", "B"], id="only one of two values"),
        pytest.param({"query": {"q": ("z",)}}, "query.q", "z", None, id="a missing key"),
        pytest.param({"query": {"eid": ()}}, "query.eid", None, "x", id="a key that must be missing"),
        pytest.param({"body": {"c": 1}}, "body.c", 1, None, id="a missing member"),
        pytest.param({"body": {"nested": {"a": [1]}}}, "body.nested.a", [1], [1, 2], id="an array"),
        pytest.param({"body": {"nested": {"b": 1}}}, "body.nested.b", 1, True, id="`true` is not 1"),
        pytest.param({"body": {"nested": "x"}}, "body.nested", "x", BODY["nested"], id="another type"),
    ],
)
def test_a_call_that_differs_is_told_with_the_field(wanted, field, expected, seen):
    call = an_exchange(
        1,
        PUT,
        arguments={"package_id": "pkg_1"},
        query=(("eid", "x"), ("city", "A"), ("city", "B")),
        sent=BODY,
    )
    verdict = judge(CallExpectation(PUT, **wanted), [call])
    assert not verdict.verified
    assert [near.number for near in verdict.near_misses] == [1]
    assert [(each.field, each.expected, each.actual) for each in verdict.near_misses[0].differences] == [
        (field, expected, seen)
    ]


def test_a_part_of_the_body_is_enough():
    call = an_exchange(1, PUT, sent=BODY)
    assert judge(CallExpectation(PUT, body={"nested": {"b": True}}), [call]).verified
    assert judge(CallExpectation(PUT, body={"backhaul_evaluation_attribution_window": 14.0}), [call]).verified


def test_a_body_that_is_no_object_differs_as_a_whole():
    verdict = judge(CallExpectation(PUT, body={"a": 1}), [an_exchange(1, PUT)])
    assert [each.field for each in verdict.near_misses[0].differences] == ["body"]


def test_the_nearest_calls_are_those_with_the_fewest_differences_three_at_most():
    seen = number_calls(
        an_exchange(0, GET, status=404, partner=BETA),
        an_exchange(0, PUT),
        *[an_exchange(0, GET, status=404)] * 3,
        an_exchange(0, GET, partner=BETA),
    )
    verdict = judge(CallExpectation(GET, status=201, partner=ACME), seen)
    assert [near.number for near in verdict.near_misses] == [3, 4, 5]


def test_where_the_operation_was_never_called_a_call_that_means_nothing_is_nearest():
    verdict = judge(CallExpectation(GET), numbered_calls(PUT, None, PUT))
    assert [near.number for near in verdict.near_misses] == [2, 1, 3]


def test_of_too_many_calls_none_is_nearest():
    verdict = judge(CallExpectation(GET, 1, 1), numbered_calls(GET, GET))
    assert (verdict.verified, verdict.matched, verdict.near_misses) == (False, (1, 2), ())


def judge_in_order(operations, *expectations):
    return verification.verify_in_order(expectations, numbered_calls(*operations))


@pytest.mark.parametrize(
    ("operations", "verified"),
    [
        pytest.param([GET, PUT, GET], [True, True, True], id="as expected"),
        pytest.param([GET, "getPackage", PUT, "listEvents", GET], [True, True, True], id="with calls between them"),
        pytest.param([GET, PUT], [True, True, False], id="the last is missing"),
        pytest.param([PUT, GET, GET], [True, False, True], id="the second came first"),
        pytest.param([GET, GET, PUT, GET], [False, True, True], id="the first came too often"),
        pytest.param([], [False, False, False], id="nothing"),
    ],
)
def test_in_order_each_looks_at_what_lies_between_its_neighbours(operations, verified):
    once = [CallExpectation(GET, 1, 1), CallExpectation(PUT, 1, 1), CallExpectation(GET, 1, 1)]
    assert [each.verified for each in judge_in_order(operations, *once)] == verified


def test_a_call_out_of_order_is_told_as_such():
    verdict = judge_in_order([PUT, GET], CallExpectation(GET), CallExpectation(PUT))[1]
    assert not verdict.verified
    assert [(near.number, [each.field for each in near.differences]) for near in verdict.near_misses] == [
        (1, ["order"])
    ]
    assert verdict.near_misses[0].differences[0].actual == 1


def test_zero_calls_in_between_can_be_expected():
    never = CallExpectation("signIn", 0, 0)
    expectations = (CallExpectation(PUT), never, CallExpectation(GET))
    assert all(each.verified for each in judge_in_order(["signIn", PUT, GET], *expectations))
    assert [each.verified for each in judge_in_order([PUT, "signIn", GET], *expectations)] == [True, False, True]


def test_calls_that_several_expectations_want_are_claimed_once():
    twice = (CallExpectation(GET, 2), CallExpectation(GET, 1))
    assert [each.verified for each in judge_in_order([GET, GET], *twice)] == [True, False]
    assert [each.verified for each in judge_in_order([GET, GET, GET], *twice)] == [True, True]
