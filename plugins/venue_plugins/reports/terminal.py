"""The day report (F9) at the console: types, tenders, hours, and whether the books agree."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from datetime import date, timedelta
from typing import Any, ClassVar

from textual.app import ComposeResult
from venue_terminal.canvas import Canvas
from venue_terminal.cells import fit, shorten
from venue_terminal.console import Console
from venue_terminal.hookspecs import (
    BoardDeclaration,
    ScreenDeclaration,
    TerminalHooks,
    hookimpl,
)
from venue_terminal.screens.base import ConsoleScreen
from venue_terminal.widgets.bars import draw_answer, draw_live

from venue_plugins.reports.wire import DayReport, TenderLine, TypeLine
from venue_suite.domain.facts import Fact
from venue_suite.domain.money import Currency
from venue_suite.texts import N_
from venue_suite.wording import format_date

DAY = "reports.day"
CHART_ROWS_MIN = 4
TABLE_ROWS = 21  # what stands above the chart on a small terminal
METER_COLUMNS = 16


class DayReportScreen(ConsoleScreen):
    """Sales of one business day, from the ledger."""

    mnemonics = "+-rt"
    help_rows: ClassVar = (
        ("- +", N_("the day before, the day after")),
        ("T", N_("today")),
        ("R", N_("read it again")),
        ("Up Down", N_("more ticket types")),
    )
    DEFAULT_CSS = """
    DayReportScreen #foot { height: 2; }
    """

    def __init__(self, console: Console, place: str) -> None:
        super().__init__(console, place)
        self.report: DayReport | None = None
        self.day: date | None = None
        self.first = 0
        self.is_stale = False
        console.listeners.append(self._hear)

    def compose_body(self) -> ComposeResult:
        yield self.panel(self._draw, id="report")
        yield self.panel(self._draw_foot, id="foot")

    def arrive(self) -> None:
        self._read(self.day or self.console.today())

    def _read(self, day: date) -> None:
        self.day, self.is_stale = day, False
        call = self.console.client.get("/reports/day", DayReport, day=day.isoformat())
        self.ask(call, self._take, blocks=True)

    def _take(self, report: DayReport) -> None:
        self.report = report
        self.first = min(self.first, max(0, len(report.types) - 1))

    def _hear(self, fact: Fact) -> None:
        """Something was sold: today's figures are old."""
        if fact.kind == "sales.order_paid":
            self.is_stale = True

    def tick(self) -> None:
        if self.is_stale and self.day is not None and not self.asked and self.console.link.is_up:
            self._read(self.day)
        super().tick()

    def mnemonic(self, letter: str) -> bool:
        day = self.day or self.console.today()
        steps = {"+": day + timedelta(days=1), "-": day - timedelta(days=1), "r": day}
        self._read(steps.get(letter, self.console.today()))
        return True

    def move(self, key: str) -> None:
        types = len(self.report.types) if self.report else 0
        if key in ("up", "down"):
            self.first = max(0, min(types - 1, self.first + (1 if key == "down" else -1)))
        elif key == "left":
            self.mnemonic("-")
        elif key == "right":
            self.mnemonic("+")

    def _draw(self, canvas: Canvas) -> None:
        if self.report is None:
            canvas.put(0, 1, self.console.say("The day's sales"), "strong")
            canvas.put(2, 1, self.console.say("Reading ..."), "dim")
            return
        draw_report(canvas, self.console, self.report, self.first)

    def _draw_foot(self, canvas: Canvas) -> None:
        say = self.console.say
        if self.answer.text or not self.console.link.is_up:
            draw_answer(canvas, self.console, self.answer)
        elif self.report is not None:
            at = f"{self.console.local(self.report.as_of):%H:%M:%S}"
            words = say(
                "{count} tickets, read from the ledger at {time}",
                count=self.report.tickets,
                time=at,
            )
            canvas.put(0, 1, words, "dim")
        if self.console.link.is_up:
            draw_live(canvas, self.console, 1, 1)


