-- seconds --
-- The clock for leases.
SELECT (julianday('now') - 2440587.5) * 86400.0

-- list_conversations --
-- A desk's conversations by who holds them, the longest waiting first.
SELECT id, desk, digest, created, holder, person, reason FROM conversations
WHERE desk = :desk AND holder IN (SELECT value FROM json_each(:holders))
ORDER BY updated, id

-- lock_conversation --
-- How far it has come and the number of its lease; a transaction has the whole file to itself.
SELECT seq, fence FROM conversations
WHERE desk = :desk AND id = :id AND :token IN ('', token_hash)

-- free_conversation --
-- The conversation with the oldest open trigger that nobody works on; a person's come first.
SELECT c.id FROM triggers t JOIN conversations c ON c.id = t.conversation
WHERE t.desk = :desk AND t.done = 0 AND c.leased_until <= :clock
  AND (:conversation IS NULL OR c.id = :conversation)
ORDER BY t.kind = 'operator' DESC, t.number LIMIT 1
