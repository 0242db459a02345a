"""The audit log over HTTP: read only, for managers and auditors."""

from __future__ import annotations

from aiohttp import web

from venue_suite.audit.exporting import export_lines
from venue_suite.audit.reading import find_entries, find_heads
from venue_suite.audit.wire import AuditEntry, AuditHead, FindEntries, FindHeads
from venue_suite.identity.permissions import Permission
from venue_suite.routing import Call, Media, Page, Route

VIEW = "audit.view"
LINES = "application/jsonl"


async def get_entries(call: Call) -> Page[AuditEntry]:
    """Who did what, newest first."""
    return await call.read(find_entries, call.asked(FindEntries))


async def get_heads(call: Call) -> Page[AuditHead]:
    """The signed heads of the log, with the codes that papers show, newest first."""
    return await call.read(find_heads, call.asked(FindHeads))


async def get_export(call: Call) -> web.StreamResponse:
    """The whole log as a file that `venue audit verify` checks on any machine."""
    response = web.StreamResponse(
        headers={"Content-Disposition": 'attachment; filename="audit.jsonl"'}
    )
    response.content_type = LINES
    await response.prepare(call.request)
    async for piece in export_lines(call.context.database, call.context.heads):
        await response.write(piece)
    await response.write_eof()
    return response


PERMISSIONS = (Permission(VIEW, "Read and export the audit log"),)
ROUTES = (
    Route("GET", "/audit", get_entries, VIEW, query=FindEntries, reply=Page[AuditEntry]),
    Route("GET", "/audit/heads", get_heads, VIEW, query=FindHeads, reply=Page[AuditHead]),
    Route("GET", "/audit/export", get_export, VIEW, reply=Media(LINES)),
)
