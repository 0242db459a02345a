"""The OpenAPI document, judged by strangers, and the page that tells the same to people."""

from __future__ import annotations

import base64
import hashlib
import html.parser
import json
import re
from typing import Any

import aiohttp
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.tidy.doc_blocks.routes import served_routes
from venue_suite.commands import run
from venue_suite.domain.errors import VenueError
from venue_suite.server.api_routes import encode_document
from venue_suite.server.openapi import PREFIX
from venue_suite.testing import ServedVenue


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(encode_document(served_routes()))
    return told


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, one)
        for path, methods in document["paths"].items()
        for method, one in methods.items()
    ]


def test_document_is_valid(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()
    broken = json.loads(json.dumps(document))
    del broken["paths"]["/sales/orders/{order}"]["get"]["parameters"]
    with pytest.raises(Exception, match="Path parameter 'order'"):
        OpenAPIV31SpecValidator(broken).validate()


def test_document_tells_every_route(document: dict[str, Any]) -> None:
    told = {(method.upper(), path) for method, path, _ in operations(document)}
    assert told == {(one.route.method, one.route.path) for one in served_routes().served}


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document))):
        place: Any = document
        for part in reference.split("/"):
            place = place[part]
        assert place


def test_every_change_demands_its_operation_id(document: dict[str, Any]) -> None:
    demanding = {
        path
        for _, path, one in operations(document)
        if {"$ref": "#/components/parameters/OperationId"} in one["parameters"]
    }
    expected = {one.route.path for one in served_routes().served if one.route.changes}
    assert demanding == expected
    assert document["components"]["parameters"]["OperationId"]["required"] is True


def test_security_is_told(document: dict[str, Any]) -> None:
    for _, path, one in operations(document):
        is_open = one["x-permission"] == "open"
        assert one["security"] == ([] if is_open else [{"bearer": []}, {"certificate": []}]), path
        assert f"`{one['x-permission']}`" in one["description"]


def test_refusals_carry_code_status_and_sentence(document: dict[str, Any]) -> None:
    for served in served_routes().served:
        responses = document["paths"][served.route.path][served.route.method.lower()]["responses"]
        for refusal in served.refusals:
            assert issubclass(refusal, VenueError)
            name = responses[str(refusal.http_status)]["$ref"].rpartition("/")[2]
            response = document["components"]["responses"][name]
            assert refusal.code in _codes(response)
            assert refusal.default_template in response["description"]


def _codes(response: dict[str, Any]) -> list[str]:
    schema = response["content"]["application/problem+json"]["schema"]
    found: list[str] = schema["properties"]["code"]["enum"]
    return found


def test_numbers_say_their_bounds(document: dict[str, Any]) -> None:
    (place,) = (
        one
        for one in document["paths"]["/sales/orders/{order}"]["get"]["parameters"]
        if one.get("in") == "path"
    )
    assert place["schema"] == {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}
    limit = next(
        one
        for one in document["paths"]["/admission/scans"]["get"]["parameters"]
        if one.get("name") == "limit"
    )
    assert (limit["schema"]["minimum"], limit["schema"]["maximum"]) == (1, 200)


async def test_server_gives_the_document_that_the_command_prints(
    venue: ServedVenue, capsys: pytest.CaptureFixture[str]
) -> None:
    async with (
        aiohttp.ClientSession(venue.address) as http,
        http.get(f"{PREFIX}/openapi.json") as response,
    ):
        served = await response.json()
    assert OpenAPIV31SpecValidator(served).is_valid()
    assert served == json.loads(encode_document(venue.server.table))


def test_command_prints_the_document(
    document: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["openapi"]) == 0
    assert json.loads(capsys.readouterr().out) == document


class Page(html.parser.HTMLParser):
    """What a page holds: its identifiers, its links, its elements, its texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src"):
                self.links.append(value or "")


@pytest.mark.parametrize(
    ("accepted", "tag", "heading"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN", "HTTP 接口"),
        ("en-GB", "en", "HTTP interface"),
        ("", "en", "HTTP interface"),
        ("fr", "en", "HTTP interface"),
    ],
)
async def test_page_tells_all_in_the_readers_language(
    venue: ServedVenue, accepted: str, tag: str, heading: str
) -> None:
    async with (
        aiohttp.ClientSession(venue.address) as http,
        http.get(f"{PREFIX}/docs", headers={"Accept-Language": accepted}) as response,
    ):
        text = await response.text()
        headers = response.headers
    assert f'<html lang="{tag}">' in text
    assert f"<h1>{heading}</h1>" in text
    busy = "服务器繁忙" if tag == "zh-CN" else "The venue server is busy"
    large = "最多 {bytes_max} 字节" if tag == "zh-CN" else "{bytes_max} bytes at most"
    assert busy in text
    assert large in text
    page = Page(text)
    assert {one.id for one in venue.server.table.served} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    # Nothing from elsewhere, no script, and the one style is the one that the policy allows.
    assert not page.elements & {"script", "link", "img", "iframe", "form", "object"}
    assert not {name for name in page.attributes if name.startswith("on") or name == "style"}
    assert all(link == "openapi.json" or link.startswith("#") for link in page.links)
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    style = re.search("<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert f"style-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert headers["Vary"] == "Accept-Language"


async def test_every_answer_is_safe_to_receive(venue: ServedVenue) -> None:
    """No guessing of types, no copies kept, no version told."""
    async with aiohttp.ClientSession(venue.address) as http:
        for path in ("/health", "/me", "/nothing", "/docs", "/sales/events"):
            async with http.get(PREFIX + path) as response:
                assert response.headers["X-Content-Type-Options"] == "nosniff"
                assert response.headers["Server"] == "venue"
                kept = response.headers["Cache-Control"]
                assert kept == ("no-cache" if path == "/docs" else "no-store"), path
