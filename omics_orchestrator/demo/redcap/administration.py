"""The tables for what a project's administrators keep beside its definition and its records."""

import sqlite3

_TABLES = """
CREATE TABLE IF NOT EXISTS person (
    project INTEGER NOT NULL REFERENCES project ON DELETE CASCADE,
    user TEXT NOT NULL,
    role TEXT NOT NULL DEFAULT '',
    details TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (project, user)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS role (
    project INTEGER NOT NULL REFERENCES project ON DELETE CASCADE,
    unique_name TEXT NOT NULL,
    label TEXT NOT NULL,
    privileges TEXT NOT NULL,
    attributes TEXT NOT NULL,
    PRIMARY KEY (project, unique_name)
);
CREATE TABLE IF NOT EXISTS empty_arm (
    project INTEGER NOT NULL REFERENCES project ON DELETE CASCADE,
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (project, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS report (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL REFERENCES project ON DELETE CASCADE,
    attributes TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS folder (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL REFERENCES project ON DELETE CASCADE,
    parent INTEGER NOT NULL,
    name TEXT NOT NULL,
    dag TEXT NOT NULL,
    UNIQUE (project, parent, name)
);
CREATE TABLE IF NOT EXISTS repository_file (
    doc_id INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL REFERENCES project ON DELETE CASCADE,
    folder INTEGER NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    content BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS invitation (
    project INTEGER NOT NULL REFERENCES project ON DELETE CASCADE,
    form TEXT NOT NULL,
    event TEXT NOT NULL,
    email TEXT NOT NULL,
    identifier TEXT NOT NULL,
    record TEXT NOT NULL,
    send_time TEXT NOT NULL,
    is_sent INTEGER NOT NULL
);
"""


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables where they are not there yet, in the connection's own transaction."""
    for statement in _TABLES.split(";"):
        connection.execute(statement)
