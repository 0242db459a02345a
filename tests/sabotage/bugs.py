"""Bugs that somebody might really make, and for each the test that must find it.

A bug is a text of one file that is replaced by another. It must occur there exactly once: when the
code moves on, the list has to follow, and says so by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

DATABASE = "venue_suite/database"
SALES = "plugins/venue_plugins/sales"
ADMISSION = "plugins/venue_plugins/admission"
DAYS = "tests/faults/test_random_days.py::test_every_day_goes_as_the_model_says"
CUTS = "tests/faults/test_power_cut.py::test_nothing_that_was_answered_is_lost"
WRITER = "tests/venue_suite/test_writer.py"
OPERATIONS = "tests/venue_suite/test_operations.py"


@dataclass(frozen=True)
class Bug:
    """One bug.

    Attributes:
        name: what it does, in a few words.
        file: in the checkout.
        right: the text as it is.
        wrong: what stands there instead.
        test: the test, or file of tests, that must fail.
    """

    name: str
    file: str
    right: str
    wrong: str
    test: str


KERNEL = (
    Bug(
        "commits are not synced one by one",
        f"{DATABASE}/sqlite.py",
        '"synchronous": "full"',
        '"synchronous": "normal"',
        CUTS,
    ),
    Bug(
        "answers come before the commit",
        f"{DATABASE}/writer.py",
        "            try:\n                session.commit()\n",
        "            _answer(jobs)\n            try:\n                session.commit()\n",
        CUTS,
    ),
    Bug(
        "replies are not kept",
        f"{DATABASE}/batch.py",
        "(kernel_rows.SAVE_OPERATION, list(self._replies.values()))",
        "(kernel_rows.SAVE_OPERATION, [])",
        CUTS,
    ),
    Bug(
        "a refused service of a batch leaves its changes",
        f"{DATABASE}/batch.py",
        "                    self._session.undo()\n",
        "                    pass\n",
        f"{WRITER}::test_failing_service_leaves_nothing_and_harms_no_neighbour",
    ),
    Bug(
        "a refusal alone in its batch is committed",
        f"{DATABASE}/writer.py",
        "                    session.rollback()\n                    return []",
        "                    session.commit()\n                    return []",
        DAYS,
    ),
    Bug(
        "a failed transaction stays open",
        f"{DATABASE}/writer.py",
        "            except BaseException:\n                _undo(session)\n",
        "            except BaseException:\n",
        "tests/faults/test_full_disk.py::test_everybody_in_the_batch_hears_it_and_nothing_stays",
    ),
    Bug(
        "an operation id may be used for something else",
        f"{DATABASE}/batch.py",
        "if fingerprint != operation.fingerprint:",
        "if fingerprint == b'':",
        f"{OPERATIONS}::test_other_content_under_the_same_id_is_refused",
    ),
    Bug(
        "a doubled operation in one batch is done twice",
        f"{DATABASE}/batch.py",
        "just_now = self._replies.get(operation_id)",
        "just_now = self._replies.get('')",
        f"{OPERATIONS}::test_concurrent_duplicates_have_one_effect",
    ),
    Bug(
        "only the first fact of a batch is kept",
        f"{DATABASE}/batch.py",
        "(kernel_rows.APPEND_FACT, self._facts)",
        "(kernel_rows.APPEND_FACT, self._facts[:1])",
        f"{WRITER}::test_facts_are_told_in_commit_order_without_gaps",
    ),
    Bug(
        "the feed's numbers start anew",
        f"{DATABASE}/batch.py",
        "self._next_seq: int = 1 + (last[0] if last else 0)",
        "self._next_seq: int = 1",
        WRITER,
    ),
    Bug(
        "the queue has no end",
        f"{DATABASE}/writer.py",
        "if self._jobs.qsize() >= self._queue_length_max:",
        "if self._jobs.qsize() < 0:",
        f"{WRITER}::test_queue_limit_refuses_at_once_and_takes_again_later",
    ),
    Bug(
        "history may be deleted",
        f"{DATABASE}/append_only.py",
        'for verb in ("UPDATE", "DELETE", *',
        'for verb in ("UPDATE", *',
        "tests/venue_suite/test_ledger.py::test_history_is_never_changed",
    ),
    Bug(
        "postings need not sum to zero",
        "venue_suite/ledger/postings.py",
        "if len(legs) < 2 or sum(leg.amount_minor for leg in legs) != 0:",
        "if len(legs) < 2:",
        "tests/venue_suite/test_ledger.py::test_wrong_posting_is_refused_whole",
    ),
    Bug(
        "balances follow only what comes in",
        "venue_suite/ledger/postings.py",
        "for account, amount in sums.items()]",
        "for account, amount in sums.items() if amount > 0]",
        "tests/venue_suite/test_ledger.py::test_sale_is_posted_with_its_balances",
    ),
    Bug(
        "the audit log is no chain",
        "venue_suite/audit/entries.py",
        "hash=hash_row(last_hash, entry).hex()",
        "hash=hash_row(GENESIS, entry).hex()",
        "tests/venue_suite/test_audit_chain.py",
    ),
    Bug(
        "routes do not ask for their permission",
        "venue_suite/server/app.py",
        "actor.demand_some(route.permission)",
        "actor.may(route.permission)",
        "tests/interface/test_rights_matrix.py::test_role_reaches_what_it_may_and_nothing_else",
    ),
    Bug(
        "the doorkeeper remembers who has signed out",
        "venue_suite/identity/doorkeeper.py",
        "known.until_s <= now_s or known.generation != self._generation",
        "known.until_s <= now_s",
        "tests/venue_suite/test_sign_in.py::test_sign_out_ends_the_session_at_once",
    ),
    Bug(
        "an approval is good for ever and everything of its actor",
        "venue_suite/identity/approvals.py",
        "    if row.operation_id != operation_id:\n",
        "    if row.operation_id == '':\n",
        "tests/venue_suite/test_approvals.py::test_word_is_for_exactly_this",
    ),
    Bug(
        "an approval has no end",
        "venue_suite/identity/approvals.py",
        "if not row.issued_at <= view.now < row.expires_at:",
        "if not row.issued_at <= view.now:",
        "tests/venue_suite/test_approvals.py::test_word_is_good_for_a_minute",
    ),
    Bug(
        "the small hours belong to the wrong day",
        "venue_suite/domain/business_day.py",
        "local = moment.astimezone(zone)",
        "local = moment",
        "tests/venue_suite/test_domain.py",
    ),
    Bug(
        "anybody's signature makes a ticket",
        "venue_suite/ticket_tokens.py",
        "        crypto_sign_open(signature + body, public)\n",
        "        pass\n",
        "tests/venue_suite/test_ticket_tokens.py",
    ),
)

BOX_OFFICE = (
    Bug(
        "places do not come back when a hold ends",
        f"{SALES}/services/stock.py",
        "    work.run(_UNHOLD, performance=performance, count=count)\n    seats",
        "    seats",
        DAYS,
    ),
    Bug(
        "seats do not come back when a hold ends",
        f"{SALES}/services/stock.py",
        "    work.run(_DROP_CLAIMS, order=order)\n",
        "",
        DAYS,
    ),
    Bug(
        "a seat that is gone is taken for claimed",
        f"{SALES}/services/stock.py",
        "        if work.run(_CLAIM, performance=performance, order=order, seat=seat) == 0\n",
        "        if work.run(_CLAIM, performance=performance, order=order, seat=seat) < 0\n",
        DAYS,
    ),
    Bug(
        "a seat that is gone is sold once more at the desk",
        f"{SALES}/services/stock.py",
        "if work.run(_CLAIM_SOLD, seat=seat, **claim) == 0]",
        "if work.run(_CLAIM_SOLD, seat=seat, **claim) < 0]",
        DAYS,
    ),
    Bug(
        "a changed order holds its places twice",
        f"{SALES}/services/stock.py",
        "    more = count - own\n",
        "    more = count\n",
        DAYS,
    ),
    Bug(
        "a hold ends a moment too late",
        f"{SALES}/services/expiry.py",
        '(OrderRow.expires_at <= param("now"))',
        '(OrderRow.expires_at < param("now"))',
        DAYS,
    ),
    Bug(
        "a hold ends though its code may have been paid",
        f"{SALES}/services/expiry.py",
        "PaymentRow.state.in_(OPEN_STATES)",
        "PaymentRow.state.in_(())",
        DAYS,
    ),
    Bug(
        "an order is paid though its hold was over",
        f"{SALES}/services/orders.py",
        "state.expires_at <= view.now",
        "state.expires_at < view.now.min.replace(tzinfo=view.now.tzinfo)",
        DAYS,
    ),
    Bug(
        "a code that was shown is simply void",
        f"{SALES}/services/open_codes.py",
        "    if payment is not None and not void_unseen(work, payment):\n",
        "    if payment is not None and void_unseen(work, payment) is None:\n",
        DAYS,
    ),
    Bug(
        "money that came late is forgotten",
        f"{SALES}/services/payments.py",
        "if found.state == PAID or not (found.is_open or state == PAID):",
        "if not found.is_open:",
        DAYS,
    ),
    Bug(
        "change is worked out from the wrong amount",
        f"{SALES}/services/payments.py",
        "change_minor=paid.received_minor - due_minor,",
        "change_minor=paid.received_minor,",
        DAYS,
    ),
    Bug(
        "a reprint leaves the old paper valid",
        f"{SALES}/services/tickets.py",
        "generation = ticket.generation + int(reprint)",
        "generation = ticket.generation",
        DAYS,
    ),
    Bug(
        "anybody may reprint",
        f"{SALES}/services/tickets.py",
        '        use_permission(work, "sales.reprint")\n',
        "        pass\n",
        DAYS,
    ),
    Bug(
        "two stations print one order at once",
        f"{SALES}/services/tickets.py",
        "        _check_not_elsewhere(work, tickets, paper)\n",
        "        pass\n",
        DAYS,
    ),
    Bug(
        "paper that may be out is taken for missing",
        f"{SALES}/services/tickets.py",
        "print_state == PRINTED or (print_state == DOUBTFUL and result == FAILED)",
        "print_state == PRINTED",
        DAYS,
    ),
    Bug(
        "a ticket lets in one more than it admits",
        f"{ADMISSION}/domain.py",
        "if len(used) >= right.admits:",
        "if len(used) > right.admits:",
        DAYS,
    ),
    Bug(
        "who did not pass has used the ticket",
        f"{ADMISSION}/services.py",
        "        work.run(_DROP_ENTRY, scan=told.scan_id)\n",
        "        pass\n",
        DAYS,
    ),
    Bug(
        "any gate speaks for any other",
        f"{ADMISSION}/services.py",
        "if row is None or row[2] != _place(work):",
        "if row is None:",
        DAYS,
    ),
    Bug(
        "a promotion's half cent is rounded down",
        f"{SALES}/domain/promotions.py",
        "return (amount_minor * rate_bp * 2 + FULL_BP) // (2 * FULL_BP)",
        "return (amount_minor * rate_bp) // FULL_BP",
        "tests/plugins/sales/test_domain_pricing.py",
    ),
)

BUGS = KERNEL + BOX_OFFICE
