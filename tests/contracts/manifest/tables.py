"""What the manifest of the real files says of tables, spectra and ecology, in our words."""

from tests.contracts.manifest.expectation import Expectation

UNCHECKED: tuple[str, ...] = ()
EXPECTED: dict[str, Expectation] = {}
