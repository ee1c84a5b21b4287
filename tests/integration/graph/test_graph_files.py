"""The register of files on a running platform: what is replaced, personal, lost or rotten is told."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import dagster as dg
from running_platform import INBOX, Platform, Run

REGISTER, VERIFIED, PICTURES = "omics/file", "omics/verified_file", "omics/file_picture"
TABLE, BATCH, COLLECTION = "omics.file_picture", ["omics", "batch"], "gidamps"
SAMPLES = Path(__file__).parents[2] / "samples"
FIGURE, OTHER_FIGURE = SAMPLES / "image/figure.png", SAMPLES / "image/figure.bmp"
VARIANTS = (
    b"##fileformat=VCFv4.2\n##contig=<ID=1>\n"
    b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\t1\t.\tA\tC\t.\t.\t.\n"
)


def kept(platform: Platform) -> list[Path]:
    """Where our own copies lie."""
    rows = platform.ask(
        "select location from omics.file where status = 'whole' and _valid_to is null"
        " and location like %s order by location",
        f"%{(platform.home / 'store/omics').as_posix()}%",
    )
    return [Path(unquote(urlsplit(location).path)) for (location,) in rows]


def test_a_content_under_an_old_name_is_a_version_and_an_alert(platform: Platform) -> None:
    platform.put(INBOX / "genotypes/extra.vcf", VARIANTS)
    assert platform.run(REGISTER).check("no_file_was_replaced", "omics.file").passed
    platform.put(INBOX / "genotypes/extra.vcf", VARIANTS.replace(b"A\tC", b"A\tG"))
    run = platform.run(REGISTER)
    check = run.check("no_file_was_replaced", "omics.file")
    assert not check.passed
    assert "genotypes/extra.vcf" in str(check.metadata["paths"].value)
    assert platform.changes(run) == {"omics.file": (0, 1, 0)}
    versions = platform.ask(
        "select version, _valid_to is null from omics.file where path = 'genotypes/extra.vcf'"
        " order by version"
    )
    assert versions == [(1, False), (2, True)]
    assert platform.run(REGISTER).check("no_file_was_replaced", "omics.file").passed


def test_a_file_that_names_a_person_is_told_without_its_name(platform: Platform) -> None:
    platform.put(INBOX / "genotypes/Doe_Jane_19610203.vcf", VARIANTS)
    run = platform.run(REGISTER)
    check = run.check("no_file_names_a_person", "omics.file")
    assert not check.passed
    assert "the file's name" in str(check.metadata["places"].value)
    assert "Doe" not in str({name: said.value for name, said in check.metadata.items()})


def partitions(platform: Platform) -> set[str]:
    return set(platform.instance.get_dynamic_partitions("omics_batch"))


def told(run: Run) -> dict[str | None, dg.AssetMaterialization]:
    """Batch → what is told of it in a run."""
    found = [
        event.step_materialization_data.materialization
        for event in run.result.get_asset_materialization_events()
    ]
    return {each.partition: each for each in found if each.asset_key == dg.AssetKey(BATCH)}


def test_a_batch_is_a_partition_and_is_told_when_it_changes(platform: Platform) -> None:
    first = told(platform.run(PICTURES))
    before = partitions(platform)
    assert f"{COLLECTION}/genotypes" in before == first.keys()
    assert told(platform.run(PICTURES)) == {}
    (platform.home / INBOX / "run_0007").mkdir()
    platform.put(INBOX / "run_0007/extra.png", FIGURE.read_bytes())
    platform.run(REGISTER)
    run = platform.run(PICTURES)
    assert partitions(platform) - before == {f"{COLLECTION}/run_0007"}
    ((name, batch),) = told(run).items()
    assert name == f"{COLLECTION}/run_0007"
    assert batch.metadata["whole_and_nobodys"].value == 1
    assert "| image | whole | 1 |" in str(batch.metadata["by_format"].value)
    assert "/picture)" in str(batch.metadata["pictures"].value)
    assert str(batch.metadata["its_files"].value).endswith("batch=gidamps%2Frun_0007")
    platform.put(INBOX / "run_0007/extra.png", OTHER_FIGURE.read_bytes())
    platform.run(REGISTER)
    assert set(told(platform.run(PICTURES))) == {f"{COLLECTION}/run_0007"}


def test_pictures_are_drawn_some_a_run_and_none_is_forgotten(platform: Platform) -> None:
    (platform.home / INBOX / "run_0007").mkdir()
    for number, sample in enumerate((FIGURE, OTHER_FIGURE)):
        platform.put(INBOX / f"run_0007/extra_{number}.png", sample.read_bytes())
    platform.run(REGISTER)
    runs = [platform.run(PICTURES, omics__file_picture={"files": 1}) for _ in range(3)]
    assert [run.told(TABLE, "looked_at") for run in runs] == ["1", "1", "0"]
    assert runs[0].told(TABLE, "left_for_the_next_runs") == "1"
    drawn = platform.ask(
        "select key from omics.file_picture join omics.file using (sha256)"
        " where path like 'run_0007/%%' and omics.file._valid_to is null"
    )
    assert len(drawn) == 2
    assert all((platform.home / "store" / key).is_file() for (key,) in drawn)


def test_every_file_may_be_published_or_says_why_not(platform: Platform) -> None:
    check = platform.run(PICTURES).check("every_file_may_be_published_or_says_why_not", TABLE)
    assert check.passed
    assert int(str(check.metadata["may_be_published"].value)) > 0
    (linked,) = platform.ask(
        "select count(*) from omics.publishable_file where not exists (select from"
        " omics.file_sample as link where _valid_to is null"
        " and (link.collection, link.path) = (publishable_file.collection, publishable_file.path))"
    )
    assert linked == (0,)


def test_a_cleared_inbox_loses_no_copied_file(platform: Platform) -> None:
    platform.put(INBOX / "genotypes/extra.vcf", VARIANTS)
    platform.run(REGISTER)
    (platform.home / INBOX / "genotypes/extra.vcf").unlink()
    run = platform.run(REGISTER)
    assert run.told("omics.file", "no_longer_in_an_inbox") == "1"
    rows = platform.ask(
        "select status, is_present from omics.file"
        " where path = 'genotypes/extra.vcf' and _valid_to is null"
    )
    assert rows == [("whole", False)]


def test_rot_and_loss_are_found_and_a_mend_is_seen(platform: Platform) -> None:
    for base in b"GT":
        arrives = VARIANTS.replace(b"A\tC", b"A\t%c" % base)
        platform.put(INBOX / f"genotypes/extra_{base}.vcf", arrives)
    platform.run(REGISTER)
    assert platform.run(VERIFIED).check("kept_files_are_as_they_were", "omics.verified_file").passed
    rotten, lost, *_ = kept(platform)
    before = {path: path.read_bytes() for path in (rotten, lost)}
    rotten.write_bytes(before[rotten][:-1] + bytes([before[rotten][-1] ^ 1]))
    lost.unlink()
    at_once = {"omics__verified_file": {"hours": 0.0}}
    run = platform.run(VERIFIED, **at_once)
    check = run.check("kept_files_are_as_they_were", "omics.verified_file")
    told = str(check.metadata["files"].value)
    assert not check.passed
    assert rotten.name in told
    assert "changed" in told
    assert "vanished" in told
    for path, content in before.items():
        path.write_bytes(content)
    healed = platform.run(VERIFIED, **at_once)
    assert healed.check("kept_files_are_as_they_were", "omics.verified_file").passed


def test_a_budget_spreads_the_reading_over_looks(platform: Platform) -> None:
    config = {"omics__verified_file": {"gigabytes": 1e-9, "hours": 0.0}}
    runs = [platform.run(VERIFIED, **config) for _ in range(2)]
    assert [run.told("omics.verified_file", "read_again") for run in runs] == ["1", "1"]
    assert int(runs[0].told("omics.verified_file", "left_for_the_next_looks")) > 0
    read = platform.ask(
        "select count(distinct location) from omics.verified_file join ops.load on _load_id = load_id"
        " where run_id = any(%s)",
        [run.id for run in runs],
    )
    assert read == [(2,)]
