-- The event log names things; what people wrote and who they are lies in payloads beside it, which
-- can be erased while the log stays whole. A lease is of a conversation; its fence counts the leases.

CREATE TABLE conversations (
    id            TEXT PRIMARY KEY,
    desk          TEXT NOT NULL,
    digest        TEXT NOT NULL,
    token_hash    TEXT NOT NULL UNIQUE,
    created       TEXT NOT NULL,
    updated       TEXT NOT NULL,
    holder        TEXT NOT NULL DEFAULT 'desk',
    person        TEXT NOT NULL DEFAULT '',
    reason        TEXT NOT NULL DEFAULT '',
    seq           BIGINT NOT NULL DEFAULT 0,
    owner         TEXT NOT NULL DEFAULT '',
    leased_until  DOUBLE PRECISION NOT NULL DEFAULT 0,
    fence         BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE events (
    desk          TEXT NOT NULL,
    conversation  TEXT NOT NULL REFERENCES conversations (id),
    seq           BIGINT NOT NULL,
    at            TEXT NOT NULL,
    kind          TEXT NOT NULL,
    body          TEXT NOT NULL,
    PRIMARY KEY (conversation, seq)
);

CREATE TABLE payloads (
    desk          TEXT NOT NULL,
    conversation  TEXT NOT NULL,
    seq           BIGINT NOT NULL,
    body          TEXT NOT NULL,
    PRIMARY KEY (conversation, seq),
    FOREIGN KEY (conversation, seq) REFERENCES events (conversation, seq)
);

CREATE TABLE triggers (
    number        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id            TEXT NOT NULL UNIQUE,
    desk          TEXT NOT NULL,
    conversation  TEXT NOT NULL REFERENCES conversations (id),
    kind          TEXT NOT NULL,
    body          TEXT NOT NULL,
    client_id     TEXT,
    created       TEXT NOT NULL,
    done          BIGINT NOT NULL DEFAULT 0,
    UNIQUE (conversation, client_id)
);

CREATE TABLE ledger (
    key           TEXT PRIMARY KEY,
    desk          TEXT NOT NULL,
    conversation  TEXT NOT NULL REFERENCES conversations (id),
    seq           BIGINT NOT NULL,
    tool          TEXT NOT NULL,
    status        TEXT NOT NULL,
    created       TEXT NOT NULL,
    finished      TEXT
);

CREATE INDEX conversations_holder ON conversations (desk, holder, updated);
CREATE INDEX conversations_digest ON conversations (desk, digest);
CREATE INDEX conversations_owner ON conversations (owner) WHERE owner <> '';
CREATE INDEX triggers_open ON triggers (desk, number) WHERE done = 0;
CREATE INDEX triggers_waiting ON triggers (conversation, number) WHERE done = 0;
CREATE INDEX ledger_conversation ON ledger (conversation, seq);

-- The second wall: whatever a query forgets, a transaction sees the rows of one desk, and a
-- customer's only those of the conversation that their token opens.

CREATE FUNCTION frontdesk_desk() RETURNS TEXT LANGUAGE SQL STABLE
RETURN current_setting('frontdesk.desk', TRUE);
CREATE FUNCTION frontdesk_token() RETURNS TEXT LANGUAGE SQL STABLE
RETURN coalesce(current_setting('frontdesk.token', TRUE), '');

CREATE POLICY desk ON conversations
    USING (desk = frontdesk_desk() AND frontdesk_token() IN ('', token_hash));
CREATE POLICY desk ON events USING (
    desk = frontdesk_desk() AND (
        frontdesk_token() = ''
        OR EXISTS (SELECT 1 FROM conversations c WHERE c.id = events.conversation)
    )
);
CREATE POLICY desk ON payloads USING (
    desk = frontdesk_desk() AND (
        frontdesk_token() = ''
        OR EXISTS (SELECT 1 FROM conversations c WHERE c.id = payloads.conversation)
    )
);
CREATE POLICY desk ON triggers USING (
    desk = frontdesk_desk() AND (
        frontdesk_token() = ''
        OR EXISTS (SELECT 1 FROM conversations c WHERE c.id = triggers.conversation)
    )
);
CREATE POLICY desk ON ledger USING (
    desk = frontdesk_desk() AND (
        frontdesk_token() = ''
        OR EXISTS (SELECT 1 FROM conversations c WHERE c.id = ledger.conversation)
    )
);
ALTER TABLE conversations ENABLE ROW LEVEL SECURITY;
ALTER TABLE conversations FORCE ROW LEVEL SECURITY;
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
ALTER TABLE events FORCE ROW LEVEL SECURITY;
ALTER TABLE payloads ENABLE ROW LEVEL SECURITY;
ALTER TABLE payloads FORCE ROW LEVEL SECURITY;
ALTER TABLE triggers ENABLE ROW LEVEL SECURITY;
ALTER TABLE triggers FORCE ROW LEVEL SECURITY;
ALTER TABLE ledger ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger FORCE ROW LEVEL SECURITY;
