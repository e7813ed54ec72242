"""Removes secrets from every text that leaves the process.

`REDACTOR` learns a secret where it enters the process: passwords and the control token where the options are read, and
tokens from each response below `/auth`, whatever its form. It removes them where texts leave: from the calls of a
transcript, reproducers, the result (from which all reports are made), pytest's reports, the ledger and the output of
commands.

A secret of at least PIECE_LENGTH characters is found by its pieces: all of its substrings of that length are stored,
and a text is searched once, from left to right. So a secret that was cut short is removed as well, and the time is
linear in the length of the text. A shorter secret is found as a whole, and one of fewer than MIN_LENGTH characters only
in the fields that are known to hold secrets, because it would make texts unreadable. Tokens in the form of a JWT are
found by their form.

The password of the mock's sample users is published and therefore not learned.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import httpx2

TOKEN, PASSWORD, CONTROL_TOKEN, CODE = "$TOKEN", "$PASSWORD", "$CONTROL_TOKEN", "$MFA_TOKEN"
MIN_LENGTH, MIN_DIGITS, MIN_WORD_LENGTH, PIECE_LENGTH = 4, 5, 12, 12
JWT = re.compile(r"eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,2}")
SIGN_IN_PATH = re.compile(r"/auth(?:/|$)")
SECRET_NAME = re.compile(r"token|session|secret|password|jwt|credential", re.IGNORECASE)
"""Matches the names of members whose values are secrets even if they are short."""
NOT_SECRET_NAMES = frozenset({"TokenType", "token_type"})
WORD = re.compile(r"[A-Za-z0-9_\-.~+/@]+=*")
SEGMENT = "(?:[A-Z]{1,19}|[A-Za-z][a-z]{0,18}(?:[A-Z][a-z]{1,18}){0,4})"
ORDINARY_WORD = re.compile(
    rf"[-_./~+]*{SEGMENT}(?:[-_./~+]+{SEGMENT})*[-_./~+=]*"  # names, keys, addresses and media types
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]*Z?)?"
    r"|[^@]+@[^@]+"
    r"|partner-id-.+|fd[0-9]+|webapp-access-group-[0-9]+"
)
"""Matches words that are not learned as tokens, because reports would be unreadable without them."""
PUBLIC_HEADERS = frozenset(
    {"allow", "connection", "content-encoding", "content-length", "content-type", "date", "etag", "last-modified"}
    | {"retry-after", "server", "transfer-encoding", "vary", "via", "www-authenticate", "x-request-id"}
)
"""Headers of a sign-in response that contain no tokens."""


class Redactor:
    """Knows the secrets of a process, and removes them from texts."""

    def __init__(self) -> None:
        self._placeholder_by_piece: dict[str, str] = {}
        self._placeholder_by_word: dict[str, str] = {}
        self._words_pattern: re.Pattern[str] | None = None

    def learn(self, secret: str, placeholder: str) -> None:
        """Remove this secret from now on, also where it is escaped. It is replaced by the placeholder."""
        for form in _list_forms(secret):
            if len(form) >= PIECE_LENGTH:
                for start in range(len(form) - PIECE_LENGTH + 1):
                    self._placeholder_by_piece.setdefault(form[start : start + PIECE_LENGTH], placeholder)
            elif len(form) >= MIN_LENGTH and form not in self._placeholder_by_word:
                self._placeholder_by_word[form] = placeholder
                self._words_pattern = None

    def learn_from_response(self, response: httpx2.Response) -> None:
        """Learn the tokens of a response that has just arrived. This is a hook for an HTTP client."""
        if SIGN_IN_PATH.search(response.request.url.path):
            response.read()
            self.learn_from_exchange(response.request, response)

    def learn_from_exchange(self, request: httpx2.Request, response: httpx2.Response) -> None:
        """Learn the tokens of a response if its request was below `/auth`."""
        if SIGN_IN_PATH.search(request.url.path):
            for secret in _find_tokens(response):
                self.learn(secret, TOKEN)

    def hide(self, text: str) -> str:
        """Return the text with a placeholder for each secret."""
        text = JWT.sub(TOKEN, text) if "eyJ" in text else text
        if self._placeholder_by_piece:
            text = "".join(self._replace_pieces(text))
        if self._placeholder_by_word:
            self._words_pattern = self._words_pattern or _compile_words(self._placeholder_by_word)
            text = self._words_pattern.sub(lambda match: self._placeholder_by_word[match[0]], text)
        return text

    def hide_in(self, value: Any) -> Any:
        """Return a JSON value with a placeholder for each secret in its strings and keys. Tuples stay tuples."""
        if isinstance(value, str):
            return self.hide(value)
        if isinstance(value, Mapping):
            return {self.hide_in(key): self.hide_in(entry) for key, entry in value.items()}
        if isinstance(value, tuple | list):
            return type(value)(self.hide_in(entry) for entry in value)
        return value

    def _replace_pieces(self, text: str) -> Iterator[str]:
        """Yield the parts of the text, and a placeholder for each run of characters that are covered by pieces."""
        pieces, kept_from, start = self._placeholder_by_piece, 0, 0
        last_start = len(text) - PIECE_LENGTH
        while start <= last_start:
            placeholder = pieces.get(text[start : start + PIECE_LENGTH])
            if placeholder is None:
                start += 1
                continue
            yield text[kept_from:start]
            yield placeholder
            while start < last_start and text[start + 1 : start + 1 + PIECE_LENGTH] in pieces:
                start += 1
            start = kept_from = start + PIECE_LENGTH
        yield text[kept_from:]


REDACTOR = Redactor()
"""The redactor of this process."""


def _list_forms(secret: str) -> set[str]:
    """Return the secret as it is, and as it appears in JSON, in Python's representation and in a URL."""
    escaped = json.dumps(secret)[1:-1]
    unescaped = json.dumps(secret, ensure_ascii=False)[1:-1]
    in_url = quote(secret, safe="", errors="surrogatepass")
    return {secret, escaped, unescaped, repr(secret)[1:-1], in_url, in_url.replace("%20", "+")}


