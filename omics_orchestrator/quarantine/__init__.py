"""Quarantine for the people who mend it: which values are held, why, and what would let them in.

The warehouse keeps keyed hashes only. Values are found again in the raw snapshots that the load
read, by the same hash, and live no longer than the answer to one question.
"""
