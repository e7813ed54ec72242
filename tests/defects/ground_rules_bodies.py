"""Defects in reading bodies."""

import json
import re
import unicodedata
from dataclasses import replace
from typing import Any

from mock_server.domain import text_encoding
from mock_server.domain.errors import UnsupportedMediaTypeError
from mock_server.http import query_string, request_body
from mock_server.operations import packages
from tests.defects.registry import Patch, defect


def change_body(patch: Patch, change: Any) -> None:
    """Change the bytes of a body before they are parsed. If the change fails, the body stays as it is."""

    def wrap(read: Any) -> Any:
        async def read_and_change(headers: Any, receive: Any, *, optional: bool) -> bytes:
            content: bytes = await read(headers, receive, optional=optional)
            try:
                return change(content)
            except ValueError:
                return content

        return read_and_change

    patch.wrap(request_body, "read_json", wrap)


@defect("BASE-09")
def what_follows_the_json_is_passed_over(patch: Patch) -> None:
    """Only the first JSON value of a body is read; the rest is ignored."""

    def first(content: bytes) -> bytes:
        text = content.decode()
        return text[: json.JSONDecoder().raw_decode(text)[1]].encode()

    change_body(patch, first)


@defect("BASE-09")
def any_content_type_is_json(patch: Patch) -> None:
    """The content type is not checked."""
    patch.replace(request_body, "_is_json", lambda content_type: True)


@defect("BASE-09")
def any_charset_is_utf_8(patch: Patch) -> None:
    """The parameters of the content type, such as `charset`, are not checked."""
    patch.replace(
        request_body, "_is_json", lambda content_type: content_type.split(b";")[0].lower() == b"application/json"
    )


@defect("BASE-09")
def a_charset_is_another_content_type(patch: Patch) -> None:
    """A content type with parameters, such as `charset`, is rejected."""
    patch.replace(request_body, "_is_json", lambda content_type: content_type == b"application/json")


@defect("BASE-09")
def a_body_may_be_of_any_size(patch: Patch) -> None:
    """The size of a body is not limited."""
    patch.replace(request_body, "MAX_BODY_BYTES", 2**30)


@defect("BASE-09")
def a_body_of_1_mib_is_too_large(patch: Patch) -> None:
    """The maximum size of a body is 1,000,000 bytes instead of 1 MiB."""
    patch.replace(request_body, "MAX_BODY_BYTES", 10**6)


def _limit_files(patch: Patch, max_bytes: int) -> None:
    patch.wrap(
        request_body,
        "read_file",
        lambda read: lambda headers, receive, accepted, _: read(headers, receive, accepted, max_bytes),
    )


@defect("BASE-09")
def a_file_may_have_1_mib(patch: Patch) -> None:
    """The maximum size of a file is that of other bodies, 1 MiB."""
    _limit_files(patch, request_body.MAX_BODY_BYTES)


@defect("BASE-09")
def a_file_may_be_of_any_size(patch: Patch) -> None:
    """The size of a file is not limited."""
    _limit_files(patch, 2**30)


@defect("BASE-09")
def no_body_is_another_content_type(patch: Patch) -> None:
    """A request without a body returns 415, because it contains no content type."""

    def wrap(read: Any) -> Any:
        async def act(headers: Any, receive: Any, *, optional: bool) -> bytes:
            if headers.get(b"content-type") is None and not optional:
                raise UnsupportedMediaTypeError
            content: bytes = await read(headers, receive, optional=optional)
            return content

        return act

    patch.wrap(request_body, "read_json", wrap)


@defect("BASE-09", "ERR-03")
def a_body_that_is_no_object_breaks_the_server(patch: Patch) -> None:
    """A JSON body that is not an object raises an error, because its type is checked too late."""

    def keys(content: bytes) -> bytes:
        if not isinstance(json.loads(content), dict):
            raise LookupError("the body has no members")
        return content

    change_body(patch, keys)


@defect("BASE-12")
def a_latin_1_body_is_read(patch: Patch) -> None:
    """A body that is not UTF-8 is decoded as Latin-1."""

    def either(content: bytes) -> bytes:
        try:
            content.decode()
        except UnicodeDecodeError:
            return content.decode("latin-1").encode()
        return content

    change_body(patch, either)


@defect("BASE-12")
def the_encoding_of_a_body_is_guessed(patch: Patch) -> None:
    """Bodies in UTF-16 and UTF-32 are accepted, as by the JSON parser of the standard library."""
    patch.replace(text_encoding, "find_foreign_encoding", lambda content: None)
    change_body(patch, lambda content: json.dumps(json.loads(content)).encode())


@defect("BASE-12")
def control_characters_in_a_body_are_blanks(patch: Patch) -> None:
    """Control characters in a body are replaced by spaces."""
    change_body(patch, lambda content: re.sub(rb"\\u00[01][0-9a-f]|\\[bfnrt]", b" ", content))


@defect("BASE-12")
def control_characters_in_a_query_are_blanks(patch: Patch) -> None:
    """Control characters in a query are replaced by spaces."""

    def wrap(original: Any) -> Any:
        def read(text: bytes) -> list[tuple[str, str]]:
            return [(key, re.sub(r"[\x00-\x1f]", " ", value)) for key, value in original(text)]

        return read

    patch.wrap(query_string, "_split_pairs", wrap)


@defect("BASE-12")
def only_nul_is_a_control_character(patch: Patch) -> None:
    """U+0000 is the only control character that is rejected, because the database cannot store it."""

    def wrap(original: Any) -> Any:
        def read(text: bytes) -> list[tuple[str, str]]:
            return [(key, re.sub(r"[\x01-\x1f]", " ", value)) for key, value in original(text)]

        return read

    patch.wrap(query_string, "_split_pairs", wrap)


@defect("BASE-12")
def lone_surrogates_in_a_body_are_repaired(patch: Patch) -> None:
    """A lone surrogate in a body is replaced by a question mark."""

    def repair(content: bytes) -> bytes:
        return json.dumps(json.loads(content), ensure_ascii=False).encode("utf-8", "replace")

    change_body(patch, repair)


@defect("BASE-12")
def a_query_that_is_not_utf_8_is_repaired(patch: Patch) -> None:
    """Invalid UTF-8 in a query is replaced by U+FFFD."""
    from urllib.parse import parse_qsl

    patch.replace(
        query_string,
        "_split_pairs",
        lambda text: parse_qsl(text.decode("ascii"), keep_blank_values=True, errors="replace"),
    )


@defect("BASE-12")
def titles_are_normalised(patch: Patch) -> None:
    """A title is stored in a different Unicode normal form from the one in which it was sent."""

    def normal(create: Any) -> Any:
        return lambda call, order: create(call, replace(order, title=unicodedata.normalize("NFKC", order.title)))

    patch.wrap(packages, "create_package", normal)


@defect("BASE-12")
def titles_are_stripped_of_what_is_rare(patch: Patch) -> None:
    """Characters of a title that are not printable are removed."""

    def printable(create: Any) -> Any:
        def act(call: Any, order: Any) -> Any:
            return create(
                call, replace(order, title="".join(each for each in order.title if each.isprintable()) or "-")
            )

        return act

    patch.wrap(packages, "create_package", printable)
