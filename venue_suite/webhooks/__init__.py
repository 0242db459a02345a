"""Webhooks: the feed delivered to other programs over HTTP, in order, signed, at least once."""
