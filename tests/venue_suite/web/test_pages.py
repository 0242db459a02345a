"""The back office over plain HTTP, without any script: sign in, look, change, import."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import aiohttp
import pytest

from tests.venue_suite.web.plain_browser import Browser, form_of, visible
from venue_suite.client import VenueClient
from venue_suite.config import ServerConfig
from venue_suite.identity.second_factor import code_at, step_at
from venue_suite.resources.wire import AnyPage, AnyRecord
from venue_suite.testing import PIN, MovableClock, ServedVenue

TYPES, PRICES, HALLS = "/tables/sales/ticket-types", "/tables/sales/prices", "/tables/sales/halls"
NASTY = "\"><script>alert(1)</script>'&<img src=x>"


@pytest.fixture
async def browser(venue: ServedVenue) -> AsyncIterator[Browser]:
    browser = Browser(venue)
    yield browser
    await browser.close()


@pytest.fixture
async def boss(browser: Browser) -> Browser:
    """A browser in which the manager is signed in."""
    browser.sign_in_as("manager")
    return browser


# --- the door -------------------------------------------------------------------------


async def test_stranger_is_led_to_the_sign_in_and_on_again(browser: Browser) -> None:
    await browser.get(f"{TYPES}?sort=-code")
    assert browser.path.startswith("/sign-in?next=")
    await browser.submit(code="t-cashier", secret=PIN)
    assert browser.path == f"{TYPES}?sort=-code"
    assert "Adult" in browser.text


async def test_wrong_secret_is_refused_and_nothing_else_is_told(browser: Browser) -> None:
    await browser.get("/sign-in")
    await browser.submit(code="T-CASHIER", secret="999999")
    known = visible(browser.text)
    assert browser.status == 401
    await browser.submit(code="T-NOBODY", secret="999999")
    assert visible(browser.text) == known
    assert "venue_session" not in browser.cookies


async def test_manager_needs_the_second_factor(browser: Browser) -> None:
    await browser.get("/sign-in")
    await browser.submit(code="T-MANAGER", secret=PIN)
    assert "Second step" in browser.text
    assert "venue_session" not in browser.cookies
    fields = dict(form_of(browser.text, "/sign-in/factor"))
    await browser.post("/sign-in/factor", fields | {"code": "000000"})
    assert browser.status in (401, 403, 409, 422)
    assert "venue_session" not in browser.cookies


async def test_second_factor_is_set_up_at_the_first_sign_in(
    browser: Browser, clock: MovableClock
) -> None:
    await browser.get(f"/sign-in?next={PRICES}")
    await browser.submit(code="T-MANAGER", secret=PIN)
    fields = dict(form_of(browser.text, "/sign-in/factor"))
    code = code_at(fields["secret"], step_at(clock.now()))
    await browser.post("/sign-in/factor", fields | {"code": code})
    assert "Recovery codes" in browser.text
    assert len(re.findall("<li><code>", browser.text)) >= 8
    assert f'href="{PRICES}"' in browser.text
    await browser.get(PRICES)
    assert browser.status == 200
    assert f"{PRICES}/new" in browser.text


async def test_two_open_sign_in_pages_both_work(browser: Browser) -> None:
    await browser.get("/sign-in")
    first = dict(form_of(browser.text, "/sign-in"))
    await browser.get("/sign-in?next=/more")
    await browser.post("/sign-in", first | {"code": "T-CASHIER", "secret": PIN})
    assert browser.path == "/home"


async def test_under_tls_the_cookie_is_bound_to_the_host(
    venue_folder: Path, clock: MovableClock
) -> None:
    server = ServerConfig(host="127.0.0.1", port=0, tls="on", advertise=False, stop_grace_s=1.0)
    async with ServedVenue(venue_folder, clock, {"server": server}) as venue:
        address = f"https://127.0.0.1:{venue.server.port}"
        jar = aiohttp.CookieJar(unsafe=True)
        connector = aiohttp.TCPConnector(ssl=False)
        async with aiohttp.ClientSession(address, cookie_jar=jar, connector=connector) as http:
            async with http.get("/sign-in") as reply:
                fields = dict(form_of(await reply.text(), "/sign-in"))
            fields |= {"code": "T-CASHIER", "secret": PIN}
            async with http.post("/sign-in", data=fields, allow_redirects=False) as reply:
                set_cookies = reply.headers.getall("Set-Cookie")
            async with http.get("/home") as reply:
                assert reply.url.path == "/home"
    (cookie,) = (one for one in set_cookies if one.startswith("__Host-venue_session="))
    for word in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
        assert word in cookie
    assert "Domain" not in cookie


async def test_cookie_is_out_of_reach(browser: Browser) -> None:
    await browser.get("/sign-in")
    fields = dict(form_of(browser.text, "/sign-in")) | {"code": "T-CASHIER", "secret": PIN}
    async with browser.http.post("/sign-in", data=fields, allow_redirects=False) as reply:
        cookies = [one for one in reply.headers.getall("Set-Cookie") if "venue_session" in one]
        assert reply.status == 303
    for word in ("HttpOnly", "SameSite=Strict", "Path=/"):
        assert word in cookies[0]


async def test_sign_out_ends_the_session(browser: Browser, venue: ServedVenue) -> None:
    browser.sign_in_as("usher")
    await browser.get("/more")
    fields = form_of(browser.text, "/sign-out")
    await browser.post("/sign-out", dict(fields))
    assert browser.path == "/sign-in"
    browser.sign_in_as("usher")
    await browser.get("/home")
    assert browser.path.startswith("/sign-in")


async def test_station_key_is_no_session(browser: Browser) -> None:
    browser.sign_in_as("console")
    await browser.get("/home")
    assert browser.path.startswith("/sign-in")


@pytest.mark.parametrize("path", ["/sign-in", "/home", TYPES, f"{TYPES}/1", f"{TYPES}/import"])
async def test_every_page_carries_the_policy(boss: Browser, path: str) -> None:
    await boss.get(path)
    policy = boss.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert boss.headers["X-Content-Type-Options"] == "nosniff"
    assert boss.headers["Cache-Control"] == "no-store"
    assert len(boss.text) < 60_000
    assert len(re.findall("<h1", boss.text)) == 1


async def test_assets_are_kept_by_browsers(browser: Browser) -> None:
    await browser.get("/sign-in")
    for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', browser.text):
        await browser.get(path)
        assert browser.status == 200
        assert "immutable" in browser.headers["Cache-Control"]
    await browser.get("/static/../app.py")
    assert browser.status == 404


# --- forms from elsewhere ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "headers"),
    [
        ("", {}),
        ("0" * 64, {}),
        (None, {"Origin": "https://evil.example"}),
        (None, {"Origin": "null"}),
        (None, {"Sec-Fetch-Site": "cross-site"}),
    ],
)
async def test_form_from_elsewhere_changes_nothing(
    boss: Browser, manager: VenueClient, token: str | None, headers: dict[str, str]
) -> None:
    await boss.get(f"{PRICES}/1")
    fields = dict(form_of(boss.text, f"{PRICES}/1")) | {"f.price_minor": "1"}
    if token is not None:
        fields["token"] = token
    await boss.post(f"{PRICES}/1", fields, headers)
    assert boss.status == 403
    assert "out of date" in boss.text
    assert (await manager.get("/sales/prices/1", AnyRecord)).values["price_minor"] != 100


async def test_token_of_another_session_is_refused(boss: Browser, venue: ServedVenue) -> None:
    other = Browser(venue)
    other.sign_in_as("cashier")
    await other.get("/more")
    token = dict(form_of(other.text, "/sign-out"))["token"]
    await other.close()
    await boss.get(f"{PRICES}/1")
    await boss.submit(token=token)
    assert boss.status == 403


# --- lists ----------------------------------------------------------------------------


async def test_list_searches_sorts_filters_and_pages(boss: Browser) -> None:
    await boss.get(f"{TYPES}?search=stud")
    assert "Student" in boss.text
    assert ">Adult<" not in boss.text
    await boss.get(f"{TYPES}?sort=-code")
    assert boss.text.index("Wheelchair") < boss.text.index(">Adult<")
    await boss.get(PRICES)
    assert "80 records" in boss.text
    (more,) = re.findall(r'rel="next" href="([^"]+)"', boss.text)
    first = set(re.findall(rf'href="{PRICES}/(\d+)"', boss.text))
    await boss.get(unescape(more))
    second = set(re.findall(rf'href="{PRICES}/(\d+)"', boss.text))
    assert (len(first), len(second), len(first & second)) == (50, 30, 0)
    await boss.get(f"{PRICES}?ticket_type=2")
    assert "Student" in boss.text
    assert len(re.findall(r"<tr>", boss.text)) < 40


@pytest.mark.parametrize(
    "query", ["sort=nothing", "after=garbage", "ticket_type=x", "search=" + "x" * 400]
)
async def test_senseless_address_is_refused_as_a_page(boss: Browser, query: str) -> None:
    await boss.get(f"{PRICES}?{query}")
    assert boss.status == 400
    assert "<h1>Not possible</h1>" in boss.text


@pytest.mark.parametrize(
    "path", ["/tables/sales/nothing", "/tables/x/y", f"{TYPES}/99999", f"{TYPES}/1e3", f"{TYPES}/x"]
)
async def test_unknown_record_or_table_is_not_found(boss: Browser, path: str) -> None:
    await boss.get(path)
    assert boss.status == 404
    assert "does not exist" in boss.text


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_language_follows_the_browser_and_the_choice(
    venue: ServedVenue, language: str
) -> None:
    browser = Browser(venue, "zh-CN" if language == "zh" else "en")
    browser.sign_in_as("manager")
    await browser.get(TYPES)
    assert ("票类" in browser.text) == (language == "zh")
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in browser.text
    other = "en" if language == "zh" else "zh"
    await browser.get(f"{TYPES}?search=a&lang={other}")
    assert browser.path == f"{TYPES}?search=a"
    assert ("票类" in browser.text) == (other == "zh")
    await browser.close()


# --- forms ----------------------------------------------------------------------------


async def test_new_record_is_refused_at_its_fields_then_made(
    boss: Browser, manager: VenueClient
) -> None:
    await boss.get(f"{TYPES}/new")
    await boss.submit(f__code="AB", f__position="many", f__name__en="Group")
    assert boss.status == 422
    words = visible(boss.text)
    assert "Not saved. Please correct this" in words
    for sentence in (
        "This must be a whole number.",
        "one small letter, a to z",
        "Name in the books : This must be filled in.",
    ):
        assert sentence in words
    assert 'value="AB"' in boss.text
    assert 'href="#f-position"' in boss.text
    await boss.submit(f__code="g", f__key="group", f__position="9", f__name__en="Group")
    assert boss.path == f"{TYPES}?done=created"
    page = await manager.get("/sales/ticket-types", AnyPage, search="group")
    assert page.items[0].values["name"] == {"en": "Group"}


async def test_same_form_twice_makes_one(boss: Browser, manager: VenueClient) -> None:
    await boss.get(f"{HALLS}/new")
    fields = dict(form_of(boss.text, f"{HALLS}/new")) | {"f.code": "new", "f.name.en": "New"}
    for _ in range(2):
        await boss.post(f"{HALLS}/new", fields)
        assert boss.path == f"{HALLS}?done=created"
    assert (await manager.get("/sales/halls", AnyPage)).total == 5


async def test_untouched_form_changes_nothing(boss: Browser, manager: VenueClient) -> None:
    before = await manager.get("/sales/ticket-types/5", AnyRecord)
    await boss.get(f"{TYPES}/5")
    fields = form_of(boss.text, f"{TYPES}/5")
    await boss.post(f"{TYPES}/5", aiohttp.FormData(fields))
    assert boss.path == f"{TYPES}?done=changed"
    assert await manager.get("/sales/ticket-types/5", AnyRecord) == before


async def test_second_of_two_people_compares_and_overwrites_nothing(
    boss: Browser, manager: VenueClient
) -> None:
    await boss.get(f"{PRICES}/1")
    record = await manager.get("/sales/prices/1", AnyRecord)
    body = {"version": record.version, "values": {"price_minor": 11100}}
    await manager.post("/sales/prices/1/change", body, AnyRecord, operation_id="theirs")
    await boss.submit(f__price_minor="222")
    assert boss.status == 409
    words = visible(boss.text)
    assert "Nothing was overwritten" in words
    assert "Price 222 111.00" in words
    assert (await manager.get("/sales/prices/1", AnyRecord)).values["price_minor"] == 11100
    await boss.submit()
    assert (await manager.get("/sales/prices/1", AnyRecord)).values["price_minor"] == 22200
    await boss.get(f"{PRICES}/1")
    assert "¥111.00 → ¥222.00" in visible(boss.text)


async def test_removal_asks_and_is_refused_while_used(boss: Browser, manager: VenueClient) -> None:
    await boss.get(f"{TYPES}/1/remove")
    await boss.submit()
    assert boss.status == 409
    assert "it is still used by prices" in boss.text
    body = {"values": {"code": "spare", "name": {"en": "Spare"}}}
    hall = await manager.post("/sales/halls", body, AnyRecord, operation_id="spare")
    await boss.get(f"{HALLS}/{hall.id}/remove")
    await boss.submit()
    assert boss.path == f"{HALLS}?done=removed"
    assert "Spare" not in boss.text


async def test_cashier_sees_and_cannot_change(browser: Browser) -> None:
    browser.sign_in_as("cashier")
    await browser.get(f"{PRICES}/1")
    assert "f.price_minor" not in browser.text
    assert f"{PRICES}/new" not in browser.text
    for path in (f"{PRICES}/new", f"{PRICES}/1/remove", f"{PRICES}/import"):
        await browser.get(path)
        assert browser.status == 403
    await browser.get("/more")
    token = dict(form_of(browser.text, "/sign-out"))["token"]
    fields = {"token": token, "operation": "x", "version": "x", "f.price_minor": "1"}
    for path in (f"{PRICES}/new", f"{PRICES}/1", f"{PRICES}/1/remove"):
        await browser.post(path, fields)
        assert browser.status == 403, path


async def test_usher_has_nothing_to_maintain(browser: Browser) -> None:
    browser.sign_in_as("usher")
    await browser.get("/home")
    assert "/tables/" not in browser.text
    await browser.get(TYPES)
    assert browser.status == 403


async def test_whatever_is_typed_comes_out_as_text(boss: Browser, manager: VenueClient) -> None:
    await boss.get(f"{TYPES}/new")
    names = [name for name, _ in form_of(boss.text, f"{TYPES}/new") if name.startswith("f.")]
    assert len(names) >= 7
    await boss.submit(**{name.replace(".", "__"): NASTY for name in names})
    assert boss.status == 422
    assert "<script>alert" not in boss.text
    assert "<img" not in boss.text
    body = {
        "values": {"code": "q", "key": "q", "name": {"en": NASTY[:20], "zh": NASTY[-20:]}},
    }
    record = await manager.post("/sales/ticket-types", body, AnyRecord, operation_id="nasty")
    for path in (
        TYPES,
        f"{TYPES}/{record.id}",
        f"{TYPES}/{record.id}/remove",
        f"{TYPES}?search={NASTY}",
        f"{PRICES}/new",
        f"/sign-in?next={NASTY}",
        f"/{NASTY}",
    ):
        await boss.get(path)
        assert "<script>" not in boss.text, path
        assert "<img" not in boss.text, path


async def test_senseless_forms_are_refused(boss: Browser) -> None:
    await boss.get(f"{PRICES}/1")
    token = dict(form_of(boss.text, f"{PRICES}/1"))["token"]
    for data, status in (
        ({"token": token}, 403),
        ({"token": token, "operation": "o", "f.price_minor": "x" * 300_000}, 413),
        (b"\xff\xfe\xfd", 403),
    ):
        await boss.post(f"{PRICES}/1", data)
        assert boss.status == status
        assert "<h1>" in boss.text


# --- files ----------------------------------------------------------------------------


def upload(browser: Browser, content: bytes) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, value in form_of(browser.text, f"{PRICES}/import"):
        form.add_field(name, value)
    form.add_field("file", content, filename="prices.csv", content_type="text/csv")
    return form


async def test_file_is_checked_then_imported(boss: Browser, manager: VenueClient) -> None:
    await boss.get(f"{PRICES}/import")
    content = "价目表,票类,等级,价格\ntide/main,a,T1,490\ntide/main,zz,T1,5\n".encode("gb18030")
    await boss.post(f"{PRICES}/import", upload(boss, content))
    words = visible(boss.text)
    assert "0 new 1 changed 0 the same 1 refused" in words
    assert "There is no ticket type zz." in words
    assert "480.00 → 490.00" in words
    before = await manager.get("/sales/prices/1", AnyRecord)
    assert before.values["price_minor"] == 48000
    checked = boss.text
    await boss.submit(step="refused")
    assert boss.headers["Content-Type"].startswith("text/csv")
    assert boss.text.splitlines()[1].startswith("tide/main,zz,T1,5,")
    boss.text = checked
    await boss.submit(step="write")
    assert "0 new, 1 changed." in visible(boss.text)
    after = await manager.get("/sales/prices/1", AnyRecord)
    assert after.values["price_minor"] == 49000


async def test_file_that_is_none_is_refused_on_the_page(boss: Browser) -> None:
    for content in (b"", b"\x89PNG\r\n\x1a\n", b"x,y\n1,2\n"):
        await boss.get(f"{PRICES}/import")
        await boss.post(f"{PRICES}/import", upload(boss, content))
        assert boss.status == 422
        assert "notice bad" in boss.text


async def test_export_is_what_the_import_takes(boss: Browser) -> None:
    await boss.get(f"{PRICES}/export")
    content = boss.text.encode()
    assert "attachment" in boss.headers["Content-Disposition"]
    assert boss.text.startswith("\ufeffPrice list,Ticket type,Tier,Price")
    await boss.get(f"{PRICES}/import")
    await boss.post(f"{PRICES}/import", upload(boss, content))
    assert "0 new 0 changed 80 the same 0 refused" in visible(boss.text)
