"""A story as text that a shell takes: requests as curl, all else behind `#`."""

import json
import shlex
from collections.abc import Iterable, Iterator
from textwrap import wrap

from mock_server.gotchas import player
from mock_server.gotchas.player import Known, Played, Shown
from mock_server.gotchas.scenario import SECRETS, Call, Gotcha, Json, Look

WIDTH = 118
MOST = 160
"""How many characters of a value are shown."""
CONTROL = '-H "X-Mock-Control-Token: $CONTROL_TOKEN"'
JSON = "-H 'content-type: application/json'"
SURPRISE = ">>>"


def told(gotcha: Gotcha) -> Iterator[str]:
    """What the gotcha is about, before it is played."""
    yield f"# {gotcha.id}  {gotcha.title}"
    yield f"# Rules: {', '.join(gotcha.rules)}"
    yield from _paragraph(f"What a naive client does: {gotcha.naive}")
    yield ""


def right(gotcha: Gotcha) -> Iterator[str]:
    """What happens, and the right way in words."""
    yield from _paragraph(f"What happens: {gotcha.happens}")
    yield from _paragraph(f"The right way: {gotcha.right}")
    yield ""


def request(number: int, call: Call, needed: frozenset[str], control: bool) -> Iterator[str]:
    """One request: what it is for, and the lines to paste.

    `needed` are the names that later calls use, `control` says whether control requests carry a token.
    """
    yield from _paragraph(f"{number}. {call.say}")
    yield from commands(call, needed, control=control)


def answer(played: Played) -> Iterator[str]:
    """What came back, shortened to what matters, and what is surprising in it."""
    for line in shown(played):
        yield f"#    {line}"
    for difference in played.differences:
        yield from _paragraph(f"!!! It did not happen: {difference}")
    if played.call.surprise and not played.differences:
        yield from _paragraph(f"{SURPRISE} {played.call.surprise}")
    yield ""


def shown(played: Played) -> list[str]:
    """The status, and each place that matters with what stands there."""
    return [str(played.status), *(_shown(each) for each in played.shown)]


def expected(call: Call, known: Known) -> list[str]:
    """The same of an answer that is still to come, as far as it is known."""
    return [str(call.status), *(_expected(look, known) for look in call.looks)]


def commands(call: Call, needed: Iterable[str], known: Known | None = None, *, control: bool = False) -> list[str]:
    """The call as lines of a shell; what it keeps under a needed name is kept in a variable of that name.

    What is `known` is written out, but for secrets; `control` has control requests carry a token.
    """
    open_values = {name: value for name, value in (known or {}).items() if name not in SECRETS}
    line = " ".join(_words(call, open_values, control=control))
    kept = [(name, place) for name, place in call.keeps if name in set(needed)]
    if not kept:
        return [line]
    lines = [f"ANSWER=$({line})"]
    for name, place in kept:
        lines.append(
            f"""{name}=$(echo "$ANSWER" | python3 -c 'import json,sys; print(json.load(sys.stdin){_key(place)})')"""
        )
    return lines


def needed(calls: Iterable[Call]) -> frozenset[str]:
    """The names that the requests of the calls use."""
    return frozenset(name for call in calls for name in call.names)


def _words(call: Call, known: Known, *, control: bool) -> Iterator[str]:
    yield "curl -s"
    headers_matter = any(look.how in ("header", "no header") for look in call.looks)
    if headers_matter:
        yield "-i"
    elif call.status != 200 and not call.keeps:
        yield "-w ' %{http_code}\\n'"
    if "[" in call.query:
        yield "-g"
    if call.method != "GET":
        yield f"-X {call.method}"
    query = f"?{call.query}" if call.query else ""
    yield _quoted(f"${call.api}{player.filled(call.path + query, known)}", call.names | {call.api})
    if call.api == "MOCK":
        yield from [CONTROL] if control else []
    elif call.token is not None:
        yield f'-H "Authorization: Bearer ${call.token}"'
    for name, value in call.headers:
        yield f"-H {_quoted(f'{name}: {value}', call.names)}"
    if call.body is not None:
        body = json.dumps(player.filled(call.body, known), ensure_ascii=False, separators=(",", ":"))
        yield f"{JSON} -d {_quoted(body, call.names)}"


def _quoted(text: str, names: Iterable[str]) -> str:
    """The text for a shell, in which the names alone are replaced."""
    if not any(f"${name}" in text for name in names):
        return shlex.quote(text) if shlex.quote(text) != text else f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("`", "\\`") + '"'


def _key(place: str) -> str:
    return "".join(f'["{part}"]' if not part.startswith("[") else part for part in _parts(place))


def _parts(place: str) -> list[str]:
    return [part for part in place.replace("[", ".[").split(".") if part]


def _shown(shown: Shown) -> str:
    look, value = shown.look, shown.value
    if look.how == "no header":
        return f"no header {look.place}"
    if look.how == "header":
        return f"{look.place}: {value}"
    compared = {"as": ", as before", "unlike": ", not as before"}.get(look.how, "")
    return f"{look.place} = {_short(value)}{compared}"


def _expected(look: Look, known: Known) -> str:
    if look.how not in ("as", "unlike"):
        return _shown(Shown(look, look.value))
    name, relation = str(look.value), "as" if look.how == "as" else "other than"
    before = f", {_short(known[name])}" if name in known else ""
    return f"{look.place} {relation} before{before}"


def _short(value: Json) -> str:
    whole = json.dumps(value, ensure_ascii=False)
    return whole if len(whole) <= MOST else f"{whole[:MOST]}…"


def _paragraph(text: str) -> Iterator[str]:
    for line in wrap(text, WIDTH - 2, break_long_words=False, break_on_hyphens=False):
        yield f"# {line}"
