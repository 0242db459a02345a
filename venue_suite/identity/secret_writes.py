"""Changes that carry a PIN or a password, once per operation id like all others.

The fingerprint that is kept of an operation must not give the secret away: of a PIN with six digits
a plain digest would, in a second. So the secret enters it through Argon2.
"""

from __future__ import annotations

import hashlib

import msgspec

from venue_suite.database.kernel_rows import FIND_OPERATION
from venue_suite.database.work import Operation, View
from venue_suite.identity.hashing import HashBench, slow_digest
from venue_suite.routing import Call


async def operation_of(
    call: Call, bench: HashBench, body: msgspec.Struct, *fields: str
) -> Operation:
    """The operation of a request whose body has secrets in these fields."""
    operation_id = call.operation().operation_id
    secrets = {name: getattr(body, name) for name in fields}
    plain = msgspec.structs.replace(body, **dict.fromkeys(fields, ""))
    actor, request = call.actor, call.request
    content = msgspec.json.encode(
        (request.method, request.rel_url.raw_path_qs, actor.kind, actor.code, plain)
    )
    hidden = msgspec.json.encode(secrets).decode()
    slow = await bench.run(slow_digest, hidden, operation_id)
    return Operation(operation_id, hashlib.sha256(content + slow).digest())


def find_reply(view: View, operation: Operation) -> msgspec.Raw | None:
    """What was answered to exactly this operation, None if it was not done."""
    row = view.one(FIND_OPERATION, operation_id=operation.operation_id)
    if row is None or bytes(row[0]) != operation.fingerprint:
        return None
    return msgspec.Raw(bytes(row[1]))
