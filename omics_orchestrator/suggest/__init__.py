"""A first draft of a study file from what a source says of itself, compared with our variables.

Nothing is guessed: what is not clearly the best is left open, with its candidates beside it.
"""