def draw_report(canvas: Canvas, console: Console, report: DayReport, first: int) -> None:
    """Types with bars, the total, tenders beside the agreement, and the hours."""
    say, edge = console.say, canvas.columns - 1
    canvas.put(0, 1, say("The day's sales"), "strong")
    shown = format_date(date.fromisoformat(report.day), console.language, with_year=True)
    canvas.right(0, edge, shown, "strong")
    keys = (
        ("-", say("day before")),
        ("+", say("day after")),
        ("T", say("today")),
        ("R", say("again")),
    )
    column = 1
    for key, words in keys:
        column = canvas.run(1, column, (key, "key"), (f" {words}   ", "text"))
    high = CHART_ROWS_MIN + max(0, canvas.rows - TABLE_ROWS) // 2
    chart = canvas.rows - high - 2
    tenders = max(1, len(report.tenders))
    total = chart - tenders - 4
    _draw_types(canvas, console, report, 3, total - 4, first)
    _draw_total(canvas, console, report, total)
    _draw_agreement(canvas, console, report, total + 3)
    _draw_hours(canvas, console, report, chart, high)


def _money(report: DayReport) -> Currency:
    return Currency(report.currency)


def _draw_types(
    canvas: Canvas, console: Console, report: DayReport, row: int, room: int, first: int
) -> None:
    say = console.say
    canvas.put(row, 1, say("Type"), "dim")
    canvas.right(row, 30, say("Tickets"), "dim")
    canvas.right(row, 46, say("Revenue"), "dim")
    canvas.right(row, 54, say("Share"), "dim")
    if not report.types:
        canvas.put(row + 1, 1, say("Nothing was sold on this day."), "dim")
    most = max((line.share_percent for line in report.types), default=0) or 1
    first = min(first, max(0, len(report.types) - room))
    if len(report.types) > room:
        words = say(
            "{first} to {last} of {count}",
            first=first + 1,
            last=min(first + room, len(report.types)),
            count=len(report.types),
        )
        canvas.run(row, 57, (say("Up Down"), "key"), (" " + words, "dim"))
    for below, line in enumerate(report.types[first : first + room], start=1):
        _draw_type(canvas, console, report, row + below, line, most)


def _draw_type(
    canvas: Canvas, console: Console, report: DayReport, row: int, line: TypeLine, most: float
) -> None:
    canvas.put(row, 1, shorten(console.name(line.name), 20))
    canvas.right(row, 30, f"{line.tickets:,}")
    canvas.right(row, 46, _money(report).format_plain(line.amount_minor))
    small = 0 < line.share_percent < 1
    canvas.right(row, 54, "<1 %" if small else f"{line.share_percent:.0f} %")
    wide = max(METER_COLUMNS, canvas.columns - 64)
    full = round(wide * line.share_percent / most)
    canvas.put(row, 57, "━" * full, "bar_full", canvas.columns - 1)


def _draw_total(canvas: Canvas, console: Console, report: DayReport, row: int) -> None:
    say, money = console.say, _money(report)
    canvas.rule(row, 0, canvas.columns)
    canvas.put(row + 1, 1, say("Total"), "strong")
    canvas.right(row + 1, 30, f"{report.tickets:,}", "strong")
    canvas.right(row + 1, 46, money.format(report.total_minor), "money")
    tax = say(
        "net {net}, tax {tax}",
        net=money.format_plain(report.revenue_minor),
        tax=money.format_plain(report.tax_minor),
    )
    canvas.put(row + 1, 49, tax, "dim")


def _draw_agreement(canvas: Canvas, console: Console, report: DayReport, row: int) -> None:
    """Tenders at the left; at the right whether sales, tenders and ledger say the same."""
    say, money = console.say, _money(report)
    for below, line in enumerate(report.tenders):
        _draw_tender(canvas, console, row + below, line, money)
    if report.agrees:
        canvas.run(row, 49, ("✓ ", "fine"), (say("ledger = sales = tenders"), "fine"))
    else:
        missing = money.format(report.difference_minor)
        words = say("The books differ by {amount}", amount=missing)
        canvas.run(row, 49, ("!! ", "wrong"), (words, "wrong"))


