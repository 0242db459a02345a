"""The desk where people prove who they are: PIN, password, second factor, approval.

The database counts tries before anything is checked; Argon2 runs outside the writer and the loop,
few at once. What a stranger hears, and how long it takes, does not depend on whether a code exists.
"""

from __future__ import annotations

import asyncio

from venue_suite.database import Database, Work
from venue_suite.domain.actors import Actor
from venue_suite.identity.approvals import ApprovalByOneself, ApprovalWish, issue_approval
from venue_suite.identity.doorkeeper import Doorkeeper
from venue_suite.identity.factor_tickets import (
    FactorWanted,
    begin_ticket_enrolment,
    open_or_ticket,
    redeem_ticket,
)
from venue_suite.identity.flood import FloodGate
from venue_suite.identity.hashing import HashBench, pin_matches
from venue_suite.identity.lockout import begin_try, end_try, factor_tries
from venue_suite.identity.naming import spell_code
from venue_suite.identity.own_account import FactorService
from venue_suite.identity.rules import PASSWORD
from venue_suite.identity.sealing import Sealer
from venue_suite.identity.second_factor import WrongCode
from venue_suite.identity.services import WrongPin, begin_password_sign_in, begin_sign_in
from venue_suite.identity.sessions import SignInFrom
from venue_suite.identity.tables import ApprovalRow, StaffRow

TOKEN_BYTES = 32


class People:
    """One per running server.

    Args:
        database: where accounts and sessions are.
        doorkeeper: knows roles and stations.
        sealer: encrypts the secrets of second factors.

    Attributes:
        bench: where Argon2 runs; slow digests of other secrets belong there too.
    """

    def __init__(self, database: Database, doorkeeper: Doorkeeper, sealer: Sealer) -> None:
        self.database = database
        self.doorkeeper = doorkeeper
        self.roles = doorkeeper.roles
        self.sealer = sealer
        self.bench = HashBench()
        self._flood = FloodGate(database.seams)

    async def sign_in(self, code: str, secret: str, where: SignInFrom) -> str:
        """Sign staff in by PIN or password (`where.way`); returns the session's token.

        Raises:
            WrongPin: code or secret is not right; nobody learns which.
            SignInBlocked: too many tries at this place.
            FactorWanted: it was right, and the second factor comes next.
            Busy: too many sign in at once, or too often from one address.
        """
        staff_id = await self._check(code, secret, where)
        token = self.make_token()
        ticket = await self.database.write(open_or_ticket, staff_id, token, where)
        if ticket is not None:
            raise FactorWanted(ticket=token, enrol=ticket.must_enrol)
        return token

    async def finish_sign_in(self, ticket: str, code: str) -> tuple[str, list[str]]:
        """Show the second factor; returns the session's token, and the recovery codes if the factor
        was set up just now.

        Raises:
            WrongCode: it is not right, or was used.
            NotSignedIn: the ticket is used, over, or had too many wrong codes.
        """
        token = self.make_token()
        done = await self.database.write(redeem_ticket, self.sealer, ticket, code, token)
        if done is None:
            raise WrongCode
        return token, done

    async def begin_factor_at_sign_in(self, ticket: str) -> tuple[str, str]:
        """A new secret and its URI for somebody whose role needs a factor and who has none yet.

        Raises:
            NotSignedIn: the ticket is over, or not for that.
        """
        return await self.database.write(begin_ticket_enrolment, self.sealer, ticket)

    async def prove(self, code: str, secret: str, where: SignInFrom) -> int:
        """Show the own secret once more; returns the account's key. Raises as `sign_in`."""
        staff_id = await self._check(code, secret, where)
        await self.database.write(end_try, code, where.origin)
        return staff_id

    async def approve(
        self, actor: Actor, code: str, pin: str, wish: ApprovalWish, where: SignInFrom
    ) -> tuple[str, ApprovalRow]:
        """A second person's word for one operation of `actor`; returns its token.

        Raises:
            ApprovalByOneself, ApproverNotAllowed: see `issue_approval`.
            WrongPin, SignInBlocked, WrongCode, Busy: as at a sign-in.
        """
        if actor.kind == "staff" and spell_code(code) == actor.code:
            raise ApprovalByOneself
        staff_id = await self.prove(code, pin, where)
        if wish.factor_code:
            await self.database.write(begin_try, factor_tries(code), where.origin)
        token = self.make_token()
        committed = await self.database.commit(
            issue_approval, self.roles, self.sealer, staff_id, token, wish, where, actor=actor
        )
        return token, committed.value

    async def use_factor(
        self,
        actor: Actor,
        factor_code: str,
        where: SignInFrom,
        service: FactorService,
        *arguments: str,
    ) -> list[str]:
        """Run a verb that a code of the actor's own second factor opens.

        Raises what the verb raises, and SignInBlocked: too many codes were wrong.
        """
        self._flood.enter(where.address)
        tries = factor_tries(actor.code)
        await self.database.write(begin_try, tries, where.origin)

        def use(work: Work) -> list[str]:
            staff = StaffRow.get(StaffRow.code == actor.code)
            codes = service(work, staff, self.sealer, factor_code, *arguments)
            end_try(work, tries, where.origin)
            return codes

        codes: list[str] = (await self.database.commit(use, actor=actor)).value
        return codes

    def make_token(self) -> str:
        """A new secret of 256 bits."""
        return self.database.seams.random_bytes(TOKEN_BYTES).hex()

    async def _check(self, code: str, secret: str, where: SignInFrom) -> int:
        """The account's key, if the secret is right; the try counts as wrong until it is ended."""
        self._flood.enter(where.address)
        begin = begin_password_sign_in if where.way == PASSWORD else begin_sign_in
        # The place is taken first: who is sent away because all are taken has not tried.
        async with self.bench.place():
            known = await self.database.write(begin, code, where.origin)
            matches = await asyncio.to_thread(pin_matches, secret, known.pin_hash)
        if not matches or known.staff_id is None:
            raise WrongPin
        return known.staff_id
