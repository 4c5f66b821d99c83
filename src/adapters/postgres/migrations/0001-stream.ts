import { type Migration } from './migration';

const definitions = `
CREATE TABLE brazier.external_api (
  name text PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE brazier.external_api_version (
  name text NOT NULL REFERENCES brazier.external_api,
  version integer NOT NULL CHECK (version >= 1),
  definition jsonb NOT NULL,
  digest text NOT NULL,
  saved_at timestamptz NOT NULL DEFAULT now(),
  saved_by text,
  PRIMARY KEY (name, version),
  UNIQUE (name, digest)
);

-- The latest row of a version, integration and key counts.
CREATE TABLE brazier.verdict (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  external_api text NOT NULL,
  version integer NOT NULL,
  integration text NOT NULL,
  key_fingerprint text NOT NULL,
  passed boolean NOT NULL,
  proof text NOT NULL CHECK (proof IN ('readBack', 'answerOnly')),
  accepted_by text,
  reason text,
  tested_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (external_api, version) REFERENCES brazier.external_api_version
);
CREATE INDEX verdict_latest ON brazier.verdict (external_api, version, integration, key_fingerprint, seq DESC);

CREATE TABLE brazier.segment_version (
  integration text NOT NULL,
  name text NOT NULL,
  version integer NOT NULL CHECK (version >= 1),
  condition jsonb NOT NULL,
  description text,
  digest text NOT NULL,
  saved_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (integration, name, version)
);

CREATE TABLE brazier.engagement (
  integration text NOT NULL,
  name text NOT NULL,
  state text NOT NULL CHECK (state IN ('draft', 'active', 'paused', 'stopped')),
  definition jsonb NOT NULL,
  revision bigint NOT NULL DEFAULT 1,
  activated_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (integration, name)
);

CREATE TABLE brazier.engagement_change (
  integration text NOT NULL,
  name text NOT NULL,
  -- Of the engagement, after the change.
  revision bigint NOT NULL,
  change text NOT NULL CHECK (change IN ('activate', 'pause', 'resume', 'stop', 'upgrade')),
  made_by text NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now(),
  -- Marks what was asked for, so that it is done once however often it is asked.
  token text NOT NULL,
  -- Where its entry lies in the log of each shard; absent if no shard has to know.
  places jsonb,
  PRIMARY KEY (integration, name, revision),
  UNIQUE (integration, name, token)
);
`;

const log = `
CREATE TABLE brazier.stream (
  integration text PRIMARY KEY,
  layout integer NOT NULL DEFAULT 1,
  shards integer NOT NULL CHECK (shards >= 1),
  -- Raised by every change of an engagement.
  revision bigint NOT NULL DEFAULT 0
);

-- Written by the intake only. end_seq: the layout has been replaced, nothing comes after it.
CREATE TABLE brazier.shard_head (
  integration text NOT NULL,
  layout integer NOT NULL,
  shard integer NOT NULL,
  last_seq bigint NOT NULL DEFAULT 0,
  end_seq bigint,
  PRIMARY KEY (integration, layout, shard)
);

-- Written by the shard's owner only.
CREATE TABLE brazier.shard (
  integration text NOT NULL,
  layout integer NOT NULL,
  shard integer NOT NULL,
  cursor bigint NOT NULL DEFAULT 0,
  epoch bigint NOT NULL DEFAULT 0,
  owner text,
  lease_until timestamptz,
  drained_at timestamptz,
  PRIMARY KEY (integration, layout, shard)
);

CREATE TABLE brazier.event_log (
  integration text NOT NULL,
  layout integer NOT NULL,
  shard integer NOT NULL,
  seq bigint NOT NULL,
  kind text NOT NULL CHECK (kind IN ('event', 'merge', 'control')),
  profile_id bigint,
  source text,
  event_id text,
  captured_at timestamptz NOT NULL DEFAULT now(),
  -- Written and read whole, five thousand times a second: jsonb would be taken apart and put together for nothing.
  entry json NOT NULL,
  PRIMARY KEY (integration, layout, shard, seq)
);
CREATE UNIQUE INDEX event_log_once ON brazier.event_log (integration, source, event_id) WHERE kind = 'event';
CREATE INDEX event_log_control ON brazier.event_log (integration, layout, shard, seq) WHERE kind = 'control';
CREATE INDEX event_log_age ON brazier.event_log (captured_at);
`;

