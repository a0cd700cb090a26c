-- Schema 3: what was said of a period, for good. Notes have had their table since schema 1.

-- The numbered statements of closed periods (revisions.py). An issued one never changes; of a scope and
-- period there is one draft at most.
CREATE TABLE revision (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    scope TEXT NOT NULL,     -- a circuit, or a name for several that are judged as one
    contract TEXT NOT NULL,
    label TEXT NOT NULL,     -- the period's: 2026-04
    from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL,
    number INTEGER NOT NULL,
    digest TEXT NOT NULL,    -- sha256 of what `now` doesn't change in the statement
    json TEXT NOT NULL,      -- the statement
    because TEXT NOT NULL,   -- JSON list of sentences: why there is another, or what revision 1 lacks
    basis TEXT NOT NULL,     -- JSON: what it was computed from, to say later what changed
    made_ms INTEGER NOT NULL, made_by TEXT NOT NULL,
    state TEXT NOT NULL,     -- issued, draft or dismissed
    decided_ms INTEGER, decided_by TEXT, reason TEXT, -- NULL while it is a draft
    told TEXT,               -- the state that the log has told (watched.py), NULL before it has
    UNIQUE (scope, contract, from_ms, to_ms, number)
);
CREATE INDEX revision_by_period ON revision (to_ms, scope);
-- What was settled last, and what is new, without reading the statements themselves (watched.py).
CREATE INDEX revision_by_state ON revision (state, scope, contract, to_ms, from_ms, label);
CREATE INDEX revision_untold ON revision (id) WHERE told IS NOT state;

-- What the watch over contracts has told in the log, so that it tells it once (watched.py).
CREATE TABLE said (what TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) WITHOUT ROWID;

-- The open claims as the newest sweep found them, for `status`.
CREATE TABLE claim_now (
    scope TEXT NOT NULL, contract TEXT NOT NULL, period TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (scope, contract, period)
) WITHOUT ROWID;
