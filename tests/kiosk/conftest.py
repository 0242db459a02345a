"""A window without a screen for the kiosk's tests. Set before Kivy is imported anywhere."""

from __future__ import annotations

import os

os.environ.pop("DISPLAY", None)
os.environ["SDL_VIDEODRIVER"] = "offscreen"
os.environ["KIVY_NO_ARGS"] = "1"
os.environ["KIVY_NO_CONFIG"] = "1"
os.environ["KIVY_LOG_MODE"] = "PYTHON"

from kivy.config import Config

# A window without a screen keeps the size that it was opened with.
Config.set("graphics", "width", 540)
Config.set("graphics", "height", 960)
