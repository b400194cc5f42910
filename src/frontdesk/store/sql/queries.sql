-- create_conversation --
-- A new conversation; its first event follows in the same transaction.
INSERT INTO conversations (id, desk, digest, token_hash, created, updated)
VALUES (:id, :desk, :digest, :token_hash, :now, :now)

-- find_conversation --
-- The conversation that a token opens.
SELECT id FROM conversations WHERE desk = :desk AND token_hash = :token_hash

-- get_conversation --
-- One conversation of a desk.
SELECT id, desk, digest, created, holder, person, reason FROM conversations
WHERE desk = :desk AND id = :id AND :token IN ('', token_hash)

-- accept_trigger --
-- A trigger is accepted when this is committed; a second delivery changes nothing.
INSERT INTO triggers (id, desk, conversation, kind, body, client_id, created)
VALUES (:id, :desk, :conversation, :kind, :body, :client_id, :now)
ON CONFLICT (conversation, client_id) DO NOTHING

-- find_delivery --
-- An earlier delivery of the same client message.
SELECT id, conversation, kind, body, client_id, created FROM triggers
WHERE desk = :desk AND conversation = :conversation AND client_id = :client_id

-- claimable --
-- Whether a trigger could be claimed now.
SELECT 1 FROM triggers t JOIN conversations c ON c.id = t.conversation
WHERE t.desk = :desk AND t.done = 0 AND c.leased_until <= :clock LIMIT 1

-- lease_conversation --
-- Each lease has a higher number than the one before; what an older one writes is refused.
UPDATE conversations SET owner = :owner, leased_until = :until, fence = fence + 1
WHERE desk = :desk AND id = :id
RETURNING fence

-- next_trigger --
-- What a person does comes before what customers say, so that the desk is silent from the moment
-- of a claim.
SELECT id, conversation, kind, body, client_id, created FROM triggers
WHERE desk = :desk AND conversation = :conversation AND done = 0
ORDER BY kind = 'operator' DESC, number LIMIT 1

-- renew_leases --
-- Keeps an owner's conversations for longer.
UPDATE conversations SET leased_until = :until WHERE desk = :desk AND owner = :owner

-- let_go --
-- Nobody renews the lease any more.
UPDATE conversations SET owner = '' WHERE desk = :desk AND id = :id AND fence = :fence

-- release --
-- The conversation may be leased again at once.
UPDATE conversations SET owner = '', leased_until = 0 WHERE desk = :desk AND id = :id

-- finish_trigger --
-- The trigger is handled; what it said lies in the payloads from now on.
UPDATE triggers SET done = 1, body = '{}' WHERE desk = :desk AND id = :id

-- count_waiting --
-- Accepted and not handled yet.
SELECT count(*) FROM triggers t
WHERE t.desk = :desk AND t.conversation = :conversation AND t.done = 0
  AND EXISTS (
      SELECT 1 FROM conversations c
      WHERE c.id = t.conversation AND :token IN ('', c.token_hash)
  )

-- last_event --
-- How far a conversation has come.
SELECT seq FROM conversations WHERE desk = :desk AND id = :id AND :token IN ('', token_hash)

-- advance_conversation --
-- How far it has come now.
UPDATE conversations SET seq = :seq WHERE desk = :desk AND id = :id

-- append_event --
-- One event; the key refuses a second one at the same place.
INSERT INTO events (desk, conversation, seq, at, kind, body)
VALUES (:desk, :conversation, :seq, :now, :kind, :body)

-- append_payload --
-- The personal part of an event.
INSERT INTO payloads (desk, conversation, seq, body) VALUES (:desk, :conversation, :seq, :body)

-- conversations_on --
-- A desk's conversations that are on one version of it.
SELECT id FROM conversations WHERE desk = :desk AND digest = :digest

-- move_conversation --
-- The conversation goes on with another version of the desk.
UPDATE conversations SET digest = :digest WHERE desk = :desk AND id = :id

-- touch_conversation --
-- Who holds the conversation, for lists.
UPDATE conversations SET updated = :now, holder = :holder, person = :person, reason = :reason
WHERE desk = :desk AND id = :id

-- history --
-- Events with their payloads; an erased payload reads as empty.
SELECT e.seq, e.at, e.kind, e.body, coalesce(p.body, '{}')
FROM conversations c
JOIN events e ON e.conversation = c.id
LEFT JOIN payloads p ON p.conversation = e.conversation AND p.seq = e.seq
WHERE c.desk = :desk AND c.id = :conversation AND :token IN ('', c.token_hash)
  AND e.seq > :after
ORDER BY e.seq

-- ledger_intend --
-- The intent of a write; the key refuses a second one.
INSERT INTO ledger (key, desk, conversation, seq, tool, status, created)
VALUES (:key, :desk, :conversation, :seq, :tool, 'intended', :now)

-- ledger_finish --
-- The outcome of a write.
UPDATE ledger SET status = :status, finished = :now WHERE desk = :desk AND key = :key

-- ledger_of --
-- The writes of a conversation.
SELECT key, conversation, tool, status, created, finished FROM ledger
WHERE desk = :desk AND conversation = :conversation ORDER BY seq