def _compile_words(words: Mapping[str, str]) -> re.Pattern[str]:
    alternatives = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return re.compile(f"(?<![A-Za-z0-9])(?:{alternatives})(?![A-Za-z0-9])")


def _find_tokens(response: httpx2.Response) -> Iterator[str]:
    """Yield everything in a sign-in response that may be a token, except JWTs, which are found by their form."""
    for name, value in response.headers.items():
        if name.lower() not in PUBLIC_HEADERS and not name.lower().startswith("access-control-"):
            yield from _find_words(value)
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        yield from _find_words(response.content.decode("utf-8", "backslashreplace"))
    else:
        yield from _find_in_json(body, is_success=response.is_success, is_secret=False)


def _find_in_json(value: Any, *, is_success: bool, is_secret: bool) -> Iterator[str]:
    if isinstance(value, dict):
        for name, entry in value.items():
            yield from _find_words(name)
            has_secret_name = SECRET_NAME.search(name) is not None and name not in NOT_SECRET_NAMES
            yield from _find_in_json(entry, is_success=is_success, is_secret=is_secret or has_secret_name)
    elif isinstance(value, list):
        for entry in value:
            yield from _find_in_json(entry, is_success=is_success, is_secret=is_secret)
    elif isinstance(value, str):
        if is_secret and (is_success or not ORDINARY_WORD.fullmatch(value)) and not JWT.fullmatch(value):
            yield value
        yield from _find_words(value)
    elif isinstance(value, int | float) and len(str(value)) >= (MIN_DIGITS if is_secret else MIN_WORD_LENGTH):
        yield str(value)


def _find_words(text: str) -> Iterator[str]:
    for word in WORD.findall(text):
        if len(word) >= MIN_WORD_LENGTH and not ORDINARY_WORD.fullmatch(word) and not JWT.fullmatch(word):
            yield word
