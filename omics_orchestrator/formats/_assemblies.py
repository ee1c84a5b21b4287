"""Which assembly of a genome a file lies on: by its sequences' lengths, and by what it states.

Lengths are as good as a fingerprint: no two assemblies share a chromosome's. Names are not, since
`chr1` and `1` are written for any. Y is left out: that of GRCh38 was added to others.
"""

import re
from collections.abc import Iterable

# The autosomes in their order, then X.
_LENGTHS = {
    "NCBI36": (
        247249719, 242951149, 199501827, 191273063, 180857866, 170899992, 158821424, 146274826,
        140273252, 135374737, 134452384, 132349534, 114142980, 106368585, 100338915, 88827254,
        78774742, 76117153, 63811651, 62435964, 46944323, 49691432, 154913754,
    ),
    "GRCh37": (
        249250621, 243199373, 198022430, 191154276, 180915260, 171115067, 159138663, 146364022,
        141213431, 135534747, 135006516, 133851895, 115169878, 107349540, 102531392, 90354753,
        81195210, 78077248, 59128983, 63025520, 48129895, 51304566, 155270560,
    ),
    "GRCh38": (
        248956422, 242193529, 198295559, 190214555, 181538259, 170805979, 159345973, 145138636,
        138394717, 133797422, 135086622, 133275309, 114364328, 107043718, 101991189, 90338345,
        83257441, 80373285, 58617616, 64444167, 46709983, 50818468, 156040895,
    ),
    "T2T-CHM13v2.0": (
        248387328, 242696752, 201105948, 193574945, 182045439, 172126628, 160567428, 146259331,
        150617247, 134758134, 135127769, 133324548, 113566686, 101161492, 99753195, 96330374,
        84276897, 80542538, 61707364, 66210255, 45090682, 51324926, 154259566,
    ),
    "GRCm38": (
        195471971, 182113224, 160039680, 156508116, 151834684, 149736546, 145441459, 129401213,
        124595110, 130694993, 122082543, 120129022, 120421639, 124902244, 104043685, 98207768,
        94987271, 90702639, 61431566, 171031299,
    ),
    "GRCm39": (
        195154279, 181755017, 159745316, 156860686, 151758149, 149588044, 144995196, 130127694,
        124359700, 130530862, 121973369, 120092757, 120883175, 125139656, 104073951, 98008968,
        95294699, 90720763, 61420004, 169476592,
    ),
}  # fmt: skip
_OF_LENGTH = {length: name for name, lengths in _LENGTHS.items() for length in lengths}
_WORDS = {
    "NCBI36": r"ncbi_?(?:b|build)?_?36|hg18|b36",
    "GRCh37": r"grch37|ncbi_?(?:b|build)?_?37|hg19|b37|hs37d5|hs37|human_g1k_v37",
    "GRCh38": r"grch38|ncbi_?(?:b|build)?_?38|hg38|b38|hs38dh|hs38d1|hs38",
    "T2T-CHM13v2.0": r"(?:t2t[-_.]?)?chm13(?![-_.]?v?[01])(?:[-_.]?v2)?|hs1",
    "GRCm38": r"grcm38|mm10",
    "GRCm39": r"grcm39|mm39",
}
_STATED = {
    name: re.compile(rf"(?<![a-z0-9])(?:{words})(?![0-9])", re.IGNORECASE)
    for name, words in _WORDS.items()
}
NAMES = tuple(_LENGTHS)


def assembly_of(lengths: Iterable[int]) -> str | None:
    """Name the assembly whose chromosomes have these lengths; several when they are of several."""
    found = {_OF_LENGTH[length] for length in lengths if length in _OF_LENGTH}
    return " and ".join(sorted(found)) or None


def stated_assembly(texts: Iterable[str]) -> str | None:
    """Name the assembly that texts speak of, such as a reference's file name or `@SQ AS`."""
    said = dict.fromkeys(texts)
    found = {name for name, words in _STATED.items() if any(map(words.search, said))}
    return " and ".join(sorted(found)) or None


def assembly_facts(lengths: Iterable[int], texts: Iterable[str]) -> dict[str, object]:
    """Give `assembly`, by lengths or else as stated, and `assembly_stated` if anything states it.

    The two differ when a file says one thing and is another.
    """
    shown, stated = assembly_of(lengths), stated_assembly(texts)
    return {"assembly": shown or stated, **({"assembly_stated": stated} if stated else {})}
