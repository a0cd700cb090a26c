-- Schema 4: what people and alerting systems are told (notices.py), and how far each has been told it.

CREATE TABLE notice (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    body TEXT NOT NULL -- JSON
);

-- Each output has been told every notice up to this one, last at told_ms.
CREATE TABLE told (
    output TEXT PRIMARY KEY, notice INTEGER NOT NULL,
    told_ms INTEGER -- NULL: nothing yet
) WITHOUT ROWID;
