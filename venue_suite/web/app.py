"""Puts the back office into the server: pages behind their permissions, refusals as pages."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web
from multidict import MultiDict, MultiDictProxy
from yarl import URL

from venue_suite.domain.errors import (
    BadRequest,
    NotFound,
    NotSignedIn,
    VenueError,
)
from venue_suite.identity.permissions import OPEN, SIGNED_IN
from venue_suite.request_refusals import BodyTooLarge, TooSlow
from venue_suite.routing import BODY_TIMEOUT_S
from venue_suite.settings import read_identity
from venue_suite.trust.peers import peer_of
from venue_suite.web import entrance, forms, imports, lists, safety
from venue_suite.web.languages import choose_language
from venue_suite.web.routing import Page
from venue_suite.web.site import Site
from venue_suite.web.visit import Visit

logger = logging.getLogger(__name__)

PAGES: tuple[Page, ...] = (*entrance.PAGES, *lists.PAGES, *imports.PAGES, *forms.PAGES)


class PageFailed(VenueError):
    code = "page_failed"
    http_status = 500
    default_template = "The back office failed; the rest of the venue goes on."


ASSET_AGE_S = 365 * 24 * 3600
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_pages(app: web.Application, site: Site) -> None:
    """Serve the back office beside the API."""
    for page in PAGES:
        app.router.add_route(page.method, page.path, _guard(page, site))
    app.router.add_get("/static/{file}", _serve_asset(site))
    nowhere = Page("GET", "/{rest:(?!api/).+}", _nothing_here, OPEN)
    app.router.add_get(nowhere.path, _guard(nowhere, site))


async def _nothing_here(visit: Visit) -> web.StreamResponse:
    raise NotFound(what="The address", key=visit.request.path[:100])


def _serve_asset(site: Site) -> _Handler:
    async def serve(request: web.Request) -> web.Response:
        asset = site.assets.get(request.match_info["file"])
        if asset is None:
            raise NotFound(what="The address", key=request.path)
        headers = safety.HEADERS | {"Cache-Control": f"public, max-age={ASSET_AGE_S}, immutable"}
        return web.Response(body=asset.content, content_type=asset.content_type, headers=headers)

    return serve


def _guard(page: Page, site: Site) -> _Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        visit = await _begin(site, request)
        if "lang" in request.query and request.method == "GET":
            response: web.StreamResponse = _keep_language(visit)
        else:
            response = await _answer(page, visit)
        for name, value in safety.HEADERS.items():
            response.headers[name] = value
        if visit.new_form_secret:
            safety.set_cookie(request, response, safety.FORM, visit.new_form_secret, None)
        return response

    return handle


async def _begin(site: Site, request: web.Request) -> Visit:
    venue = await site.context.database.read(read_identity)
    language = choose_language(
        request.query.get("lang", "") or safety.read_cookie(request, safety.LANGUAGE),
        request.headers.get("Accept-Language", ""),
        venue.languages[0] if venue.languages else "",
    )
    return Visit(site, request, language, venue)


def _keep_language(visit: Visit) -> web.StreamResponse:
    """Remember the language that was chosen, on the same page."""
    target = str(visit.request.rel_url.without_query_params("lang"))
    response = visit.go(safety.safe_path(target, entrance.HOME))
    age_s = safety.LANGUAGE_AGE_S
    safety.set_cookie(visit.request, response, safety.LANGUAGE, visit.language, age_s)
    return response


async def _answer(page: Page, visit: Visit) -> web.StreamResponse:
    """The page, or the page that says why not."""
    try:
        await _recognise(page, visit)
        if visit.request.method == "POST":
            await _take_form(page, visit)
        return await page.handler(visit)
    except NotSignedIn:
        target = visit.request.path_qs if visit.request.method == "GET" else entrance.HOME
        return visit.go(str(URL("/sign-in").with_query(next=target)))
    except VenueError as error:
        return visit.page("refused.html", status=error.http_status, problem=visit.explain(error))
    except Exception:  # whatever a page does wrong, its reader is told and the venue goes on
        logger.exception("page failed", extra={"path": visit.request.path})
        return visit.page("refused.html", status=500, problem=visit.explain(PageFailed()))


async def _recognise(page: Page, visit: Visit) -> None:
    """Who asks. Raises NotSignedIn, NotAllowed."""
    token = safety.read_cookie(visit.request, safety.SESSION)
    if token:
        try:
            visit.actor = await visit.site.people.doorkeeper.recognise(
                token, peer_of(visit.request)
            )
            visit.token = token if visit.actor.kind == "staff" else ""
        except NotSignedIn:
            if page.permission != OPEN:
                raise
    if page.permission == OPEN:
        return
    if not visit.token:
        raise NotSignedIn
    if page.permission != SIGNED_IN:
        visit.actor.demand(page.permission)


def _read_and_close(sent: web.FileField) -> bytes:
    with sent.file as file:
        return file.read()


async def _take_form(page: Page, visit: Visit) -> None:
    """Read the form. Raises FormStale, BodyTooLarge, BadRequest."""
    request = visit.request.clone(client_max_size=page.form_bytes_max)
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            sent = await request.post()
    except TimeoutError as error:
        raise TooSlow(limit_s=BODY_TIMEOUT_S) from error
    except web.HTTPRequestEntityTooLarge as error:
        raise BodyTooLarge(bytes_max=page.form_bytes_max) from error
    except (ValueError, web.RequestPayloadError, ConnectionResetError, AssertionError) as error:
        raise BadRequest(reason="the form could not be read") from error
    texts: MultiDict[str] = MultiDict()
    for name, value in sent.items():
        if isinstance(value, web.FileField):
            visit.file = await asyncio.to_thread(_read_and_close, value)
        elif isinstance(value, str):
            texts.add(name, value)
    visit.form = MultiDictProxy(texts)
    secret = visit.token or safety.read_cookie(visit.request, safety.FORM)
    safety.check_form(visit.request, texts.get("token", ""), secret)
