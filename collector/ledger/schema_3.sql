-- Schema 3: the time that a gap in the evidence spans, so that a statement can say why it is unknown.

ALTER TABLE gap ADD COLUMN from_ms INTEGER; -- NULL: a gap of rows, not of time
ALTER TABLE gap ADD COLUMN to_ms INTEGER;
