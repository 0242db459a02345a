"""Drivers of gates and turnstiles."""
