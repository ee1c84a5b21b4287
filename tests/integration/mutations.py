"""Every mutation that Dagster's webserver offers, written out from its own schema."""

from typing import Any

TYPE = "{ kind name ofType { kind name ofType { kind name ofType { kind name } } } }"
SCHEMA = f"""{{ __schema {{
  mutationType {{ fields {{ name type {TYPE} args {{ name type {TYPE} }} }} }}
  types {{ name kind inputFields {{ name type {TYPE} }} enumValues {{ name }} }} }} }}"""


def every_mutation(schema: dict[str, Any]) -> dict[str, str]:
    """Write each mutation of an introspected schema, by its name, so that it answers as `done`."""
    types = {kind["name"]: kind for kind in schema["types"]}
    written = {}
    for field in schema["mutationType"]["fields"]:
        values = f"({_some_values(field['args'], types)})" if field["args"] else ""
        wanted = "" if field["type"]["ofType"]["kind"] == "SCALAR" else "{ __typename }"
        written[field["name"]] = f"mutation {{ done: {field['name']}{values} {wanted} }}"
    return written


def _some_values(fields: list[dict[str, Any]], types: dict[str, Any]) -> str:
    """Give what must be given, and the job's name, without which a launch is no launch."""
    needed = [
        field
        for field in fields
        if field["type"]["kind"] == "NON_NULL" or field["name"] == "jobName"
    ]
    return ", ".join(
        f"{field['name']}: {_a_value(field['name'], field['type'], types)}"
        for field in needed or fields[-1:]
    )


def _a_value(name: str, kind: dict[str, Any], types: dict[str, Any]) -> str:
    match kind["kind"]:
        case "NON_NULL":
            return _a_value(name, kind["ofType"], types)
        case "LIST":
            return f"[{_a_value(name, kind['ofType'], types)}]"
        case "ENUM":
            return str(types[kind["name"]]["enumValues"][0]["name"])
        case "INPUT_OBJECT":
            return f"{{{_some_values(types[kind['name']]['inputFields'], types)}}}"
    plain = {"Int": "1", "Float": "1", "Boolean": "true", "RunConfigData": "{}"}
    return plain.get(kind["name"], '"__repository__"' if name == "repositoryName" else '"omics"')
