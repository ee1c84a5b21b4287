"""The dictionary in the words of others: each module writes one format as `files`.

`files(dictionary)` gives the name and the text of each file. Names that begin with `_` are shared.
"""
