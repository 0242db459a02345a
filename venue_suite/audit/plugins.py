"""Which plugins did the venue's work, in which version, and which were set aside."""

from __future__ import annotations

from collections.abc import Mapping

from venue_suite.audit.entries import write_entry
from venue_suite.database.work import Work
from venue_suite.settings import put_setting, read_setting

PLUGINS_KEY = "audit_plugins"
State = dict[str, str]


def note_plugins(work: Work, states: Mapping[str, State]) -> None:
    """Write down what is different from the last start.

    Args:
        states: plugin -> its state, version, and the reason why it is not in service.
    """
    known = read_setting(work, PLUGINS_KEY, dict[str, State], {})
    for name in sorted(known.keys() | states.keys()):
        before, after = known.get(name), states.get(name)
        if before != after:
            write_entry(work, "plugins.change", f"plugin/{name}", before=before, after=after)
    if known != states:
        put_setting(work, PLUGINS_KEY, states)
