-- The ledger, schema 1. Times are UTC in whole milliseconds; a later schema only adds (migrate.py).

-- Who measured what. A row never changes, so that a re-send of its rounds is byte-identical.
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    host TEXT NOT NULL, site TEXT NOT NULL, carrier TEXT NOT NULL, circuit TEXT NOT NULL,
    probe TEXT NOT NULL, kind TEXT NOT NULL, every_ms INTEGER NOT NULL, options TEXT NOT NULL,
    owner TEXT NOT NULL,
    covers TEXT NOT NULL, -- JSON list
    proves TEXT NOT NULL,
    UNIQUE (site, circuit, probe, host, carrier, kind, every_ms, options, owner, covers, proves)
);

-- Stretches in which wall and monotonic clock agree.
CREATE TABLE epoch (
    id INTEGER PRIMARY KEY,
    wall_ns INTEGER NOT NULL, mono_ns INTEGER NOT NULL, boot_id TEXT NOT NULL,
    synchronised INTEGER NOT NULL, why TEXT NOT NULL
);

-- Outcomes in commit order, and among them what was derived for the outputs (derived.py).
-- No other index: one on (series, at) would cost 50 times the disk writes.
CREATE TABLE log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    series INTEGER NOT NULL, at_ms INTEGER NOT NULL, epoch INTEGER NOT NULL,
    sent INTEGER, -- NULL: samples without a round
    received INTEGER, reason INTEGER, timing INTEGER,
    rtts BLOB,    -- a place a packet (log.py)
    detail TEXT,
    samples TEXT, -- JSON, NULL without
    derived TEXT  -- JSON, NULL in an outcome's row
);

-- The slots that each commit's rows span: lets a reader of a time skip the rest of the log.
CREATE TABLE log_block (
    first_seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL,
    min_ms INTEGER NOT NULL, max_ms INTEGER NOT NULL
);

-- The earliest slot of a site that may still gain a round.
CREATE TABLE watermark (site TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) WITHOUT ROWID;

-- Each consumer has taken every row up to its seq.
CREATE TABLE cursor (name TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;

-- Of a site's rows up to through_seq those before until_ms are in chunks.
CREATE TABLE compaction (
    site TEXT PRIMARY KEY, until_ms INTEGER NOT NULL, through_seq INTEGER NOT NULL
) WITHOUT ROWID;

-- An hour of a series (chunks.py).
CREATE TABLE chunk (
    hour INTEGER NOT NULL, -- since the Unix epoch
    series INTEGER NOT NULL,
    rounds INTEGER NOT NULL,
    data BLOB NOT NULL,
    samples BLOB,
    PRIMARY KEY (hour, series)
) WITHOUT ROWID;

-- What each hour's chunks add up to.
CREATE TABLE hour (hour INTEGER PRIMARY KEY, rounds INTEGER NOT NULL, bytes INTEGER NOT NULL);

-- Five-minute bins from one hour's rounds (bins.py); by series first, because pictures are read so.
CREATE TABLE bins (
    series INTEGER NOT NULL, hour INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (series, hour)
) WITHOUT ROWID;

-- What a consumer never got, because retention had to drop it first.
CREATE TABLE gap (
    id INTEGER PRIMARY KEY,
    consumer TEXT NOT NULL, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,
    rounds INTEGER NOT NULL, why TEXT NOT NULL, at_ms INTEGER NOT NULL
);

CREATE TABLE outage (
    site TEXT NOT NULL, circuit TEXT NOT NULL, start_ms INTEGER NOT NULL,
    carrier TEXT NOT NULL,
    end_ms INTEGER, -- NULL while it is open
    cause TEXT NOT NULL, common_cause INTEGER NOT NULL,
    PRIMARY KEY (site, circuit, start_ms)
) WITHOUT ROWID;

-- The stored status timeline: each status holds until the circuit's next row.
CREATE TABLE transition (
    site TEXT NOT NULL, circuit TEXT NOT NULL, at_ms INTEGER NOT NULL,
    status TEXT NOT NULL, cause TEXT NOT NULL,
    PRIMARY KEY (circuit, at_ms, site)
) WITHOUT ROWID;

-- What `status` and the page show at once.
CREATE TABLE circuit_now (
    circuit TEXT PRIMARY KEY, site TEXT NOT NULL, status TEXT NOT NULL, since_ms INTEGER NOT NULL,
    cause TEXT NOT NULL, provisional INTEGER NOT NULL, at_ms INTEGER NOT NULL
) WITHOUT ROWID;

-- The newest SLA figures of each circuit.
CREATE TABLE figures (
    circuit TEXT PRIMARY KEY, computed_ms INTEGER NOT NULL, json TEXT NOT NULL
) WITHOUT ROWID;

-- One row: the daemon lives.
CREATE TABLE heartbeat (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at_ms INTEGER NOT NULL, pid INTEGER NOT NULL, version TEXT NOT NULL, config TEXT NOT NULL,
    state TEXT NOT NULL -- JSON
);

-- Each configuration that was loaded.
CREATE TABLE config (digest TEXT PRIMARY KEY, text TEXT NOT NULL, at_ms INTEGER NOT NULL) WITHOUT ROWID;

-- What people know and probes can't: appended, never edited; a note may withdraw one.
CREATE TABLE note (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL, author TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
    withdraws INTEGER
);

-- What a deriving consumer needs, beside its cursor, to go on where it was (judge.py).
CREATE TABLE consumer_state (name TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;

-- Silent rounds for which no reference bore witness: unknown, however often they are sent again.
CREATE TABLE unwitnessed (seq INTEGER PRIMARY KEY);
