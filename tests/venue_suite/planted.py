"""What must never be, planted by raw SQL: for each check at least one violation that it must find.

`PLANTED`: name of a check -> (statements, a part of the sentence that it must say). Guards and
constraints are taken away first, as somebody with the file in their hands could do. A check that
somebody adds to the kernel or to a bundled plugin needs its line here: a test says so.
"""

from __future__ import annotations

Plant = tuple[str, str]

_HOLD = (
    "INSERT INTO ledger_hold (account_id, amount_minor, captured_minor, state, reference, station, "
    "actor, placed_at, {more}) VALUES (1, 5, {captured}, '{state}', 'x', '', '', 0, {values})"
)
_WEBHOOK = (
    "INSERT INTO webhook_subscription (id, code, url, kinds, note, active, removed, revision, "
    "added_at, added_by, start_seq, position, sending_to, tries, failing_since, next_try_at, "
    "claimed_by, claimed_until, problem, delivered_at) VALUES (77, 'x', 'https://x.invalid', '[]', "
    "'', 1, 0, 1, 0, '', 0, {position}, 0, 0, 0, 0, '', 0, '', 0)"
)
_APPROVAL = (
    "INSERT INTO approval (token_hash, operation_id, permission, actor_kind, actor_code, station, "
    "approver_id, issued_at, expires_at, used_at) SELECT 'x', 'x', 'x', 'staff', {actor}, '', id, "
    "0, 60000, {used} FROM staff LIMIT 1"
)

