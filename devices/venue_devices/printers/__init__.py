"""Drivers of ticket and receipt printers."""
