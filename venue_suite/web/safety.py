"""What keeps pages from being abused: headers, cookies, and the token in every form."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

from aiohttp import web

from venue_suite.domain.errors import VenueError

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        "connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
SESSION, FORM, LANGUAGE = "venue_session", "venue_form", "venue_language"
LANGUAGE_AGE_S = 365 * 24 * 3600


class FormStale(VenueError):
    """A form without the right token: from another site, or of a session that has ended."""

    code = "form_stale"
    http_status = 403
    default_template = "This form is out of date. Please open the page again and repeat it."


def cookie_name(request: web.Request, name: str) -> str:
    """With TLS the browser itself vouches that nobody else has set it."""
    return f"__Host-{name}" if request.secure else name


def read_cookie(request: web.Request, name: str) -> str:
    return request.cookies.get(cookie_name(request, name), "")


def set_cookie(
    request: web.Request, response: web.StreamResponse, name: str, value: str, age_s: int | None
) -> None:
    """A cookie that no script reads and no other site sends. `age_s` None: until the browser ends;
    0 takes it away."""
    response.set_cookie(
        cookie_name(request, name),
        value,
        max_age=age_s,
        path="/",
        secure=request.secure,
        httponly=True,
        samesite="Strict",
    )


def form_token(secret: str) -> str:
    """What the forms of one session carry. It tells nothing about the secret."""
    return hashlib.sha256(f"form\n{secret}".encode()).hexdigest()


def check_form(request: web.Request, token: str, secret: str) -> None:
    """Raises FormStale unless the form came from our own page in this very session."""
    origin = request.headers.get("Origin", "")
    own = not origin or urlsplit(origin).netloc == request.host
    if not own or request.headers.get("Sec-Fetch-Site", "same-origin") not in (
        "same-origin",
        "none",
    ):
        raise FormStale
    if not secret or not hmac.compare_digest(token.encode(), form_token(secret).encode()):
        raise FormStale


def safe_path(text: str, default: str) -> str:
    """A path of this server to go on to; `default` for anything that leads elsewhere."""
    inside = text.startswith("/") and not text.startswith(("//", "/api/"))
    plain = text.isascii() and text.isprintable() and "\\" not in text
    return text if inside and plain else default
