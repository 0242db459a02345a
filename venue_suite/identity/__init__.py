"""Who may do what: staff, stations, sessions, permissions."""
