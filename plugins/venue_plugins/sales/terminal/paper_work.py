"""The paper of an order: its sheets from the server, printed, and the printer's word back to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from venue_terminal.printing import DOUBTFUL, FAILED, PRINTED, Paper
from venue_terminal.screens.approval import ask_approved
from venue_terminal.screens.base import ConsoleScreen

from venue_plugins.sales.wire import Order, PrintResult, PrintSheet, Sheet, StartPrint
from venue_suite.client import VenueClient
from venue_suite.texts import N_


@dataclass(frozen=True, slots=True)
class PaperReport:
    """How printing went: job id -> what the printer said. `reason`: why nothing was tried."""

    results: dict[str, str] = field(default_factory=dict)
    reason: str = ""

    def count(self, outcome: str) -> int:
        return sum(one == outcome for one in self.results.values())


async def print_order(
    client: VenueClient,
    paper: Paper,
    order_id: int,
    *,
    reprint: bool = False,
    operation_id: str = "",
    approval: str = "",
) -> PaperReport:
    """Print what of an order is not printed yet; with `reprint`, all of it anew.

    Args:
        operation_id: of the request for the paper; "" makes a new one.
        approval: a second person's word for it.

    Paper is checked first: a reprint makes the old tickets void, so nothing is asked of the server
    while the printer could not print it.

    Raises:
        ServerRefused, ServerAway: from the venue; what was printed before is reported there again.
    """
    reason = await paper.check()
    if reason:
        return PaperReport(reason=reason)
    work = await client.post(
        f"/sales/orders/{order_id}/print",
        StartPrint(reprint=reprint),
        PrintSheet,
        operation_id=operation_id or client.make_operation_id(),
        approval=approval,
    )
    results = await _print_sheets(paper, work.sheets)
    if results:
        await client.post(
            f"/sales/orders/{order_id}/print-result",
            PrintResult(results=results),
            Order,
            operation_id=client.make_operation_id(),
        )
    return PaperReport(results)


async def _print_sheets(paper: Paper, sheets: Sequence[Sheet]) -> dict[str, str]:
    """One after the other; after a sheet that failed the rest is not tried."""
    results: dict[str, str] = {}
    for sheet in sheets:
        failed = FAILED in results.values()
        results[sheet.job_id] = (
            FAILED if failed else await paper.print_sheet(sheet.design, sheet.values)
        )
    return results


def paper_words(screen: ConsoleScreen, report: PaperReport) -> tuple[str, str]:
    """What to say about it, and in which role."""
    say, say_count = screen.console.say, screen.console.say_count
    if report.reason:
        return say("Nothing was printed: {reason}", reason=say(report.reason)), "careful"
    if failed := report.count(FAILED):
        return say("{count} sheets were not printed. L prints them.", count=failed), "wrong"
    if doubtful := report.count(DOUBTFUL):
        words = N_("The printer did not confirm {count} sheets. Look at the paper.")
        return say(words, count=doubtful), "careful"
    printed = report.count(PRINTED)
    if not printed:
        return say("All its paper is printed already."), "text"
    return say_count("{count} sheet printed.", "{count} sheets printed.", printed), "fine"


def print_again(screen: ConsoleScreen, order_id: int, *, reprint: bool = False) -> None:
    """Print from a screen, and say there how it went."""
    paper = screen.console.paper
    if paper is None:
        screen.tell(screen.console.say("There is no printer at this console."), "careful")
        return
    screen.tell(screen.console.say("Printing ..."))
    client = screen.console.client
    operation_id = client.make_operation_id()
    ask_approved(
        screen,
        operation_id,
        lambda approval: print_order(
            client, paper, order_id, reprint=reprint, operation_id=operation_id, approval=approval
        ),
        lambda report: screen.tell(*paper_words(screen, report)),
    )
