"""What the manifest of `shared/fixtures/omics` says, a module for each family of formats."""

from tests.contracts.manifest import imaging, sequencing, single_cell, tables

_FAMILIES = (imaging, sequencing, single_cell, tables)
# By the manifest's format, or by the file where it is none of its folder's format.
EXPECTED = {name: each for family in _FAMILIES for name, each in family.EXPECTED.items()}
UNCHECKED = tuple(suffix for family in _FAMILIES for suffix in family.UNCHECKED)
