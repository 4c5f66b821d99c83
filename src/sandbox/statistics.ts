import { type InputArray } from './track/refusals';

/** What the workspace has counted since it started. */
export interface Statistics {
  /** Requests by path and status; 0 stands for a request that was never answered. */
  requests: Record<string, Record<string, number>>;
  /** Objects of accepted requests. */
  objects: Record<InputArray, number>;
  refusedObjects: number;
  /** Objects that named an unknown profile and were not to create one. */
  skippedUnknown: number;
  /** Each value written counts one, changed or not, as Braze bills (https://www.braze.com/docs/user_guide/data/data_points, read 2026-11-21). */
  dataPoints: number;
  rateLimited: number;
  faults: Record<string, number>;
}

/** Counters at zero. */
export function newStatistics(): Statistics {
  return {
    requests: {},
    objects: { attributes: 0, events: 0, purchases: 0 },
    refusedObjects: 0,
    skippedUnknown: 0,
    dataPoints: 0,
    rateLimited: 0,
    faults: {},
  };
}

/** Counts one answered request. */
export function countRequest(statistics: Statistics, path: string, status: number): void {
  const byStatus = (statistics.requests[path] ??= {});
  byStatus[status] = (byStatus[status] ?? 0) + 1;
}
