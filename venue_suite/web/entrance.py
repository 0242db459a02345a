"""Sign in and out, the overview, and the menu as a page."""

from __future__ import annotations

from aiohttp import web

from venue_suite.database.work import View
from venue_suite.domain.errors import Busy, NotSignedIn
from venue_suite.identity.factor_tickets import FactorWanted
from venue_suite.identity.permissions import OPEN, SIGNED_IN
from venue_suite.identity.second_factor import WrongCode
from venue_suite.resources.served import Resources
from venue_suite.web import safety
from venue_suite.web.menu import table_path
from venue_suite.web.routing import Page
from venue_suite.web.signing_in import sign_in, sign_out
from venue_suite.web.visit import Visit

HOME = "/home"


async def get_start(visit: Visit) -> web.Response:
    return visit.go(HOME)


async def get_sign_in(visit: Visit) -> web.Response:
    """The form; whoever is signed in already goes on."""
    onward = safety.safe_path(visit.asked("next"), HOME)
    if visit.token:
        return visit.go(onward)
    return visit.page("sign_in.html", code="", problem="", onward=onward)


async def post_sign_in(visit: Visit) -> web.Response:
    code = visit.form.get("code", "").strip()[:64]
    secret = visit.form.get("secret", "")[:200]
    onward = safety.safe_path(visit.form.get("next", ""), HOME)
    try:
        token = await sign_in(visit.site, visit.request, code, secret)
    except FactorWanted as error:
        ticket = str(error.params["ticket"])
        key, uri = "", ""
        if error.params["enrol"]:
            key, uri = await visit.site.people.begin_factor_at_sign_in(ticket)
        return visit.page(
            "factor.html", ticket=ticket, onward=onward, problem="", secret=key, uri=uri
        )
    except (NotSignedIn, Busy) as error:  # a wrong secret, or too many of them
        problem = visit.explain(error)
        return visit.page(
            "sign_in.html", status=error.http_status, code=code, problem=problem, onward=onward
        )
    return _welcome(visit, token, onward)


async def post_factor(visit: Visit) -> web.Response:
    """The second step: the code of the authenticator app, or a recovery code."""
    form = visit.form
    ticket, code = form.get("ticket", "")[:128], form.get("code", "").strip()[:64]
    onward = safety.safe_path(form.get("next", ""), HOME)
    try:
        token, recovery_codes = await visit.site.people.finish_sign_in(ticket, code)
    except WrongCode as error:
        return visit.page(
            "factor.html",
            status=error.http_status,
            ticket=ticket,
            onward=onward,
            problem=visit.explain(error),
            secret=form.get("secret", "")[:128],
            uri=form.get("uri", "")[:512],
        )
    response = _welcome(visit, token, onward)
    if recovery_codes:
        shown = visit.page("recovery.html", codes=recovery_codes, onward=onward)
        shown.cookies.update(response.cookies)
        visit.new_form_secret = ""
        return shown
    return response


def _welcome(visit: Visit, token: str, onward: str) -> web.Response:
    response = visit.go(onward)
    safety.set_cookie(visit.request, response, safety.SESSION, token, None)
    safety.set_cookie(visit.request, response, safety.FORM, "", 0)
    return response


async def post_sign_out(visit: Visit) -> web.Response:
    await sign_out(visit.site, visit.token)
    response = visit.go("/sign-in")
    safety.set_cookie(visit.request, response, safety.SESSION, "", 0)
    return response


async def get_home(visit: Visit) -> web.Response:
    """What there is to maintain, with how many records each table has."""
    counts = await visit.read(_count, visit.site.resources)
    return visit.page("home.html", counts=counts)


def _count(view: View, resources: Resources) -> dict[str, int]:
    """Path of a list -> how many records it has."""
    return {table_path(one): one.resource.row.select().count() for one in resources}


async def get_more(visit: Visit) -> web.Response:
    return visit.page("more.html")


PAGES = (
    Page("GET", "/", get_start, OPEN),
    Page("GET", "/sign-in", get_sign_in, OPEN),
    Page("POST", "/sign-in", post_sign_in, OPEN),
    Page("POST", "/sign-in/factor", post_factor, OPEN),
    Page("POST", "/sign-out", post_sign_out, SIGNED_IN),
    Page("GET", HOME, get_home, SIGNED_IN),
    Page("GET", "/more", get_more, SIGNED_IN),
)
