"""The sheets of the buying flow: "End and clear?", and failures that leave their screen in view."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import cast

from venue_kiosk.shell import Shell
from venue_kiosk.widgets.buttons import Button
from venue_kiosk.widgets.sheets import Question, QuestionSheet

from venue_plugins.sales.kiosk import messages as m
from venue_plugins.sales.kiosk.screens.failure import FailureScreen
from venue_plugins.sales.kiosk.state import BuyFlow, Failure, Screen

END_SHEET = "end"
FAILURE_SHEET = "failure"


def screen_name(flow: BuyFlow) -> str:
    """The screen to draw; the one below, while a failure is shown as a sheet."""
    failure = flow.failure
    if flow.screen is Screen.FAILURE and failure and failure.sheet_over:
        return failure.sheet_over.value
    return flow.screen.value


class Asking:
    """Opens and closes the sheets as the flow goes on."""

    def __init__(self, shell: Shell, put: Callable[[m.Message], None]) -> None:
        self._shell, self._put = shell, put

    def draw(self, before: BuyFlow, flow: BuyFlow) -> None:
        """Bring the sheets to what the flow says now."""
        deck = self._shell.deck
        if flow.asking_end and not before.asking_end:
            deck.open_sheet(self.make_end_sheet())
        elif not flow.asking_end:
            deck.close_sheet(END_SHEET)
        failure = flow.failure if flow.screen is Screen.FAILURE else None
        if failure is not None and failure.sheet_over is not None:
            deck.open_sheet(self._make_failure_sheet(failure))
        else:
            deck.close_sheet(FAILURE_SHEET)

    def make_end_sheet(self) -> QuestionSheet:
        look = self._shell.look

        def buttons() -> list[Button]:
            confirm, stay = (partial(self._put, touch) for touch in (m.ConfirmEnd(), m.Stay()))
            return [
                Button(look, "end/confirm", look.say("End and clear"), confirm, "secondary"),
                Button(look, "end/stay", look.say("Continue"), stay),
            ]

        question = Question(
            END_SHEET,
            "stop",
            lambda: look.say("End and clear everything?"),
            lambda: look.say("Your seats go back. You have not been charged."),
            buttons,
        )
        return QuestionSheet(look, question)

    def _make_failure_sheet(self, failure: Failure) -> QuestionSheet:
        look = self._shell.look
        say: Callable[..., str] = look.speaker.say
        page = cast(FailureScreen, self._shell.deck.screen_named(Screen.FAILURE.value))
        question = Question(
            FAILURE_SHEET,
            failure.icon,
            lambda: failure.title.say(say, look.language),
            lambda: failure.money.say(say, look.language),
            lambda: [page.make_option(option) for option in failure.options],
            [1.3 if option.primary else 1 for option in failure.options],
            page.make_proposal,
        )
        return QuestionSheet(look, question)
