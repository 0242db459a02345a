"""A browser without scripts, for tests: it keeps cookies, follows links and sends forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from html.parser import HTMLParser
from typing import Any

import aiohttp

from venue_suite.testing import ServedVenue, token_of


class Browser:
    """One browser without scripts: keeps cookies, follows links, sends forms as they stand."""

    def __init__(self, venue: ServedVenue, language: str = "en") -> None:
        jar = aiohttp.CookieJar(unsafe=True)
        headers = {"Accept-Language": language}
        self.http = aiohttp.ClientSession(venue.address, cookie_jar=jar, headers=headers)
        self.status = 0
        self.path = ""
        self.text = ""
        self.headers: Mapping[str, str] = {}

    async def close(self) -> None:
        await self.http.close()

    def sign_in_as(self, role: str) -> None:
        self.http.cookie_jar.update_cookies({"venue_session": token_of(role)})

    @property
    def cookies(self) -> dict[str, str]:
        return {one.key: one.value for one in self.http.cookie_jar}

    async def get(self, path: str) -> str:
        async with self.http.get(path) as reply:
            return await self._take(reply)

    async def post(self, path: str, data: Any, headers: Mapping[str, str] = {}) -> str:
        async with self.http.post(path, data=data, headers=headers) as reply:
            return await self._take(reply)

    async def submit(self, **values: Any) -> str:
        """Send the page's form of this path with some fields filled in."""
        fields = dict(form_of(self.text, self.path.partition("?")[0]))
        fields |= {name.replace("__", "."): value for name, value in values.items()}
        return await self.post(self.path.partition("?")[0], fields)

    async def _take(self, reply: aiohttp.ClientResponse) -> str:
        self.status, self.path, self.headers = reply.status, str(reply.url.path_qs), reply.headers
        self.text = (await reply.read()).decode()
        return self.text


class _Forms(HTMLParser):
    """What the forms of a page would send."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, list[tuple[str, str]]]] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((values.get("action", ""), []))
        elif tag == "select":
            self._select = values["name"]
        elif tag == "option" and "selected" in values and self.forms:
            self.forms[-1][1].append((self._select, values["value"]))
        elif tag == "input" and self.forms and values.get("name"):
            kind = values.get("type", "text")
            if kind in ("checkbox", "radio") and "checked" not in values:
                return
            if kind != "file":
                self.forms[-1][1].append((values["name"], values.get("value", "on")))


def form_of(text: str, action: str) -> list[tuple[str, str]]:
    """The fields of the form with this action."""
    parser = _Forms()
    parser.feed(text)
    return next(fields for found, fields in parser.forms if found == action)


def visible(text: str) -> str:
    """The words of a page."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)))
