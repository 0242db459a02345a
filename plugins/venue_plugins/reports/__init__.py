"""Say what was sold and what was taken, straight from the ledger."""
