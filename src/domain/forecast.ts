import { type PlanCounts } from './vocabulary';

/** What sending a plan would take. */
export interface Forecast {
  requests: number;
  /** Seconds at the workspace's limit, sending only. */
  seconds: number;
  /** Members with a usable identifier, as a share of the source's rows. */
  sendableShare: number;
}

/** Requests and seconds for a plan; adds and removes never share a request. */
export function forecast(
  plan: PlanCounts,
  rows: number,
  limits: { objectsPerRequest: number; requestsPerSecond: number },
): Forecast {
  const requests =
    Math.ceil(plan.add / limits.objectsPerRequest) + Math.ceil(plan.remove / limits.objectsPerRequest);
  return {
    requests,
    seconds: Math.round((requests / limits.requestsPerSecond) * 1_000) / 1_000,
    sendableShare: rows === 0 ? 0 : Math.round((plan.source / rows) * 10_000) / 10_000,
  };
}