DATABASE: dict[str, list[Plant]] = {
    "database.pages": [
        (
            (
                "PRAGMA writable_schema = on; UPDATE sqlite_master SET sql = "
                "replace(sql, '(\"code\")', '(\"name\")') WHERE name = 'ledger_account_code'"
            ),
            "ledger_account_code",
        ),
    ],
    "database.references": [
        ("UPDATE ledger_posting SET account_id = 999 WHERE id = 1", "row of ledger_account"),
        ("DELETE FROM sales_order WHERE id = 1", "row of sales_order"),
    ],
    "database.feed": [("DELETE FROM feed WHERE seq = 2", "the feed has")],
    "database.guards": [
        ("DROP TRIGGER ledger_posting_no_update", "guard ledger_posting_no_update is missing"),
        (
            (
                "DROP TRIGGER feed_no_delete; CREATE TRIGGER feed_no_delete BEFORE DELETE ON feed "
                "WHEN 0 BEGIN SELECT RAISE(ABORT, 'no'); END"
            ),
            "guard feed_no_delete was changed",
        ),
    ],
    "database.operations": [
        ("UPDATE operation SET fingerprint = x'00'", "lacks its digest or its reply"),
        ("UPDATE operation SET reply = x''", "lacks its digest or its reply"),
    ],
    "database.settings": [
        ("UPDATE setting SET value = '{' WHERE key = 'venue'", "the setting venue is no JSON")
    ],
    "identity.sessions": [
        (
            "UPDATE session SET token_hash = 'token-of-manager' WHERE id = 1",
            "has no digest",
        ),
        ("UPDATE session SET expires_at = opened_at WHERE id = 1", "ends before it begins"),
    ],
    "identity.approvals": [
        (_APPROVAL.format(actor="code", used="NULL"), "is their own"),
        (_APPROVAL.format(actor="'other'", used="60001"), "was used too late"),
    ],
}
LEDGER: dict[str, list[Plant]] = {
    "ledger.balanced": [
        ("UPDATE ledger_posting SET amount_minor = amount_minor + 1 WHERE id = 1", "sums to 1 CNY"),
        ("DELETE FROM ledger_posting WHERE transaction_id = 1", "1 has no postings"),
        (
            (
                "DELETE FROM ledger_posting WHERE transaction_id = 1 AND id <> (SELECT min(id) "
                "FROM ledger_posting WHERE transaction_id = 1)"
            ),
            "1 has one posting only",
        ),
        ("UPDATE ledger_posting SET amount_minor = 0.5 WHERE id = 1", "is 0.5"),
        ("UPDATE ledger_account SET currency = 'JPY' WHERE id = 1", "JPY, not 0"),
    ],
    "ledger.balances": [
        ("UPDATE ledger_balance SET amount_minor = 7 WHERE account_id = 1", "shows 7"),
        ("DELETE FROM ledger_balance WHERE account_id = 1", "shows 0"),
    ],
    "ledger.chart": [
        ("UPDATE ledger_account SET kind = 'money' WHERE id = 1", "kind money, which does not"),
        (
            "UPDATE ledger_account SET kind = 'income' WHERE code = 'tender/cash'",
            "is asset",
        ),
        ("UPDATE ledger_account SET code = 'pocket' WHERE id = 1", "account pocket has no heading"),
        ("UPDATE ledger_account SET currency = '' WHERE id = 1", "has the currency ''"),
        ("UPDATE ledger_heading SET kind = 'equity' WHERE path = 'tender'", "heading is equity"),
    ],
    "ledger.holds": [
        ("UPDATE ledger_balance SET held_minor = held_minor + 1", "its open holds sum to"),
        ("DELETE FROM ledger_hold WHERE state = 'open'", "its open holds sum to 0"),
        ("UPDATE ledger_hold SET amount_minor = 1 << 50 WHERE state = 'open'", "holds sum to"),
        (
            (
                "UPDATE ledger_hold SET amount_minor = 1 << 50 WHERE state = 'open'; UPDATE "
                "ledger_balance SET held_minor = 1 << 50 WHERE held_minor > 0"
            ),
            "holds 1125899906842624 of",
        ),
        (_HOLD.format(state="gone", captured=0, more="ended_at", values=1), "is gone, its amounts"),
        (_HOLD.format(state="released", captured=5, more="ended_at", values=1), "is released"),
        (
            _HOLD.format(state="released", captured=0, more="expires_at", values=1),
            "is released",
        ),
        (
            "UPDATE ledger_hold SET captured_minor = captured_minor - 1 WHERE state = 'captured'",
            "its transaction posted",
        ),
    ],
    "ledger.reversals": [
        (
            (
                "UPDATE ledger_posting SET amount_minor = amount_minor * 2 WHERE transaction_id = "
                "(SELECT transaction_id FROM ledger_reversal)"
            ),
            "is not the opposite of",
        ),
        (
            (
                "DROP INDEX ledger_reversal_reverses_id; "
                "INSERT INTO ledger_reversal SELECT 1, reverses_id, '' FROM ledger_reversal"
            ),
            "and by",
        ),
    ],
    "audit.chain": [
        ("UPDATE audit_entry SET subject = 'nobody' WHERE seq = 1", "1"),
        ("DELETE FROM audit_entry WHERE seq = 2", "2"),
    ],
    "audit.heads": [
        ("UPDATE audit_head SET hash = 'x'", "was signed over another entry"),
        ("UPDATE audit_head SET seq = 1 << 40", "the end was removed"),
        ("UPDATE audit_head SET key = 'x'", "which is not this venue's"),
    ],
    "stations.revoked": [
        (
            "UPDATE station SET active = 0 WHERE name = 'console-1'",
            "station console-1 is out of service, but a session there has not ended",
        )
    ],
    "webhooks.positions": [(_WEBHOOK.format(position=1 << 40), "and the feed ends at")],
    "webhooks.secrets": [(_WEBHOOK.format(position=0), "has 0 newest secrets instead of one")],
    "webhooks.dead_letters": [
        (
            _WEBHOOK.format(position=0) + "; INSERT INTO webhook_dead_letter (subscription_id, "
            "revision, kinds, first_seq, last_seq, state, tries, problem, died_at, claimed_by, "
            "claimed_until) VALUES (77, 1, '[]', 5, 6, 'dead', 1, '', 0, '', 0)",
            "holds facts 5 to 6, which is not between",
        )
    ],
}
SALES: dict[str, list[Plant]] = {
    "sales.stock": [
        ("UPDATE sales_performance SET sold = sold + 1 WHERE id = 1", "tickets say otherwise"),
        ("UPDATE sales_performance SET held = held + 1 WHERE id = 1", "orders say otherwise"),
        ("UPDATE sales_performance SET blocked = 0 WHERE blocked > 0", "seats say otherwise"),
        ("UPDATE sales_performance SET capacity = -1 WHERE id = 1", "than its capacity of -1"),
        ("UPDATE sales_performance SET leased = -1 WHERE id = 1", "less than nothing is out"),
    ],
    "sales.seats": [
        (
            (
                "DROP INDEX sales_seat_claim_performance_id_seat_id; INSERT INTO sales_seat_claim "
                "(performance_id, seat_id, state, order_id, reason) SELECT performance_id, "
                "seat_id, state, order_id, reason FROM sales_seat_claim "
                "WHERE state = 'sold' LIMIT 1"
            ),
            "is claimed 2 times",
        ),
        (
            (
                "DELETE FROM sales_seat_claim WHERE id = (SELECT min(id) FROM sales_seat_claim "
                "WHERE state = 'sold')"
            ),
            "has a seat that it does not claim",
        ),
        ("UPDATE sales_seat_claim SET state = 'held' WHERE state = 'sold'", "without a matching"),
        (
            "UPDATE sales_seat_claim SET order_id = 1 WHERE state = 'blocked'",
            "is blocked without a matching order",
        ),
        ("UPDATE sales_line SET seat_id = NULL WHERE seat_id IS NOT NULL", "has no seat of its"),
    ],
    "sales.tickets": [
        ("DELETE FROM sales_ticket WHERE id = 1", "has ticket None"),
        ("UPDATE sales_ticket SET order_id = 2 WHERE id = 1", "has ticket 1"),
        (
            (
                "DROP INDEX sales_ticket_line_id; INSERT INTO sales_ticket (line_id, order_id, "
                "generation, state, print_state, issued_at) SELECT line_id, order_id, 1, 'valid', "
                "'waiting', 0 FROM sales_ticket WHERE id = 1"
            ),
            "has 2 tickets",
        ),
    ],
    "sales.papers": [
        ("UPDATE sales_ticket SET generation = 0 WHERE id = 1", "ticket 1 is valid"),
        ("UPDATE sales_ticket SET print_state = 'lost' WHERE id = 1", "ticket 1 is valid, lost"),
        ("UPDATE sales_ticket SET state = 'sold' WHERE id = 1", "ticket 1 is sold"),
        ("UPDATE sales_order SET receipt_state = 'lost' WHERE id = 1", "its receipt is lost"),
    ],
    "sales.orders": [
        ("UPDATE sales_order SET total_minor = total_minor + 1 WHERE id = 1", "explanation does"),
        ("UPDATE sales_line SET net_minor = net_minor + 1 WHERE id = 1", "lines do not add up"),
        ("UPDATE sales_order SET number = 'A7K5-0000' WHERE id = 1", "order 1 is called A7K5-0000"),
        ("UPDATE sales_order SET state = 'lost' WHERE id = 1", "order 1 is lost, which no order"),
        ("UPDATE sales_order SET expires_at = 1 WHERE id = 1", "but its hold says otherwise"),
        ("UPDATE sales_order SET paid_at = NULL WHERE id = 1", "time of payment says otherwise"),
        ("DELETE FROM sales_order WHERE id = 1", "but the last one is number"),
        ("DELETE FROM sales_line WHERE order_id = 1", "order 1 is paid and has no places"),
    ],
    "sales.payments": [
        ("UPDATE sales_payment SET amount_minor = 1 WHERE id = 1", "but 1 was paid for it"),
        ("UPDATE sales_payment SET late = 1 WHERE id = 1", "the ledger owes another sum"),
        ("DELETE FROM sales_payment WHERE id = 1", "but 0 was paid for it"),
        ("UPDATE sales_payment SET state = 'unknown' WHERE id = 1", "of it is still open"),
        (
            "UPDATE sales_payment SET change_minor = change_minor + 1 WHERE tender = 'cash'",
            "the change that was given",
        ),
        ("UPDATE sales_order SET tax_minor = tax_minor + 1 WHERE id = 1", "has another tax than"),
        ("UPDATE ledger_posting SET quantity = quantity + 1", "its sale in the ledger is another"),
        (
            "UPDATE ledger_transaction SET reference = 'order/x' WHERE reference = 'order/1'",
            "in the ledger belong to no order",
        ),
    ],
    "sales.told": [
        ("UPDATE feed SET kind = 'x' WHERE kind = 'sales.order_paid'", "the feed told it 0 times"),
        (
            (
                "INSERT INTO feed (at, kind, subject, data) SELECT at, kind, subject, data "
                "FROM feed WHERE kind = 'sales.order_paid'"
            ),
            "the feed told it 2 times",
        ),
        (
            (
                "INSERT INTO feed (at, kind, subject, data) VALUES (0, 'sales.order_paid', "
                "'order/987654', '{}')"
            ),
            "tells that order/987654 was paid, which it is not",
        ),
    ],
}
ADMISSION: dict[str, list[Plant]] = {
    "admission.entries": [
        ("DELETE FROM admission_entry", "but no entry was kept"),
        ("UPDATE admission_scan SET result = 'refused'", "has no scan that allowed it"),
        (
            (
                "DROP INDEX admission_entry_right_id_number; DROP INDEX admission_entry_scan_id; "
                "INSERT INTO admission_entry (right_id, number, scan_id, lane_id, at) "
                "SELECT right_id, number, scan_id, lane_id, at FROM admission_entry"
            ),
            "entered 2 times as number 1",
        ),
        ("UPDATE admission_entry SET number = 0", "entered 1 times as number 0"),
    ],
    "admission.answers": [
        ("UPDATE admission_scan SET result = 'refused'", "but its answer said allowed"),
        ("UPDATE admission_scan SET passage = 'flown'", "is allowed, flown"),
    ],
}
PLANTED: dict[str, list[Plant]] = {**DATABASE, **LEDGER, **SALES, **ADMISSION}
