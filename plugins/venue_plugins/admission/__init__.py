"""Let people in: lanes, scans, first entry wins, a reason for every refusal."""
