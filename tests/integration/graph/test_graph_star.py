"""The star on the running platform: made with the tables, and of their very rows."""

from running_platform import FirstLight
from tables import STAR


def test_the_first_run_makes_the_whole_star_and_every_key_leads_somewhere(
    first_light: FirstLight,
) -> None:
    run = first_light.run
    assert {table for table in run.made if table.startswith("star.")} == STAR
    checks = [
        each.passed
        for each in run.result.get_asset_check_evaluations()
        if each.asset_key.path[0] == "star"
    ]
    assert checks == [True] * len(STAR)


def test_a_fact_has_the_rows_of_the_tables_it_comes_from_key_for_key(
    first_light: FirstLight,
) -> None:
    differences = """
        select count(*) from (
            (select row_key, value, comparator from star.fact_measurement
             where variable_key = 'crp' and study_key = 'gidamps'
             except all
             select concat_ws('/', study_id, sampling_instance), crp, crp_comparator
             from core.gidamps__laboratory where _valid_to is null and crp is not null)
            union all
            (select concat_ws('/', study_id, sampling_instance), crp, crp_comparator
             from core.gidamps__laboratory where _valid_to is null and crp is not null
             except all
             select row_key, value, comparator from star.fact_measurement
             where variable_key = 'crp' and study_key = 'gidamps')
        ) as differing
    """
    counts = """
        select (select count(*) from star.fact_sample)
             = (select count(*) from core.gidamps__sample where _valid_to is null),
               (select count(*) from star.fact_exposure)
             = (select count(*) from exposure.gidamps__drug_episode),
               (select count(*) from star.fact_drug_status)
             = (select count(*) from exposure.gidamps__status),
               (select round(sum(share)) from star.fact_file)
             = (select count(*) from omics.file where _valid_to is null),
               (select count(*) from star.fact_measurement where variable_key = 'crp') > 0
    """
    assert first_light.platform.ask(differences) == [(0,)]
    assert first_light.platform.ask(counts) == [(True,) * 5]
