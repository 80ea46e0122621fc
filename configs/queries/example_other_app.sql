-- An example for another application (PostgreSQL): a chat log with one row per message, feedback and accounts beside it.
-- Copy it, put in your own tables, and name the copy in your profile: `source: {url: ..., query: your_app.sql}`.
--
-- What the extraction asks of any query:
--   * one row per question and its answer; `id` never changes and comes once, so a join must not multiply rows
--   * `updated_at` moves when ANYTHING selected here changes: an answer, a rating, a consent, a deletion.
--     Where the facts lie in several tables, it is the greatest of their times, as below
--   * rows that were deleted, or whose user withdrew consent, are still returned, marked as such: that is how
--     a later night learns of it (a row that is gone altogether is noticed too)
--   * on SQLite, times are text like 2026-10-31T09:15:00.000000Z: strftime('%Y-%m-%dT%H:%M:%f000Z', column)
SELECT
    question.message_id                          AS id,
    conversation.account_id                      AS user_id,
    conversation.conversation_id                 AS session_id,
    (question.position + 1) / 2                  AS turn,         -- messages 1, 3, 5 … are the user's
    CASE question.intent                                          -- the app's own words for the reference task types
        WHEN 'write_formula' THEN 'FORMULA'
        WHEN 'fix_formula'   THEN 'CORRECT'
        WHEN 'make_table'    THEN 'CREATE'
        WHEN 'summarise'     THEN 'ANALYZE'
        ELSE 'EXPLAIN'
    END                                          AS task_type,
    question.body                                AS instruction,
    COALESCE(question.attached_cells, '')        AS input,
    answer.body                                  AS output,
    feedback.corrected_body                      AS edited_output,
    answer.confidence                            AS quality_score, -- 0 to 1; NULL where nothing judged it
    feedback.stars                               AS rating,        -- 1 to 5; NULL where nobody rated it
    LOWER(account.locale)                        AS language,      -- 'ko' or 'ko-kr'
    account.allows_training                      AS training_consent,
    question.sent_at                             AS created_at,
    GREATEST(                                                     -- PostgreSQL's GREATEST skips NULLs
        question.changed_at, answer.changed_at, feedback.changed_at, account.changed_at, conversation.deleted_at
    )                                            AS updated_at,
    conversation.deleted_at                      AS deleted_at
FROM messages AS question
JOIN messages AS answer ON answer.reply_to = question.message_id AND answer.is_current
JOIN conversations AS conversation ON conversation.conversation_id = question.conversation_id
JOIN accounts AS account ON account.account_id = conversation.account_id
LEFT JOIN feedback ON feedback.message_id = answer.message_id
WHERE question.author = 'user'
