"""The star for BI tools: facts and dimensions, as views over the present rows of all studies."""
