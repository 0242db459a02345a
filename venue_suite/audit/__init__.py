"""The audit log: a hash chain of who did what, its signed heads, and files that prove it elsewhere.

A service that does something privileged says so with `write_entry` of `venue_suite.audit.entries`.
`chain` and `verifying` need no database and no server.
"""
