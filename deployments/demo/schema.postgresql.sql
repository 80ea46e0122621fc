-- The reference schema of an application's interactions, for PostgreSQL. docs/app-database.md explains it.

CREATE TABLE interactions (
    id               text PRIMARY KEY,
    user_id          text NOT NULL,
    session_id       text,
    turn             integer,
    task_type        text,
    instruction      text,
    input            text,
    output           text,
    edited_output    text,
    quality_score    double precision CHECK (quality_score BETWEEN 0 AND 1),
    rating           smallint CHECK (rating BETWEEN 1 AND 5),
    language         text,
    training_consent boolean NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    deleted_at       timestamptz
);

CREATE INDEX interactions_by_update ON interactions (updated_at, id);

COMMENT ON COLUMN interactions.id IS 'never reused, never changed';
COMMENT ON COLUMN interactions.user_id IS 'pseudonymous; keeps one user''s rows in one split';
COMMENT ON COLUMN interactions.session_id IS 'one conversation';
COMMENT ON COLUMN interactions.turn IS '1, 2, 3 … within the session';
COMMENT ON COLUMN interactions.task_type IS 'FORMULA, CREATE, CORRECT, ANALYZE, EXPLAIN';
COMMENT ON COLUMN interactions.instruction IS 'what the user asked';
COMMENT ON COLUMN interactions.input IS 'what the user pasted with it: a table, a formula; empty if nothing';
COMMENT ON COLUMN interactions.output IS 'what the application answered';
COMMENT ON COLUMN interactions.edited_output IS 'the user''s own correction; NULL: not edited';
COMMENT ON COLUMN interactions.quality_score IS 'the application''s score, 0 to 1; NULL: not judged';
COMMENT ON COLUMN interactions.rating IS 'the user''s stars, 1 to 5; NULL: not rated';
COMMENT ON COLUMN interactions.language IS 'BCP 47: ko, en';
COMMENT ON COLUMN interactions.training_consent IS 'may this row train a model, as of now';
COMMENT ON COLUMN interactions.created_at IS 'when the user asked';
COMMENT ON COLUMN interactions.updated_at IS 'moves on every change of the row, whatever the column';
COMMENT ON COLUMN interactions.deleted_at IS 'soft deletion; NULL: not deleted';
