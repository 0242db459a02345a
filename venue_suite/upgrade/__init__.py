"""Copies of the venue's data: backups while selling, and upgrades that never touch the original."""
