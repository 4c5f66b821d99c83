import { type SegmentPreset } from './settings';

/** A segment with all its facts; those that nobody gave are filled in. */
export interface Segment extends Required<Omit<SegmentPreset, 'predicate'>> {
  predicate?: NonNullable<SegmentPreset['predicate']>;
  updatedAt: string;
}

/** The workspace's segments. The API can only read them: a person makes them, here through options or the control API. */
export class SegmentList {
  private readonly segments = new Map<string, Segment>();

  private readonly clock: () => number;

  constructor(clock: () => number) {
    this.clock = clock;
  }

  /** Adds a segment, or replaces the one with the same id. */
  put(preset: SegmentPreset): Segment {
    const now = new Date(this.clock()).toISOString();
    const segment: Segment = {
      description: '',
      tags: [],
      analyticsTrackingEnabled: true,
      archived: false,
      ...preset,
      createdAt: preset.createdAt ?? this.segments.get(preset.id)?.createdAt ?? now,
      updatedAt: now,
    };
    this.segments.set(preset.id, segment);
    return segment;
  }

  /** The segment with that API identifier. */
  get(id: string): Segment | undefined {
    return this.segments.get(id);
  }

  /** Every segment, oldest first. */
  all(): Segment[] {
    return [...this.segments.values()].sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  }
}
