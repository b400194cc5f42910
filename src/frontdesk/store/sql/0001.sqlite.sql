-- The event log names things; what people wrote and who they are lies in payloads beside it, which
-- can be erased while the log stays whole.

CREATE TABLE IF NOT EXISTS conversations (
    id          TEXT PRIMARY KEY,
    desk        TEXT NOT NULL,
    digest      TEXT NOT NULL,
    token_hash  TEXT NOT NULL UNIQUE,
    created     TEXT NOT NULL,
    updated     TEXT NOT NULL,
    holder      TEXT NOT NULL DEFAULT 'desk',
    person      TEXT NOT NULL DEFAULT '',
    reason      TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX IF NOT EXISTS conversations_holder ON conversations (desk, holder, updated);
CREATE INDEX IF NOT EXISTS conversations_digest ON conversations (desk, digest);

CREATE TABLE IF NOT EXISTS events (
    conversation  TEXT NOT NULL REFERENCES conversations (id),
    seq           INTEGER NOT NULL,
    at            TEXT NOT NULL,
    kind          TEXT NOT NULL,
    body          TEXT NOT NULL,
    PRIMARY KEY (conversation, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS payloads (
    conversation  TEXT NOT NULL,
    seq           INTEGER NOT NULL,
    body          TEXT NOT NULL,
    PRIMARY KEY (conversation, seq),
    FOREIGN KEY (conversation, seq) REFERENCES events (conversation, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS triggers (
    number        INTEGER PRIMARY KEY,
    id            TEXT NOT NULL UNIQUE,
    conversation  TEXT NOT NULL REFERENCES conversations (id),
    kind          TEXT NOT NULL,
    body          TEXT NOT NULL,
    client_id     TEXT,
    created       TEXT NOT NULL,
    done          INTEGER NOT NULL DEFAULT 0,
    owner         TEXT,
    leased_until  REAL NOT NULL DEFAULT 0,
    UNIQUE (conversation, client_id)
) STRICT;

CREATE INDEX IF NOT EXISTS triggers_open ON triggers (done, number);

CREATE TABLE IF NOT EXISTS ledger (
    key           TEXT PRIMARY KEY,
    conversation  TEXT NOT NULL REFERENCES conversations (id),
    seq           INTEGER NOT NULL,
    tool          TEXT NOT NULL,
    status        TEXT NOT NULL,
    created       TEXT NOT NULL,
    finished      TEXT
) STRICT;
