"""Cells between h5ad, h5mu and Seurat's rds, with a receipt: nothing is lost without a word.

What became of each part is not declared but proved: the target is read back, and every part of the
source is compared with it.
"""
