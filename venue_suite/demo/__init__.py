"""`venue demo`: a whole venue on one machine, with devices that exist only as programs."""
