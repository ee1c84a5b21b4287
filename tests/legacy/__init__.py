"""The pipelines in use today, written anew from what is known of them: the oracle of our datasets.

Their defects are kept, as each is a named exception in the comparison. Names, codes and columns are
read from the facts beside the project and are never copied into it.
"""
