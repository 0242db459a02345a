"""Drivers of IC card readers."""
