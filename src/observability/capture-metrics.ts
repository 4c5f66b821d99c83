import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { countCaptured, stageCounter, type StageCounter } from './stage-counter';

/** Seconds of one group's commit: from a local disk to a database that was away. */
const COMMIT_SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const GROUP_EVENTS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];

/** What a group's commit came to. */
export interface CommittedGroup {
  integration: string;
  captured: number;
  duplicates: number;
  created: number;
  merged: number;
  conflicts: number;
  seconds: number;
}

/** The figures of capture. No source and no event has a label; nothing here can carry a person. */
export class CaptureMetrics {
  private readonly stages: StageCounter;
  private readonly events: Counter<'integration' | 'result'>;
  private readonly profiles: Counter<'integration' | 'change'>;
  private readonly conflicts: Counter<'integration'>;
  private readonly groupEvents: Histogram;
  private readonly commitSeconds: Histogram;
  private readonly backlog: Gauge<'integration'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.stages = stageCounter(registry);
    this.events = new Counter({
      registers,
      name: 'brazier_events_total',
      help: 'Posted events: captured, duplicate (in the log already), refused (not well-formed), turnedAway (no room).',
      labelNames: ['integration', 'result'],
    });
    this.profiles = new Counter({
      registers,
      name: 'brazier_profiles_total',
      help: 'Profiles that events have created, or merged into another.',
      labelNames: ['integration', 'change'],
    });
    this.conflicts = new Counter({
      registers,
      name: 'brazier_identity_conflicts_total',
      help: 'Identifiers of events that belong to another known person and were left there.',
      labelNames: ['integration'],
    });
    this.groupEvents = new Histogram({
      registers,
      name: 'brazier_event_group_events',
      help: 'Events that one commit made durable.',
      buckets: GROUP_EVENTS,
    });
    this.commitSeconds = new Histogram({
      registers,
      name: 'brazier_event_commit_seconds',
      help: 'Time that one group took to become durable.',
      buckets: COMMIT_SECONDS,
    });
    this.backlog = new Gauge({
      registers,
      name: 'brazier_event_backlog',
      help: 'Entries of the event log that no shard has worked off yet, as last looked at.',
      labelNames: ['integration'],
    });
  }

  committed(group: CommittedGroup): void {
    const { integration, captured, duplicates, created, merged, conflicts, seconds } = group;
    this.events.inc({ integration, result: 'captured' }, captured);
    countCaptured(this.stages, integration, captured);
    this.events.inc({ integration, result: 'duplicate' }, duplicates);
    this.profiles.inc({ integration, change: 'created' }, created);
    this.profiles.inc({ integration, change: 'merged' }, merged);
    this.conflicts.inc({ integration }, conflicts);
    this.groupEvents.observe(captured + duplicates);
    this.commitSeconds.observe(seconds);
  }

  notTaken(integration: string, result: 'refused' | 'turnedAway', count: number): void {
    this.events.inc({ integration, result }, count);
  }

  waiting(integration: string, entries: number): void {
    this.backlog.set({ integration }, entries);
  }
}