const people = `
CREATE TABLE brazier.profile (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  integration text NOT NULL,
  bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 4095),
  external_id text,
  merged_into bigint,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE brazier.identity (
  integration text NOT NULL,
  kind text NOT NULL,
  value text NOT NULL,
  profile_id bigint NOT NULL,
  PRIMARY KEY (integration, kind, value)
);
CREATE INDEX identity_profile ON brazier.identity (profile_id);

-- Written by the shard's owner only.
CREATE TABLE brazier.profile_state (
  profile_id bigint PRIMARY KEY,
  integration text NOT NULL,
  bucket smallint NOT NULL,
  -- Written and read whole, as entries of the log are.
  state json NOT NULL,
  due_at timestamptz
  -- Room for the next version of a row on its own page: then no index has to be told of it.
) WITH (fillfactor = 50);
CREATE INDEX profile_state_due ON brazier.profile_state (integration, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX profile_state_bucket ON brazier.profile_state (integration, bucket, profile_id);
`;

const work = `
CREATE TABLE brazier.call (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  integration text NOT NULL,
  layout integer NOT NULL,
  shard integer NOT NULL,
  profile_id bigint NOT NULL,
  engagement text NOT NULL,
  action text NOT NULL CHECK (action IN ('entry', 'exit')),
  external_api text NOT NULL,
  version integer NOT NULL,
  -- Without it a clock caused the call.
  cause_seq bigint,
  event_id text,
  state text NOT NULL
    CHECK (state IN ('planned', 'started', 'delivered', 'refused', 'unknown', 'superseded')),
  reason text,
  attempts integer NOT NULL DEFAULT 0,
  request jsonb,
  captured_at timestamptz,
  planned_at timestamptz NOT NULL DEFAULT now(),
  answered_at timestamptz
);
CREATE INDEX call_open ON brazier.call (integration, layout, shard, id) WHERE state IN ('planned', 'started');
-- What a person may have to look at; what was delivered is most of the table.
CREATE INDEX call_engagement ON brazier.call (integration, engagement, state, planned_at) WHERE state <> 'delivered';
CREATE INDEX call_person ON brazier.call (profile_id, engagement, id);
CREATE INDEX call_age ON brazier.call (answered_at) WHERE answered_at IS NOT NULL;

CREATE TABLE brazier.set_aside (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  integration text NOT NULL,
  layout integer NOT NULL,
  shard integer NOT NULL,
  seq bigint NOT NULL,
  event_id text,
  profile_id bigint,
  reason_code text NOT NULL,
  detail text,
  at timestamptz NOT NULL DEFAULT now(),
  redriven_at timestamptz
);
CREATE INDEX set_aside_integration ON brazier.set_aside (integration, id);

-- Per shard, so that shards never wait for each other's rows.
CREATE TABLE brazier.engagement_count (
  integration text NOT NULL,
  engagement text NOT NULL,
  layout integer NOT NULL,
  shard integer NOT NULL,
  entered bigint NOT NULL DEFAULT 0,
  exits bigint NOT NULL DEFAULT 0,
  sent bigint NOT NULL DEFAULT 0,
  accepted bigint NOT NULL DEFAULT 0,
  refused bigint NOT NULL DEFAULT 0,
  unknown bigint NOT NULL DEFAULT 0,
  seen_checked bigint NOT NULL DEFAULT 0,
  seen bigint NOT NULL DEFAULT 0,
  set_aside bigint NOT NULL DEFAULT 0,
  no_call jsonb NOT NULL DEFAULT '{}',
  -- How many calls fell into each bucket of a histogram.
  latency integer[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (integration, engagement, layout, shard)
);

CREATE TABLE brazier.stream_count (
  integration text NOT NULL,
  layout integer NOT NULL,
  shard integer NOT NULL,
  captured bigint NOT NULL DEFAULT 0,
  unified bigint NOT NULL DEFAULT 0,
  no_call jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (integration, layout, shard)
);
`;

/** Everything of the streaming half: definitions, the log of events, people, and the calls that they cause. */
export const streamMigration: Migration = {
  name: '0001-stream',
  sql: [definitions, log, people, work].join('\n'),
};
