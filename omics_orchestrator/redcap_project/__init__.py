"""What a REDCap project says of itself, and what follows from it: tables, types, drift. Pure."""
