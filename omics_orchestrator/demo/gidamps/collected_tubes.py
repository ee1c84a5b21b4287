"""Which boxes of the sampling form stand for which tubes, and what the laboratory makes of them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tube:
    """A tube or pot: how it is written on the label, G-Trac's sample type, and its volume in µL."""

    label: str
    sample_type: str
    volume: int


TUBES = {
    "blood_sample_collected___5": Tube("EDTA", "standard_edta", 10_000),
    "blood_sample_collected___6": Tube("GENO", "standard_edta", 4_000),
    "blood_sample_collected___3": Tube("CFD", "cfdna_tube", 10_000),
    "blood_sample_collected___4": Tube("PAX", "paxgene_rna", 2_500),
    "blood_sample_collected___2": Tube("GEL", "standard_gel", 5_000),
    "blood_sample_collected___99": Tube("OTH", "other", 1_000),
    "blood_sample_optinal_set___1": Tube("CIT", "other", 3_500),
    "blood_sample_additional___1": Tube("EDTA2", "standard_edta", 10_000),
    "blood_sample_additional___2": Tube("CFD2", "cfdna_tube", 10_000),
    "faecal_sample_collected___1": Tube("CAL", "stool_calprotectin", 2_000),
    "faecal_sample_collected___2": Tube("FIT", "stool_qfit", 1_000),
    "faecal_sample_collected___3": Tube("STO", "stool_standard", 20_000),
    "faecal_sample_collected___4": Tube("OMN", "stool_omnigut", 2_000),
    "faecal_sample_collected___99": Tube("STX", "other", 1_000),
    "biopsy_sample_collected___1": Tube("BXF", "biopsy_formalin", 1_000),
    "biopsy_sample_collected___2": Tube("BXR", "biopsy_rnalater", 1_000),
    "biopsy_sample_collected___99": Tube("BXX", "other", 500),
}
# GI-DAMPs has no box for saliva; the register has saliva all the same.
SALIVA = Tube("SAL", "saliva", 2_000)
STRAY = TUBES["blood_sample_collected___5"]

# What is made of a sample: the type of its aliquots, how many, and the volume of each in µL.
ALIQUOTS = {
    "standard_edta": ("edta_plasma", 2, 900),
    "cfdna_tube": ("cfdna_plasma", 1, 3_500),
    "cfdna_plasma": ("cfdna_extracted", 1, 50),
    "paxgene_rna": ("rna_plasma", 1, 80),
    "standard_gel": ("serum", 2, 800),
    "biopsy_formalin": ("paraffin_block", 1, 0),
    "stool_standard": ("stool_supernatant", 2, 1_000),
}
