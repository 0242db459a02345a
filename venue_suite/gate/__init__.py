"""The gate controller: one lane with its scanner and its gate, run without a screen.

A shell like kiosk and console: it reaches the venue over the client only and holds no rules. The
server decides; this program turns the decision into an opened gate, and says what became of it.
"""
