-- The event log names things; what people wrote and who they are lies in payloads beside it, which
-- can be erased while the log stays whole. A lease is of a conversation; its fence counts the leases.

CREATE TABLE conversations_2 (
    id            TEXT PRIMARY KEY,
    desk          TEXT NOT NULL,
    digest        TEXT NOT NULL,
    token_hash    TEXT NOT NULL UNIQUE,
    created       TEXT NOT NULL,
    updated       TEXT NOT NULL,
    holder        TEXT NOT NULL DEFAULT 'desk',
    person        TEXT NOT NULL DEFAULT '',
    reason        TEXT NOT NULL DEFAULT '',
    seq           INTEGER NOT NULL DEFAULT 0,
    owner         TEXT NOT NULL DEFAULT '',
    leased_until  REAL NOT NULL DEFAULT 0,
    fence         INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE events_2 (
    desk          TEXT NOT NULL,
    conversation  TEXT NOT NULL REFERENCES conversations_2 (id),
    seq           INTEGER NOT NULL,
    at            TEXT NOT NULL,
    kind          TEXT NOT NULL,
    body          TEXT NOT NULL,
    PRIMARY KEY (conversation, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE payloads_2 (
    desk          TEXT NOT NULL,
    conversation  TEXT NOT NULL,
    seq           INTEGER NOT NULL,
    body          TEXT NOT NULL,
    PRIMARY KEY (conversation, seq),
    FOREIGN KEY (conversation, seq) REFERENCES events_2 (conversation, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE triggers_2 (
    number        INTEGER PRIMARY KEY,
    id            TEXT NOT NULL UNIQUE,
    desk          TEXT NOT NULL,
    conversation  TEXT NOT NULL REFERENCES conversations_2 (id),
    kind          TEXT NOT NULL,
    body          TEXT NOT NULL,
    client_id     TEXT,
    created       TEXT NOT NULL,
    done          INTEGER NOT NULL DEFAULT 0,
    UNIQUE (conversation, client_id)
) STRICT;

CREATE TABLE ledger_2 (
    key           TEXT PRIMARY KEY,
    desk          TEXT NOT NULL,
    conversation  TEXT NOT NULL REFERENCES conversations_2 (id),
    seq           INTEGER NOT NULL,
    tool          TEXT NOT NULL,
    status        TEXT NOT NULL,
    created       TEXT NOT NULL,
    finished      TEXT
) STRICT;

INSERT INTO conversations_2 (id, desk, digest, token_hash, created, updated, holder, person, reason, seq)
SELECT id, desk, digest, token_hash, created, updated, holder, person, reason,
    (SELECT coalesce(max(seq), 0) FROM events e WHERE e.conversation = c.id)
FROM conversations c;

INSERT INTO events_2 (desk, conversation, seq, at, kind, body)
SELECT c.desk, e.conversation, e.seq, e.at, e.kind, e.body
FROM events e JOIN conversations c ON c.id = e.conversation;

INSERT INTO payloads_2 (desk, conversation, seq, body)
SELECT c.desk, p.conversation, p.seq, p.body
FROM payloads p JOIN conversations c ON c.id = p.conversation;

INSERT INTO triggers_2 (number, id, desk, conversation, kind, body, client_id, created, done)
SELECT t.number, t.id, c.desk, t.conversation, t.kind, t.body, t.client_id, t.created, t.done
FROM triggers t JOIN conversations c ON c.id = t.conversation;

INSERT INTO ledger_2 (key, desk, conversation, seq, tool, status, created, finished)
SELECT l.key, c.desk, l.conversation, l.seq, l.tool, l.status, l.created, l.finished
FROM ledger l JOIN conversations c ON c.id = l.conversation;

DROP TABLE ledger;
DROP TABLE triggers;
DROP TABLE payloads;
DROP TABLE events;
DROP TABLE conversations;
ALTER TABLE conversations_2 RENAME TO conversations;
ALTER TABLE events_2 RENAME TO events;
ALTER TABLE payloads_2 RENAME TO payloads;
ALTER TABLE triggers_2 RENAME TO triggers;
ALTER TABLE ledger_2 RENAME TO ledger;

CREATE INDEX conversations_holder ON conversations (desk, holder, updated);
CREATE INDEX conversations_digest ON conversations (desk, digest);
CREATE INDEX conversations_owner ON conversations (owner) WHERE owner <> '';
CREATE INDEX triggers_open ON triggers (desk, number) WHERE done = 0;
CREATE INDEX triggers_waiting ON triggers (conversation, number) WHERE done = 0;
CREATE INDEX ledger_conversation ON ledger (conversation, seq);
