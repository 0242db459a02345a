"""Ticket designs, slips, pictures and sample data. Data only: nothing here is run."""
