"""Tables that people maintain: declared once; lists, forms, import and export come from that."""
