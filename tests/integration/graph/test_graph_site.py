"""The dictionary's site as an asset: built after the tables, and only when something changed."""

from pathlib import Path

from running_platform import FirstLight, Platform
from typer.testing import CliRunner

from omics_orchestrator import cli

SITE = "published.dictionary"


def test_the_first_run_builds_the_site_of_what_it_loaded(first_light: FirstLight) -> None:
    platform, run = first_light
    folder = Path(platform.environment["OMICS_SITE"])
    assert run.check("links_hold", SITE).passed
    assert run.told(SITE, "change") == "built anew"
    assert run.told(SITE, "folder") == str(folder)
    assert int(run.told(SITE, "pages")) == len(list(folder.rglob("*.html"))) > 400
    ((sexes,),) = platform.ask("select count(*) from core.gidamps__participant")
    assert f"of {sexes} rows have a value" in (folder / "variables/sex.html").read_text()


def test_it_is_built_anew_when_something_changed_and_only_then(
    first_light: FirstLight, platform: Platform, tmp_path: Path
) -> None:
    run = platform.run("published/dictionary")
    assert run.told(SITE, "change") == "nothing changed since it was built"
    assert run.made[SITE] == first_light.run.made[SITE]
    platform.rewrite("label: GI-DAMPs", "label: The renamed study")
    again = platform.run("published/dictionary")
    assert again.told(SITE, "change") == "built anew"
    folder = Path(platform.environment["OMICS_SITE"])
    assert "The renamed study" in (folder / "index.html").read_text()

    with platform.settings():
        words = ["dictionary", "site", "--to", str(tmp_path / "mine")]
        told, twice = (CliRunner().invoke(cli.commands(words), words).stdout for _ in range(2))
    assert f"Open {tmp_path / 'mine/index.html'}" in told
    assert "it is not kept in git" in told
    assert "Nothing has changed since it was built" in twice
    for page in ("index.html", "variables/sex.html"):
        assert (tmp_path / "mine" / page).read_bytes() == (folder / page).read_bytes()
