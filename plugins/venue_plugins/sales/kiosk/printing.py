"""Paper: tickets come by themselves once paid, one by one, and none is forgotten."""

from __future__ import annotations

from dataclasses import replace

from venue_plugins.sales.kiosk import failures
from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk.moves import MakeId, Step, begin_printing, fail, stay
from venue_plugins.sales.kiosk.state import BuyFlow, Screen, Sentence


def print_started(flow: BuyFlow, answer: m.PrintStarted, make_id: MakeId) -> Step:
    if flow.screen is not Screen.PRINTING:
        return stay(flow)
    return replace(flow, receipt="due" if answer.receipt else flow.receipt), ()


def sheet_printed(flow: BuyFlow, answer: m.SheetPrinted, make_id: MakeId) -> Step:
    if flow.screen is not Screen.PRINTING:
        return stay(flow)
    return _count_sheet(flow, answer.line_id), ()


def print_finished(flow: BuyFlow, _: m.PrintFinished, make_id: MakeId) -> Step:
    if flow.screen is not Screen.PRINTING:
        return stay(flow)
    if flow.tickets_left > 0:
        return missing(flow)
    return replace(flow, screen=Screen.THANKS, notice=None), ()


def print_failed(flow: BuyFlow, answer: m.PrintFailed, make_id: MakeId) -> Step:
    if flow.screen is not Screen.PRINTING:
        return stay(flow)
    return _receipt_missing(flow) if _only_receipt_left(flow) else missing(flow)


def print_doubtful(flow: BuyFlow, answer: m.PrintDoubtful, make_id: MakeId) -> Step:
    if flow.screen is not Screen.PRINTING:
        return stay(flow)
    if answer.line_id == 0:
        return _receipt_missing(flow) if _only_receipt_left(flow) else missing(flow)
    flow = replace(flow, doubt=(answer.job_id, answer.line_id))
    return fail(flow, failures.print_doubtful(flow, answer.line_id)), ()


def answer_doubt(flow: BuyFlow, touch: m.AnswerDoubt, make_id: MakeId) -> Step:
    """Yes: the ticket counts as printed and the rest follows. No: staff come, with the code."""
    asked = flow.failure is not None and flow.failure.code == "P-04"
    if not asked or flow.doubt is None or flow.order is None:
        return stay(flow)
    job_id, line_id = flow.doubt
    told = m.ReportPrinted(flow.order.id, job_id, make_id())
    flow = replace(flow, doubt=None)
    if not touch.has_ticket:
        return missing(flow, "P-04")
    flow = _count_sheet(flow, line_id)
    if flow.tickets_left <= 0 and flow.receipt != "due":
        return replace(flow, screen=Screen.THANKS, failure=None), (told,)
    printing, commands = begin_printing(flow, make_id)
    return printing, (told, *commands)


def print_rest(flow: BuyFlow, make_id: MakeId) -> Step:
    """There is paper again, or the visitor asks to try again."""
    retry = flow.failure.retry if flow.failure else None
    flow, commands = begin_printing(flow, make_id)
    return flow, (retry,) if isinstance(retry, m.PrintPaper) else commands


def print_lost(flow: BuyFlow, command: m.PrintPaper) -> Step:
    """The server gave no sheets: paid, and printed as soon as it is back."""
    return fail(flow, failures.tickets_missing(flow, command)), ()


def print_refused(flow: BuyFlow) -> Step:
    return missing(flow)


def paper_seen(flow: BuyFlow, fact: m.PaperSeen, make_id: MakeId) -> Step:
    """Paper states change at any time; a page that waits for paper goes on by itself."""
    flow = replace(flow, paper=fact.state)
    code = flow.failure.code if flow.failure else ""
    if fact.state not in ("ok", "low"):
        return stay(flow)
    if code == "P-02" and flow.failure is not None:
        return replace(flow, screen=flow.failure.resume, failure=None), ()
    return print_rest(flow, make_id) if code == "P-03" else stay(flow)


def _count_sheet(flow: BuyFlow, line_id: int) -> BuyFlow:
    if line_id == 0:
        return replace(flow, receipt="printed")
    if line_id in flow.printed:
        return flow
    return replace(flow, printed=(*flow.printed, line_id))


def _only_receipt_left(flow: BuyFlow) -> bool:
    return flow.tickets_left <= 0


def _receipt_missing(flow: BuyFlow) -> Step:
    words = Sentence("The receipt could not be printed. The desk prints it for you.")
    return replace(flow, screen=Screen.THANKS, receipt="missing", notice=words), ()


def missing(flow: BuyFlow, code: str = "P-03") -> Step:
    """P-03: the page with the code, and staff are told."""
    number = flow.order.number if flow.order else ""
    failed = fail(flow, failures.tickets_missing(flow))
    return failed, (m.CallStaff(code, number),)
