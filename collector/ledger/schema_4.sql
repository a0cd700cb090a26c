-- Schema 4: what the nightly analysis found (analysed.py). Bins and samples can tell it again while
-- they are kept; what was found stays longer than they do.

-- What a day of a metric was like; the day is one of the site's calendar.
CREATE TABLE daily (
    circuit TEXT NOT NULL, metric TEXT NOT NULL,
    day INTEGER NOT NULL,  -- since 1970-01-01
    known INTEGER NOT NULL, steps INTEGER NOT NULL, -- five-minute values: there, and in the day
    median REAL NOT NULL, mean REAL NOT NULL, p95 REAL NOT NULL, highest REAL NOT NULL,
    PRIMARY KEY (circuit, metric, day)
) WITHOUT ROWID;

-- What isn't as it was: shifts and excursions.
CREATE TABLE finding (
    circuit TEXT NOT NULL, metric TEXT NOT NULL, kind TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    until_ms INTEGER, -- NULL while it lasts
    before REAL NOT NULL, after REAL NOT NULL, score REAL NOT NULL,
    known_ms INTEGER NOT NULL,
    PRIMARY KEY (circuit, metric, kind, at_ms)
) WITHOUT ROWID;
