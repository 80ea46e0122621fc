-- The reference schema of an application's interactions, for SQLite. docs/app-database.md explains it.
-- Times are text, ISO 8601 in UTC with microseconds and a Z: '2026-10-31T09:15:00.000000Z'. They sort as they stand.

CREATE TABLE interactions (
    id               TEXT PRIMARY KEY,          -- never reused, never changed
    user_id          TEXT NOT NULL,             -- pseudonymous; keeps one user's rows in one split
    session_id       TEXT,                      -- one conversation
    turn             INTEGER,                   -- 1, 2, 3 … within the session
    task_type        TEXT,                      -- FORMULA, CREATE, CORRECT, ANALYZE, EXPLAIN
    instruction      TEXT,                      -- what the user asked
    input            TEXT,                      -- what the user pasted with it: a table, a formula; '' if nothing
    output           TEXT,                      -- what the application answered
    edited_output    TEXT,                      -- the user's own correction; NULL: not edited
    quality_score    REAL CHECK (quality_score BETWEEN 0 AND 1),  -- the application's score; NULL: not judged
    rating           INTEGER CHECK (rating BETWEEN 1 AND 5),      -- the user's stars; NULL: not rated
    language         TEXT,                      -- BCP 47: 'ko', 'en'
    training_consent INTEGER NOT NULL CHECK (training_consent IN (0, 1)),  -- may this row train a model, as of now
    created_at       TEXT NOT NULL,             -- when the user asked
    updated_at       TEXT NOT NULL,             -- moves on every change of the row, whatever the column
    deleted_at       TEXT                       -- soft deletion; NULL: not deleted
);

CREATE INDEX interactions_by_update ON interactions (updated_at, id);
