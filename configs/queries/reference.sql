-- The reference schema (docs/app-database.md), as it stands in an application that keeps it.
-- A query is one plain SELECT without ORDER BY, parameters or semicolon: the extraction wraps it to read only what changed.
-- Runs on SQLite and on PostgreSQL.
SELECT
    id,
    user_id,
    session_id,
    turn,
    task_type,
    instruction,
    input,
    output,
    edited_output,
    quality_score,
    rating,
    language,
    training_consent,
    created_at,
    updated_at,
    deleted_at
FROM interactions