def _draw_tender(
    canvas: Canvas, console: Console, row: int, line: TenderLine, money: Currency
) -> None:
    canvas.put(row, 1, fit(console.name(line.name), 20))
    canvas.right(row, 30, f"{line.payments:,} x", "dim")
    canvas.right(row, 46, money.format_plain(line.amount_minor))


def _draw_hours(canvas: Canvas, console: Console, report: DayReport, row: int, high: int) -> None:
    """Takings of each hour as upright bars; the strongest hour is amber."""
    say, money = console.say, _money(report)
    canvas.put(row, 1, say("Taken by the hour"), "head")
    hours = {int(hour): amount for hour, amount in report.hours.items()}
    most = max(hours.values(), default=0)
    if most <= 0:
        return
    peak = max(hours, key=lambda hour: hours[hour])
    words = say(
        "amber: {hour}:00, {amount}", hour=peak, amount=money.format(hours[peak], short=True)
    )
    canvas.right(row, canvas.columns - 1, words, "bar_peak")
    start = min(8, *hours)
    step = max(3, (canvas.columns - 8) // (24 - start))
    base = row + high
    canvas.put(row + 1, 1, fit(money.format_plain(most // 100 * 100, short=True), 9), "dim")
    for hour in range(start, 24):
        column = 10 + (hour - start) * step
        amount = hours.get(hour, 0)
        role = "bar_peak" if hour == peak else "bar_full"
        canvas.bar_up(base, column, high, amount / most, step - 1, role)
        canvas.put(base + 1, column, f"{hour:02d}", "dim")


class TodayBoard:
    """Today's sales: the sum, the tickets, the hours."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._report: DayReport | None = None

    def ask(self) -> Coroutine[Any, Any, DayReport]:
        day = self._console.today().isoformat()
        return self._console.client.get("/reports/day", DayReport, day=day)

    def take(self, answer: DayReport) -> None:
        self._report = answer

    def hear(self, fact: Fact) -> bool:
        return fact.kind == "sales.order_paid"

    def draw(self, canvas: Canvas) -> None:
        say, report = self._console.say, self._report
        canvas.frame(say("Sales today"), say("live"), role="focus")
        if report is None:
            return
        total = _money(report).format(report.total_minor, short=True)
        column = canvas.put(1, 2, total, "money")
        if report.agrees:
            canvas.put(1, column + 2, "✓ " + say("the books agree"), "fine")
        else:
            canvas.put(1, column + 2, "!! " + say("the books differ"), "wrong")
        words = say("{count} tickets", count=f"{report.tickets:,}")
        canvas.put(2, 2, words, "dim")
        _draw_small_hours(canvas, report)


def _draw_small_hours(canvas: Canvas, report: DayReport) -> None:
    """Twelve hours as bars two rows high; the latest hour is amber."""
    hours = {int(hour): amount for hour, amount in report.hours.items()}
    most, last = max(hours.values(), default=0), max(hours, default=19)
    base, first = canvas.rows - 3, max(0, max(last, 19) - 11)
    for hour in range(first, first + 12):
        column = 2 + (hour - first) * 3
        if most > 0:
            role = "bar_peak" if hour == last else "bar_full"
            canvas.bar_up(base, column, base - 2, hours.get(hour, 0) / most, 2, role)
        if (hour - first) % 2 == 0:
            canvas.put(base + 1, column, f"{hour:02d}", "dim")


class ReportsTerminal(TerminalHooks):
    """What reports add to the console."""

    @hookimpl
    def terminal_register_texts(self) -> Sequence[str]:
        return ("venue_plugins.reports",)

    @hookimpl
    def terminal_register_boards(self, console: Console) -> Sequence[BoardDeclaration]:
        return (
            BoardDeclaration(
                name="reports.today",
                order=10,
                wide=False,
                rows=7,
                permission="reports.view",
                make=lambda: TodayBoard(console),
            ),
        )

    @hookimpl
    def terminal_register_screens(self, console: Console) -> Sequence[ScreenDeclaration]:
        return (
            ScreenDeclaration(
                name=DAY,
                title=N_("Day report"),
                label=N_("Report"),
                key=9,
                permission="reports.view",
                make=lambda: DayReportScreen(console, DAY),
                codes=("dr",),
            ),
        )


plugin = ReportsTerminal()
