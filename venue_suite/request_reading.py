"""Taking in what strangers send: bounded in size and time, checked before anything is made of it.

Nothing here knows a route. Every fault is a refusal with one clear sentence.
"""

from __future__ import annotations

import asyncio
import re
from functools import cache
from typing import Any

import msgspec
from aiohttp import web

from venue_suite.domain.errors import BadRequest
from venue_suite.request_refusals import BodyTooLarge, MediaTypeWrong, TooSlow

# Sent twice, each of these would mean two things at once.
SINGLE_HEADERS = ("Authorization", "Content-Type", "Content-Encoding", "Idempotency-Key")
SHOWN_CHARS_MAX = 100
INTEGER_MAX = 2**63 - 1
INTEGER_MIN = -(2**63)

_NUL_ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_LONG_DIGITS = re.compile(rb"\d{19}")
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,19}")


async def read_body(request: web.Request, bytes_max: int, timeout_s: float) -> bytes:
    """The whole body.

    Raises:
        BodyTooLarge: it is longer than `bytes_max`, or says so.
        TooSlow: it is not there after `timeout_s`, however it drips.
        BadRequest: it is malformed or was cut off.
    """
    if (request.content_length or 0) > bytes_max:
        raise BodyTooLarge(bytes_max=bytes_max)
    content = request.content
    body = b""
    try:
        async with asyncio.timeout(None if content.is_eof() else timeout_s):
            while chunk := await content.readany():
                body = body + chunk if body else chunk
                if len(body) > bytes_max:
                    raise BodyTooLarge(bytes_max=bytes_max)
    except TimeoutError as error:
        raise TooSlow(limit_s=timeout_s) from error
    except (web.RequestPayloadError, ConnectionResetError) as error:
        raise BadRequest(reason="the body could not be read") from error
    return body


def check_headers(request: web.Request) -> None:
    """Raises BadRequest if a header that decides something came more than once."""
    for name in SINGLE_HEADERS:
        if len(request.headers.getall(name, ())) > 1:
            raise BadRequest(reason=f"the header {name} came more than once")


def check_media_type(request: web.Request, wanted: str) -> None:
    """Raises MediaTypeWrong unless the body is of the wanted type and not packed.

    A type is demanded, not guessed: a page elsewhere can make a browser send a form or plain text
    here in its visitor's name, but not JSON.
    """
    packed = request.headers.get("Content-Encoding", "identity")
    if packed.lower() != "identity":
        raise MediaTypeWrong(wanted=wanted, found=shown(packed))
    found = request.headers.get("Content-Type", "")
    if found == wanted:
        return
    plain = found.lower().replace(" ", "").replace('"', "")
    if plain not in (wanted, f"{wanted};charset=utf-8"):
        raise MediaTypeWrong(wanted=wanted, found=shown(found) or "nothing")


def decode_json(body: bytes, decoder: msgspec.json.Decoder[Any]) -> Any:
    """A JSON body as its declared shape; an empty one counts as `{}`.

    Raises:
        BadRequest: names the field that is wrong.
    """
    try:
        if b"\\u0000" in body and _NUL_ESCAPE.search(body):
            raise BadRequest(reason="a text holds the character NUL, which can't be stored")
        if _LONG_DIGITS.search(body):
            _check_numbers(msgspec.json.decode(body))
        return decoder.decode(body or b"{}")
    except msgspec.ValidationError as error:
        raise BadRequest(reason=explain(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(reason="the body is not valid JSON") from error


def _check_numbers(value: object) -> None:
    """No whole number may be longer than a column of a database can hold."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
        elif isinstance(one, int) and not INTEGER_MIN <= one <= INTEGER_MAX:
            raise BadRequest(reason="a number is too large")


def check_text(text: str, name: str) -> str:
    """A text from an address. Raises BadRequest if no database can store it."""
    if "\0" in text or any("\ud800" <= one <= "\udfff" for one in text):
        raise BadRequest(reason=f"{name} is not plain text")
    return text


def convert_query(request: web.Request, shape: type[msgspec.Struct] | None) -> Any:
    """What stands behind the `?` as its declared shape; None without one.

    Raises:
        BadRequest: a name is unknown or comes twice, or a value is wrong; says which.
    """
    given: dict[str, str] = {}
    for name, text in request.query.items():
        check_text(name, "a name in the address")
        if shape is None:
            raise BadRequest(reason=f"{shown(name)} is not asked for here")
        if name in given:
            raise BadRequest(reason=f"{shown(name)} came more than once")
        given[name] = check_text(text, shown(name))
    if shape is None:
        return None
    for name in _whole_numbers(shape) & given.keys():
        if not _WHOLE_NUMBER.fullmatch(given[name]):
            raise BadRequest(reason=f"{name} must be a number")
    try:
        return msgspec.convert(given, shape, strict=False)
    except msgspec.ValidationError as error:
        raise BadRequest(reason=explain(error)) from error


@cache
def _whole_numbers(shape: type[msgspec.Struct]) -> frozenset[str]:
    """The names of a shape's numbers: a lenient conversion would take `1e3` for one."""
    info = msgspec.inspect.type_info(shape)
    assert isinstance(info, msgspec.inspect.StructType)
    return frozenset(one.encode_name for one in info.fields if _is_whole_number(one.type))


def _is_whole_number(info: msgspec.inspect.Type) -> bool:
    if isinstance(info, msgspec.inspect.Metadata):  # a type with a description
        return _is_whole_number(info.type)
    return isinstance(info, msgspec.inspect.IntType)


def explain(error: msgspec.ValidationError) -> str:
    """What msgspec found wrong, with field names as people write them."""
    return str(error).replace("`$.", "`")


def shown(text: str) -> str:
    """A stranger's text as an answer may repeat it: short, and nothing that can't be encoded."""
    return text[:SHOWN_CHARS_MAX].encode("utf-8", "replace").decode()
