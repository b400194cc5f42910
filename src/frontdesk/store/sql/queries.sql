-- create_conversation --
-- A new conversation; its first event follows in the same transaction.
INSERT INTO conversations (id, desk, digest, token_hash, created, updated)
VALUES (:id, :desk, :digest, :token_hash, :now, :now)

-- find_conversation --
-- The conversation that a token opens.
SELECT id FROM conversations WHERE token_hash = :token_hash

-- list_conversations --
-- A desk's conversations by who holds them, the longest waiting first.
SELECT id, desk, digest, created, holder, person, reason FROM conversations
WHERE desk = :desk AND holder IN (SELECT value FROM json_each(:holders))
ORDER BY updated, id

-- get_conversation --
-- One conversation of a desk.
SELECT id, desk, digest, created, holder, person, reason FROM conversations
WHERE desk = :desk AND id = :id

-- find_delivery --
-- An earlier delivery of the same client message.
SELECT id, conversation, kind, body, client_id, created FROM triggers
WHERE conversation = :conversation AND client_id = :client_id

-- accept_trigger --
-- A trigger is accepted when this is committed.
INSERT INTO triggers (id, conversation, kind, body, client_id, created)
VALUES (:id, :conversation, :kind, :body, :client_id, :now)

-- claim_trigger --
-- The oldest open trigger of a conversation that nobody works on; what a person does comes before
-- what customers say, so that the desk is silent from the moment of a claim.
UPDATE triggers SET owner = :owner, leased_until = :until
WHERE number = (
    SELECT t.number FROM triggers t JOIN conversations c ON c.id = t.conversation
    WHERE t.done = 0 AND t.leased_until < :clock AND c.desk = :desk
      AND (:conversation IS NULL OR t.conversation = :conversation)
      AND NOT EXISTS (
          SELECT 1 FROM triggers o
          WHERE o.conversation = t.conversation AND o.done = 0 AND (
              o.leased_until >= :clock
              OR (o.kind = 'operator', -o.number) > (t.kind = 'operator', -t.number)
          )
      )
    ORDER BY t.kind = 'operator' DESC, t.number LIMIT 1
)
RETURNING id, conversation, kind, body, client_id, created

-- renew_leases --
-- Keeps an owner's triggers for longer.
UPDATE triggers SET leased_until = :until WHERE owner = :owner AND done = 0

-- let_go --
-- Nobody renews the lease any more.
UPDATE triggers SET owner = NULL WHERE id = :id

-- finish_trigger --
-- The trigger is handled; what it said lies in the payloads from now on.
UPDATE triggers SET done = 1, owner = NULL, body = '{}' WHERE id = :id

-- count_waiting --
-- Accepted and not handled yet.
SELECT count(*) FROM triggers WHERE conversation = :conversation AND done = 0

-- last_event --
-- How far a conversation has come.
SELECT coalesce(max(seq), 0) FROM events WHERE conversation = :conversation

-- append_event --
-- One event; the key refuses a second one at the same place.
INSERT INTO events (conversation, seq, at, kind, body)
VALUES (:conversation, :seq, :now, :kind, :body)

-- append_payload --
-- The personal part of an event.
INSERT INTO payloads (conversation, seq, body) VALUES (:conversation, :seq, :body)

-- conversations_on --
-- A desk's conversations that are on one version of it.
SELECT id FROM conversations WHERE desk = :desk AND digest = :digest

-- move_conversation --
-- The conversation goes on with another version of the desk.
UPDATE conversations SET digest = :digest WHERE id = :id

-- touch_conversation --
-- Who holds the conversation, for lists.
UPDATE conversations SET updated = :now, holder = :holder, person = :person, reason = :reason
WHERE id = :id

-- history --
-- Events with their payloads; an erased payload reads as empty.
SELECT e.seq, e.at, e.kind, e.body, coalesce(p.body, '{}')
FROM events e LEFT JOIN payloads p ON p.conversation = e.conversation AND p.seq = e.seq
WHERE e.conversation = :conversation AND e.seq > :after
ORDER BY e.seq

-- ledger_intend --
-- The intent of a write; the key refuses a second one.
INSERT INTO ledger (key, conversation, seq, tool, status, created)
VALUES (:key, :conversation, :seq, :tool, 'intended', :now)

-- ledger_finish --
-- The outcome of a write.
UPDATE ledger SET status = :status, finished = :now WHERE key = :key

-- ledger_of --
-- The writes of a conversation.
SELECT key, conversation, tool, status, created, finished FROM ledger
WHERE conversation = :conversation ORDER BY seq
