"""Whether the formats that collections list are formats that we know."""

import difflib
from collections.abc import Iterator

from omics_orchestrator.dictionary.model import Dictionary
from omics_orchestrator.formats import formats


def unknown_formats(dictionary: Dictionary) -> Iterator[str]:
    """Name each format of a collection that there is not, with the one that may be meant."""
    known = formats()
    for place, collection in dictionary.collections.items():
        for name in collection.formats:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                instead = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
                yield f"collections/{place}.yaml: formats: {name!r} is no format; {instead}"
