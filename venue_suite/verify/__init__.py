"""Looking for what must not be: every invariant of kernel and plugins, on a live database."""
