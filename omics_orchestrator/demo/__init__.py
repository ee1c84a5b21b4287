"""A faithful local REDCap server and synthetic studies: what `make demo` runs on."""
