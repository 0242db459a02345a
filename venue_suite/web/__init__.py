"""The back office in a browser: pages that the server draws, which need no script."""
