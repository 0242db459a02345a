"""The self-service kiosk: a Kivy shell that plugins fill with screens."""
