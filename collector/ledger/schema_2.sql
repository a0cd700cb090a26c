-- Schema 2: what devices said of themselves (SNMP traps). Beside the measurements, never instead of them.

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
