-- scope --
-- Whose rows this transaction sees.
SELECT set_config('frontdesk.desk', :desk, TRUE), set_config('frontdesk.token', :token, TRUE)

-- announce --
-- Heard by every process when this transaction is committed.
SELECT pg_notify('frontdesk', :name)

-- seconds --
-- The clock for leases.
SELECT extract(epoch FROM clock_timestamp())

-- list_conversations --
-- A desk's conversations by who holds them, the longest waiting first.
SELECT id, desk, digest, created, holder, person, reason FROM conversations
WHERE desk = :desk AND holder IN (SELECT json_array_elements_text(CAST(:holders AS JSON)))
ORDER BY updated, id

-- lock_conversation --
-- How far it has come and the number of its lease; nobody else appends meanwhile.
SELECT seq, fence FROM conversations
WHERE desk = :desk AND id = :id AND :token IN ('', token_hash)
FOR NO KEY UPDATE

-- free_conversation --
-- The conversation with the oldest open trigger that nobody works on; a person's come first.
SELECT c.id FROM triggers t JOIN conversations c ON c.id = t.conversation
WHERE t.desk = :desk AND t.done = 0 AND c.leased_until <= :clock
  AND (CAST(:conversation AS TEXT) IS NULL OR c.id = :conversation)
ORDER BY t.kind = 'operator' DESC, t.number LIMIT 1
FOR NO KEY UPDATE OF c SKIP LOCKED
