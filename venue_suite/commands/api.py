"""`venue openapi`: what the server can be asked, for programs that are to ask it."""

from __future__ import annotations

import argparse

from venue_suite.config import Config
from venue_suite.server.api_routes import encode_document
from venue_suite.server.describing import read_route_table


def print_openapi(config: Config, options: argparse.Namespace) -> int:
    """Print the OpenAPI document of a server with the installed plugins."""
    print(encode_document(read_route_table(config)).decode())
    return 0
