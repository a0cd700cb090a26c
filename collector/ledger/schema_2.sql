-- Schema 2: what devices say of themselves, of which time a gap is, and what people are told.

-- SNMP traps: beside the measurements, never instead of them.
CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    site TEXT NOT NULL,
    circuit TEXT NOT NULL, -- '' where none of ours is meant
    probe TEXT NOT NULL,
    kind TEXT NOT NULL,    -- link_down, link_up
    source TEXT NOT NULL,  -- who said so: an address
    body TEXT NOT NULL     -- JSON
);
CREATE INDEX event_by_circuit ON event (circuit, at_ms);

-- The time that a gap in the evidence spans, so that a statement can say why it is unknown.
ALTER TABLE gap ADD COLUMN from_ms INTEGER; -- NULL: a gap of rows, not of time
ALTER TABLE gap ADD COLUMN to_ms INTEGER;

-- What people and alerting systems are told (notices.py).
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
