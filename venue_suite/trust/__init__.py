"""Who is a station of this venue: its authority, certificates, pairing, and their end."""
