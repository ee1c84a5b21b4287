"""What the manifest of the real files says of cells, in our words."""

import ast
from collections.abc import Mapping
from typing import Any

from tests.contracts.manifest.expectation import Expectation

UNCHECKED = (".tsv",)


def expect_cells(told: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    shape, layers, n_columns = ast.literal_eval(expected["value"])
    assert (told["n_obs"], told["n_vars"]) == shape
    assert told["layers"] == layers
    assert len(told["obs_columns"]) == n_columns


EXPECTED = {"h5ad": Expectation("h5ad", expect_cells)}
