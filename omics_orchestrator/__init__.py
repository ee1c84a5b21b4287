"""One Dagster code location for a research group that studies patients and their omics."""
