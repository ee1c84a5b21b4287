"""What QIIME 2 made an artifact of, as the action in its provenance says."""

import re
from collections import deque
from collections.abc import Iterator
from contextlib import suppress

import yaml

from omics_orchestrator.formats._inputs import is_told

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_MOST = 1000


class _Plain(yaml.SafeLoader):
    """YAML without QIIME 2's own tags: `!ref`, `!metadata` and their like say nothing here."""


def _untagged(loader: _Plain, _tag: str, node: yaml.Node) -> object:
    # A list may be tagged as a set; a tagged word names something else in the provenance.
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return None


_Plain.add_multi_constructor("!", _untagged)


def inputs_of_action(text: str) -> list[str]:
    """The UUIDs of the artifacts that an action used; of an import, the names of its files."""
    said: object = None
    with suppress(yaml.YAMLError, ValueError, RecursionError):
        said = _Plain(text).get_single_data()
    action = said.get("action") if isinstance(said, dict) else None
    if not isinstance(action, dict):
        return []
    used = (each for each in _texts(action.get("inputs")) if _UUID.fullmatch(each))
    return list(dict.fromkeys([*used, *_imported(action.get("manifest"))]))[:_MOST]


def _texts(node: object) -> Iterator[str]:
    """All texts in lists and mappings, however deep: an input may be a list of artifacts."""
    waiting, seen = deque([node]), set[int]()
    while waiting:
        each = waiting.popleft()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict | list) and id(each) not in seen:
            # An alias may stand for the list that it is in.
            seen.add(id(each))
            waiting.extend(each.values() if isinstance(each, dict) else each)


def _imported(manifest: object) -> Iterator[str]:
    for each in manifest if isinstance(manifest, list) else ():
        name = each.get("name") if isinstance(each, dict) else None
        if isinstance(name, str) and is_told(base := name.rpartition("/")[2]):
            yield base
