"""The staff console: a Textual shell that plugins fill with screens."""
