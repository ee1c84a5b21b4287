"""Postgres and nothing else: connect, prepare, merge, read, and the ledger of what was loaded."""
