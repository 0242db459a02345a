"""The server looks after its own data: soon after the start at what is new, each night at all."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from venue_suite.context import Context
from venue_suite.database.work import View, Work
from venue_suite.hookspecs import Check, Job
from venue_suite.settings import read_identity
from venue_suite.verify.findings import Finding, recent, run_check

logger = logging.getLogger(__name__)

EVERY_S = 900.0
AFTER_START_S = 15.0  # the first sales of the day come first
RECENT = timedelta(hours=24)


class Watch:
    """Runs checks at the hours when nobody minds.

    Args:
        checks: what holds; asked anew each time, since a plugin may have been put aside.
        after_start_s: how long to wait before the first look.
    """

    def __init__(
        self, checks: Callable[[], Sequence[Check]], after_start_s: float = AFTER_START_S
    ) -> None:
        self._checks = checks
        self._wait_s = after_start_s
        self._looked = False
        self._full_on: date | None = None

    @property
    def job(self) -> Job:
        """For the server's clockwork."""
        return Job("verify", EVERY_S, self.run)

    async def run(self, context: Context) -> None:
        """Look at what is new once after the start, and at everything once a night, in the hour in
        which the business day ends."""
        if not self._looked:
            await asyncio.sleep(self._wait_s)
            self._looked = True
            await self._look(context, "recent", context.database.seams.now() - RECENT)
        night = await context.database.read(read_night)
        if night is not None and night != self._full_on:
            self._full_on = night
            await self._look(context, "full", None)

    async def _look(self, context: Context, scope: str, since: datetime | None) -> None:
        """One check after the other: none of them holds back the log for long."""
        checks = self._checks() if since is None else recent(self._checks())
        findings = [await context.database.read(run_check, one, since) for one in checks]
        for finding in findings:
            for sentence in finding.sentences:
                logger.error("%s does not hold: %s", finding.name, sentence)
        if since is None or not all(finding.holds for finding in findings):
            await context.database.write(tell_findings, scope, findings)


def read_night(view: View) -> date | None:
    """The venue's calendar day if this is the hour in which a business day ends, else None."""
    identity = read_identity(view)
    local = view.now.astimezone(identity.zone)
    return local.date() if local.hour == identity.day_cut_off_hour else None


def tell_findings(work: Work, scope: str, findings: Sequence[Finding]) -> None:
    """Tell everybody who may know how the checks went."""
    work.record(
        "database.verified",
        "database",
        scope=scope,
        checks=len(findings),
        broken=[finding.name for finding in findings if not finding.holds],
    )
