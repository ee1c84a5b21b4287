"""GI-DAMPs as it is published today, from the flat export to its three frames."""

from datetime import date

import numpy as np
import pandas as pd

from tests.legacy.facts import Facts

_INSTRUMENT, _INSTANCE = "redcap_repeat_instrument", "redcap_repeat_instance"
_BOXES: dict[str, tuple[str, dict[str, str | float]]] = {
    "montreal_cd_behaviour": ("baseline_mont_cd_beh", {"0": "B1", "1": "B2", "2": "B3"}),
    "montreal_perianal": ("baseline_mont_cd_beh", {"3": 1.0}),
    "montreal_cd_location": ("baseline_mont_cd_loc", {"0": "L1", "1": "L2", "2": "L3"}),
    "montreal_upper_gi": ("baseline_mont_cd_loc", {"3": 1.0}),
    "endoscopy_type": ("endoscopy_type", {"1": "other", "2": "colonoscopy", "3": "flexi_sig"}),
}
_EXPOSURES = {
    "baseline_thiopurine_exposure": ["aza", "mp"],
    "baseline_anti_tnf_exposure": ["ada", "ifx", "golim"],
    "baseline_biologic_exposure": [
        "ada", "ifx", "golim", "uste", "vedo", "filgo", "risa", "upa", "tofa",
    ],
    "baseline_jak_exposure": ["upa", "tofa", "filgo"],
}  # fmt: skip


def cleaned(flat: pd.DataFrame, facts: Facts, today: date) -> pd.DataFrame:
    """Every row of the export, base and repeats.

    Raises:
        ValueError: one date of diagnosis cannot be read; the run in use stops there too.
    """
    frame = flat.drop(columns=list(facts.dropped)).rename(columns=facts.renames)
    numbers = {name: pd.to_numeric(frame[name], errors="coerce") for name in facts.coerced}
    frame = frame.assign(**numbers)
    labelled = {name: frame[name].map(_by_number(codes)) for name, codes in facts.codes.items()}
    frame = _derived(frame.assign(**labelled), today)
    return frame.rename(columns=facts.later).map(_not_blank)


def demographics(every: pd.DataFrame) -> pd.DataFrame:
    """One row a participant."""
    return _without_empty_columns(every[~every[_INSTRUMENT].isin(["sampling", "cucq32"])])


def sampling(every: pd.DataFrame) -> pd.DataFrame:
    """One row a sampling, with the participant and the CUCQ-32 of the same day beside it."""
    unwanted = [*_EXPOSURES, _INSTRUMENT, "study_center"]
    samplings = _without_empty_columns(every[every[_INSTRUMENT] == "sampling"])
    answers = _without_empty_columns(every[every[_INSTRUMENT] == "cucq32"])
    answers = answers.drop(columns=[*unwanted, _INSTANCE])
    answers = answers.rename(columns={"cucq_date": "sampling_date"})
    beside = samplings.drop(columns=unwanted).merge(demographics(every), how="left", on="study_id")
    return beside.merge(answers, how="left", on=["study_id", "sampling_date"])


def _not_blank(cell: object) -> object:
    return np.nan if isinstance(cell, str) and not cell.strip() else cell


def _without_empty_columns(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.dropna(axis=1, how="all")


def _by_number(codes: dict[str, str]) -> dict[float, str | float]:
    """Codes are compared as numbers; the labels 1 and 0 are numbers too."""
    return {
        float(code): float(label) if label in ("0", "1") else label for code, label in codes.items()
    }


def _derived(frame: pd.DataFrame, today: date) -> pd.DataFrame:
    diagnosed = pd.to_datetime(frame["date_of_diagnosis"].replace("", None))
    frame = frame.assign(diagnosis_duration_in_days=(pd.to_datetime(today) - diagnosed).dt.days)
    for name, (field, labels) in _BOXES.items():
        frame[name] = pd.Series(np.nan, index=frame.index, dtype=object)
        for option, label in labels.items():
            frame.loc[frame[f"{field}___{option}"] == 1, name] = label
    for name, drugs in _EXPOSURES.items():
        frame[name] = (frame[drugs] == 1).any(axis=1).astype(float)
    frame["study_center"] = frame["study_id"].map(_centre)
    boxes = {f"{field}___{option}" for field, labels in _BOXES.values() for option in labels}
    return frame.drop(columns=sorted(boxes))


def _centre(study_id: str) -> str:
    """Marks are looked for anywhere, so the legacy id GID-136-P becomes Glasgow's."""
    if "136-" in study_id:
        return "glasgow"
    return "dundee" if "138-" in study_id else "edinburgh"
