"""What stewards ask of the dictionary: what it covers, what a change does, where a cell is from."""
