"""Two real Dagster webservers over one code server: the full one and the read-only one."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from edge import free_port, running

# Everything here is called `omics`, so that a mutation made of that one word finds its target.
DEFINITIONS = """
import dagster as dg

@dg.multi_asset(specs=[dg.AssetSpec("omics")])
def make() -> None: ...

job = dg.define_asset_job("omics", [make])
schedule = dg.ScheduleDefinition(name="omics", cron_schedule="@yearly", job=job)
defs = dg.Definitions(assets=[make], schedules=[schedule])
"""


@contextlib.contextmanager
def two_webservers(home: Path) -> Iterator[tuple[int, int]]:
    """Serve from `home`; gives the ports of the operators' and of the viewers' webserver."""
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    (home / "definitions.py").write_text(DEFINITIONS)
    code, operators, viewers = free_port(), free_port(), free_port()
    place = f"{{host: localhost, port: {code}, location_name: omics}}"
    (home / "workspace.yaml").write_text(f"load_from: [{{grpc_server: {place}}}]\n")

    def dagster(port: int, program: str, *words: str) -> contextlib.AbstractContextManager[None]:
        command = str(Path(sys.executable).with_name(program)), *words, "--port", str(port)
        return running(*command, port=port, log=home / f"{port}.log", DAGSTER_HOME=str(home))

    webserver = "dagster-webserver", "--workspace", str(home / "workspace.yaml")
    with (
        dagster(code, "dagster", "api", "grpc", "--python-file", str(home / "definitions.py")),
        dagster(operators, *webserver),
        dagster(viewers, *webserver, "--read-only"),
    ):
        yield operators, viewers
