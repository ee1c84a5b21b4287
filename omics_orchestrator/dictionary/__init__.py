"""The law: which variables exist, and how each study's fields become them. Pure: no I/O but files.

`load` reads `data_dictionary/` into frozen models and reports every problem at once; `conform`
turns source tables into our tables and accounts for each cell.
"""
