"""A clean-room server that speaks REDCap's API, over one SQLite file."""
