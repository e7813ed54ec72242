"""Requests are recorded without secrets, and printed as curl commands that can be pasted."""

import json
import shlex
import subprocess

import httpx2
import pytest

from contracts.spec.transcript import SECRET_FIELDS, RequestCounter, Transcript, redact

URL = "http://127.0.0.1:1/api/v3/events/?q=it's&city=%22"


def a_transcript(*requests: httpx2.Request, status: int = 200, answer: object = None) -> Transcript:
    transcript = Transcript()
    for request in requests:
        transcript.add(request, httpx2.Response(status, json=answer))
    return transcript


def curl_words(request: httpx2.Request) -> list[str]:
    """Return the words of the curl command, as a shell without variables reads them."""
    command, _, _ = a_transcript(request).exchanges()[0].to_curl().partition("  # -> ")
    return shlex.split(command)


@pytest.mark.parametrize("field", SECRET_FIELDS)
def test_the_value_of_a_secret_field_is_replaced_wherever_it_stands(field: str) -> None:
    text = redact(json.dumps({"a": [{field: "s3cret", "b": 1}]}).encode())
    assert "s3cret" not in text
    assert json.loads(text) == {"a": [{field: SECRET_FIELDS[field], "b": 1}]}


@pytest.mark.parametrize("value", [["s3cret"], {"a": "s3cret"}, 5378008])
def test_the_whole_value_of_a_secret_field_of_an_answer_is_replaced(value: object) -> None:
    content = json.dumps({"AccessToken": value}).encode()
    assert json.loads(redact(content, is_answer=True)) == {"AccessToken": "$TOKEN"}
    assert json.loads(redact(content)) == {"AccessToken": value}


def test_tokens_in_headers_are_replaced_and_expand_in_a_shell() -> None:
    headers = {"authorization": "Bearer eyJ.a.b", "x-mock-control-token": "k3y", "x-preferred-partner-id": "fd1"}
    (exchange,) = a_transcript(httpx2.Request("GET", URL, headers=headers)).exchanges()
    command = exchange.to_curl()
    assert "eyJ" not in command + json.dumps(exchange.to_json())
    assert "k3y" not in command + json.dumps(exchange.to_json())
    assert '-H "authorization: Bearer $TOKEN"' in command
    assert "-H 'x-preferred-partner-id: fd1'" in command


def test_a_command_says_method_address_and_body_and_what_came() -> None:
    request = httpx2.Request("PUT", URL, content=b'{"model": "FD"}', headers={"content-type": "application/json"})
    words = curl_words(request)
    assert words[:5] == ["curl", "-sS", "-X", "PUT", URL]
    assert words[words.index("--data-binary") + 1] == '{"model": "FD"}'
    assert a_transcript(request, status=409).exchanges()[0].to_curl().endswith("  # -> 409")


def test_a_shell_expands_the_placeholders_and_nothing_else() -> None:
    body = {"password": "x", "username": '$(id) `id` $HOME " \\ é'}
    (exchange,) = a_transcript(httpx2.Request("POST", URL, content=json.dumps(body))).exchanges()
    script = 'PASSWORD=known; curl() { for word; do :; done; printf %s "$word"; }; ' + exchange.to_curl()
    completed = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(completed.stdout) == {**body, "password": "known"}


def test_a_request_without_an_answer_is_told_too() -> None:
    transcript = Transcript()
    transcript.add(httpx2.Request("GET", URL), None)
    assert transcript.exchanges()[0].to_curl().endswith("# -> no response")


def test_a_long_or_broken_body_is_still_text() -> None:
    assert len(redact(b"x" * 100_000)) < 5_000
    assert redact(b"\xff{") == "\\xff{"


def test_only_the_setup_and_the_last_try_are_kept() -> None:
    transcript = a_transcript(httpx2.Request("GET", "http://a/stage"))
    transcript.mark_setup()
    for _ in range(3):
        transcript.rewind_to_setup()
        transcript.add(httpx2.Request("GET", "http://a/tried"), None)
    assert [each.url for each in transcript.exchanges()] == ["http://a/stage", "http://a/tried"]


def test_reads_are_left_out_of_the_shortest_sequence_but_for_the_last() -> None:
    methods = ("GET", "POST", "GET", "PUT", "GET")
    shorter = a_transcript(*(httpx2.Request(method, f"http://a/{place}") for place, method in enumerate(methods)))
    assert [each.url[-1] for each in shorter.without_reads().exchanges()] == ["1", "3", "4"]


def test_each_request_is_counted_once_for_the_run() -> None:
    total = RequestCounter()
    for transcript in (Transcript(total), Transcript(total)):
        transcript.add(httpx2.Request("GET", URL), None)
    assert total.count == 2
