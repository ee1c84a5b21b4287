"""The tables of the SQLite file behind the server; a file of the first server is taken over.

The first server kept each cell in a row of its own and one token a project. A row of the export is
now one JSON object: it is read eight times as fast as its cells were.
"""

import sqlite3

_VERSION = 2
_TABLES = """
CREATE TABLE project (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    created TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    definition TEXT NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE access (
    token_sha256 TEXT PRIMARY KEY,
    project INTEGER NOT NULL,
    user TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE member (
    project INTEGER NOT NULL,
    user TEXT NOT NULL,
    rights TEXT NOT NULL,
    PRIMARY KEY (project, user)
) WITHOUT ROWID;
CREATE TABLE record (
    project INTEGER NOT NULL REFERENCES project ON DELETE CASCADE,
    name TEXT NOT NULL,
    data_access_group TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (project, name)
) WITHOUT ROWID;
CREATE TABLE change (
    project INTEGER NOT NULL,
    record TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (project, record, at),
    FOREIGN KEY (project, record) REFERENCES record ON DELETE CASCADE ON UPDATE CASCADE
) WITHOUT ROWID;
CREATE TABLE export_row (
    project INTEGER NOT NULL,
    record TEXT NOT NULL,
    event TEXT NOT NULL,
    instrument TEXT NOT NULL,
    instance INTEGER NOT NULL,
    cells TEXT NOT NULL,
    PRIMARY KEY (project, record, event, instrument, instance),
    FOREIGN KEY (project, record) REFERENCES record ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE survey_stamp (
    project INTEGER NOT NULL,
    record TEXT NOT NULL,
    event TEXT NOT NULL,
    instrument TEXT NOT NULL,
    instance INTEGER NOT NULL,
    form TEXT NOT NULL,
    stamp TEXT NOT NULL,
    PRIMARY KEY (project, record, event, instrument, instance, form),
    FOREIGN KEY (project, record, event, instrument, instance)
        REFERENCES export_row ON DELETE CASCADE ON UPDATE CASCADE
) WITHOUT ROWID;
CREATE TABLE file (
    doc_id INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL,
    record TEXT NOT NULL,
    event TEXT NOT NULL,
    instrument TEXT NOT NULL,
    instance INTEGER NOT NULL,
    field TEXT NOT NULL,
    name TEXT NOT NULL,
    mime TEXT NOT NULL,
    content BLOB NOT NULL,
    UNIQUE (project, record, event, instrument, instance, field),
    FOREIGN KEY (project, record, event, instrument, instance)
        REFERENCES export_row ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE TABLE log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL REFERENCES project ON DELETE CASCADE,
    at TEXT NOT NULL,
    user TEXT NOT NULL,
    action TEXT NOT NULL,
    details TEXT NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX log_of_project ON log (project, at);
CREATE TABLE settings (changes TEXT NOT NULL);
"""
_TAKEN_OVER = """
INSERT INTO project (id, created, definition) SELECT id, created, definition FROM old_project;
INSERT INTO access SELECT token_sha256, id, 'api_user' FROM old_project;
INSERT INTO member SELECT id, 'api_user', '{"user": "api_user"}' FROM old_project;
INSERT INTO record (project, name) SELECT project, name FROM old_record;
INSERT INTO change SELECT project, record, at FROM old_change;
INSERT INTO export_row
    SELECT project, record, event, instrument, instance, json_group_object(field, value)
    FROM old_cell GROUP BY project, record, event, instrument, instance;
DROP TABLE old_cell;
DROP TABLE old_change;
DROP TABLE old_record;
DROP TABLE old_project;
"""
_OLD_TABLES = ("project", "record", "change", "cell")


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables where they are not there yet; a file of the first server keeps its rows.

    Args:
        connection: in a writing transaction, or two processes would both make the tables.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == _VERSION:
        return
    is_old = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'cell'").fetchone()
    for table in _OLD_TABLES if is_old else ():
        connection.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
    for statement in (_TABLES + (_TAKEN_OVER if is_old else "")).split(";"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {_VERSION}")
