"""One request for a page: who asks, in which language, and what the answer is drawn with."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from aiohttp import web
from multidict import MultiDict, MultiDictProxy

from venue_suite.database.work import Operation
from venue_suite.domain.actors import NOBODY, Actor
from venue_suite.domain.errors import BadRequest, NotFound, PluginFailed, VenueError
from venue_suite.domain.localized import localized
from venue_suite.resources.served import ServedResource
from venue_suite.settings import VenueIdentity
from venue_suite.web import safety
from venue_suite.web.languages import TAGS
from venue_suite.web.menu import make_menu
from venue_suite.web.site import Site
from venue_suite.wording import format_date

T = TypeVar("T")
FORM_FIELDS_MAX = 400


class Visit:
    """One request.

    Attributes:
        actor: who asks; `NOBODY` before the sign-in.
        token: of the session; "" before the sign-in.
        language: `zh` or `en`.
        venue: who the venue is.
        form: what was sent, already checked for coming from our own page.
        file: the file that was sent with it.
    """

    def __init__(
        self, site: Site, request: web.Request, language: str, venue: VenueIdentity
    ) -> None:
        self.site = site
        self.request = request
        self.language = language
        self.venue = venue
        self.actor: Actor = NOBODY
        self.token = ""
        self.form: MultiDictProxy[str] = MultiDictProxy(MultiDict())
        self.file = b""
        self.new_form_secret = ""

    # --- words -----------------------------------------------------------------------------

    def say(self, sentence: str, /, **params: object) -> str:
        """The sentence in the reader's language, its braces filled."""
        return self.site.texts.say(sentence, self.language, **params)

    def say_count(self, singular: str, plural: str, count: int) -> str:
        return self.site.texts.say_count(singular, plural, count, self.language)

    def name(self, names: Mapping[str, str]) -> str:
        """What something is called in the reader's language."""
        return localized(names, self.language)

    def noun(self, names: Mapping[str, str]) -> str:
        """The same in the middle of a sentence."""
        text = self.name(names)
        return text[:1].lower() + text[1:] if self.language == "en" else text

    def when(self, moment: datetime) -> str:
        """`Sat 28 Nov 18:42`, in the venue's zone."""
        local = moment.astimezone(self.venue.zone)
        return f"{format_date(local.date(), self.language)} {local:%H:%M}"

    def explain(self, error: VenueError) -> str:
        return self.site.texts.say_refusal(error.template, error.params, self.language)

    # --- the venue -------------------------------------------------------------------------

    async def read(self, query: Callable[..., T], *args: Any) -> T:
        """Run a query on a snapshot."""
        return await self.site.context.database.read(query, *args)

    async def commit(self, service: Callable[..., Any], *args: Any, shape: type[T]) -> T:
        """Run a service once for this form: sent twice, it gives the same answer."""
        key = self.form.get("operation", "")
        if not (0 < len(key) <= 64 and key.isascii() and key.isprintable()):
            raise safety.FormStale
        content = msgspec.json.encode(
            (self.request.path, self.actor.kind, self.actor.code, list(self.form.items()))
        )
        operation = Operation(key, hashlib.sha256(content).digest())
        committed = await self.site.context.database.commit(
            service, *args, actor=self.actor, operation=operation
        )
        return msgspec.json.decode(committed.value, type=shape)

    def table(self) -> ServedResource:
        """The table that the path names, if the reader may look into it.

        Raises NotFound, PluginFailed, NotAllowed.
        """
        owner, name = self.request.match_info["owner"], self.request.match_info["name"]
        served = self.site.resources.get(f"{owner}/{name.replace('-', '_')}")
        if served is None:
            raise NotFound(what="The address", key=self.request.path)
        if not self.site.is_enabled(owner):
            raise PluginFailed(plugin=owner)
        self.actor.demand(served.resource.rights.view)
        return served

    def number(self, name: str) -> int:
        text = self.request.match_info[name]
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise NotFound(what="The address", key=self.request.path)
        return int(text)

    def asked(self, name: str) -> str:
        """A value behind the `?`. Raises BadRequest if it is endless."""
        text = self.request.query.get(name, "")
        if len(text) > 300:
            raise BadRequest(reason=f"{name} is too long")
        return text

    # --- the answer ------------------------------------------------------------------------

    def page(self, template: str, *, status: int = 200, **values: Any) -> web.Response:
        """A page. Whatever is put into it is escaped."""
        secret = self.token or safety.read_cookie(self.request, safety.FORM)
        if not secret:
            secret = self.site.context.database.seams.random_bytes(16).hex()
            self.new_form_secret = secret
        frame = {
            "say": self.say,
            "say_count": self.say_count,
            "name": self.name,
            "noun": self.noun,
            "language": self.language,
            "language_tag": TAGS[self.language],
            "venue_name": self.name(self.venue.name),
            "actor": self.actor,
            "signed_in": bool(self.token),
            "path": self.request.path,
            "here": self.request.path_qs,
            "menu": make_menu(self.site, self.actor, self.language, self.request.path),
            "form_token": safety.form_token(secret),
            "operation": self.site.context.database.seams.make_id(),
            "assets": self.site.assets,
        }
        text = self.site.templates.get_template(template).render(frame | values)
        return web.Response(text=text, content_type="text/html", status=status)

    def go(self, path: str) -> web.Response:
        """On to another page, after something was done."""
        return web.Response(status=303, headers={"Location": path})
