"""MUSIC as it is published today, from the flat export to `music_main` and `music_demographics`."""

import numpy as np
import pandas as pd

from tests.legacy.facts import Facts

_KEY = ["study_id", "redcap_event_name"]
_INSTRUMENT, _INSTANCE = "redcap_repeat_instrument", "redcap_repeat_instance"
_LABORATORY = "laboratory_tests_for_disease_activity"
_DRUGS = ["baseline_current_drug", *(f"baseline_current_drug_{slot}" for slot in range(2, 7))]
_OTHER_DRUGS = [f"baseline_current_other{slot}" for slot in range(1, 7)]
_WRITTEN_DRUGS = [f"baseline_current_otherx{slot}" for slot in range(1, 7)]
DRUG_SLOTS = [*_DRUGS, *_OTHER_DRUGS, *_WRITTEN_DRUGS]
FLAGS = {
    "baseline_asa": [(_DRUGS, ["21"]), (_OTHER_DRUGS, ["4", "5", "6"])],
    "baseline_mtx": [(_OTHER_DRUGS, ["14"])],
    "baseline_ifx": [(_DRUGS, ["3"])],
    "baseline_ada": [(_DRUGS, ["1"])],
    "baseline_aza": [(_DRUGS, ["2"])],
    "baseline_mp": [(_DRUGS, ["16"])],
    "baseline_uste": [(_DRUGS, ["11"])],
    "baseline_vedo": [(_DRUGS, ["12"])],
    "baseline_goli": [(_DRUGS, ["15"])],
    "baseline_tofa": [(_DRUGS, ["10"])],
    "baseline_filgo": [(_WRITTEN_DRUGS, ["Filgotinib"])],
    "baseline_risa": [(_WRITTEN_DRUGS, ["Risankisumab"])],
}
_SALIVA = [
    "saliva_rev_date", "saliva_sample", "saliva_setting", "sample_date", "saliva_eim",
    "eims_details", "saliva_abx", "abx_detail", "saliva_abx3m", "abx3m_detail", "saliva_piercing",
    "saliva_brushing", "saliva_brush_tongue", "saliva_dietibd", "diet_details", "saliva_cs",
    "saliva_denture", "dentures_details", "comments_saliva",
]  # fmt: skip
_PAIN = {"none": 0, "mild": 1, "moderate": 2, "severe": 3}
_STOOL = {"normal": 0, "1-2_above_normal": 1, "3-4_above_normal": 2, ">5_above_normal": 3}
_BLEEDING = {"none": 0, "less_than_half": 1, "more_than_half": 2, "blood_alone": 3}
_HEALING = ("endoscopic_mucosal_healing", "complete_mucosal_healing")


def main(flat: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    """One row a participant and timepoint, as `music_main`."""
    flagged = flat.assign(**_flags(flat))
    kept = flagged.drop(columns=list(facts.dropped))
    extracted = _without_empty_columns(kept.mask(kept == ""))
    reshaped = _reshaped(extracted)
    present = reshaped[reshaped["withdrawn"] != "0"].drop(columns="withdrawn")
    return _derived(_mapped(present.rename(columns=facts.renames), facts), facts)


def demographics(published: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    """The rows of the first timepoint, as `music_demographics`."""
    return published.loc[
        published["redcap_event_name"] == "timepoint_1", facts.output["demographics"]
    ]


def _flags(flat: pd.DataFrame) -> dict[str, pd.Series]:
    return {
        flag: pd.concat([flat[slots].isin(codes) for slots, codes in looked_for], axis=1)
        .any(axis=1)
        .astype(int)
        for flag, looked_for in FLAGS.items()
    }


def _without_empty_columns(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.dropna(axis=1, how="all")


def _reshaped(extracted: pd.DataFrame) -> pd.DataFrame:
    base = _without_empty_columns(extracted[extracted[_INSTRUMENT].isna()])
    labs = _without_empty_columns(extracted[extracted[_INSTRUMENT] == _LABORATORY])
    labs = labs[labs[_INSTANCE] == 1].drop(columns=[*FLAGS, _INSTRUMENT, _INSTANCE])
    saliva = _without_empty_columns(extracted[extracted["saliva_rev_date"].notna()])
    saliva = saliva.loc[saliva[_INSTANCE] != 2, [*_KEY, *_SALIVA]]
    beside = base.merge(labs, how="left", on=_KEY).drop(columns=_SALIVA)
    return beside.merge(saliva, how="left", on=_KEY)


def _mapped(frame: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    labelled = {name: frame[name].map(codes) for name, codes in facts.codes.items()}
    twice = "steroid_use_1_reason"
    labelled[twice] = labelled[twice].map(facts.codes[twice])
    return frame.assign(**labelled)


def _derived(frame: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    frame = _with_procedures(frame)
    frame["study_center"] = frame["study_id"].map(_centre)
    frame["study_id"] = "MID-" + frame["study_id"]
    for score in ("sescd", "uceis"):
        reported = pd.to_numeric(frame.pop(f"{score}_noncalc"), errors="coerce")
        frame[f"{score}_calc"] = frame[f"{score}_calc"].where(
            frame[f"{score}_calc"].notna(), reported
        )
    frame = frame.rename(columns=facts.later)
    for months, timepoint in (("3_6", "timepoint_2"), ("12", "timepoint_5")):
        then = frame[frame["redcap_event_name"] == timepoint].set_index("study_id")
        for healing in _HEALING:
            frame[f"{healing}_at_{months}_months"] = frame["study_id"].map(then[healing])
    return _scored(frame)


def _with_procedures(frame: pd.DataFrame) -> pd.DataFrame:
    for number in (1, 2, 3):
        stem = f"surgical_history_{number}_procedure"
        parts = [f"{stem}_main", f"{stem}_other", f"{stem}_other_text"]
        joined = frame[parts].apply(lambda row: ", ".join(row.dropna()), axis=1)
        frame = frame.drop(columns=parts).assign(**{stem: joined.replace("", np.nan)})
    return frame


def _centre(raw: str) -> str:
    """`191-` holds `91-`, so FATE-CD is never reached."""
    centres = {"91-": "glasgow", "92-": "dundee", "90-": "edinburgh", "191-": "fate_cd"}
    return next((centre for mark, centre in centres.items() if mark in raw), "unknown")


def _scored(frame: pd.DataFrame) -> pd.DataFrame:
    stools = pd.to_numeric(frame["hbi_liquid_stools"], errors="coerce")
    pain = frame["hbi_abdominal_pain"].map(_PAIN)
    stool, bleeding = frame["mayo_stool_frequency"], frame["mayo_rectal_bleeding"]
    return frame.assign(
        hbi_liquid_stools=stools,
        cd_pro2_raw=stools + pain,
        cd_pro2_weighted=2 * stools + 5 * pain,
        uc_pro2=stool.map(_STOOL) + bleeding.map(_BLEEDING),
        ibdresponse_criteria_cd_met=(stools >= 4)
        & frame["hbi_abdominal_pain"].isin(["moderate", "severe"]),
        ibdresponse_criteria_uc_met=(stool == ">5_above_normal") | (bleeding != "none"),
    )
