/** Temporal actions by their kind, as the server itself counts them. */
export type ActionCounts = Readonly<Record<string, number>>;

/** One sample of the counter, in Prometheus' text format: its labels and its value. */
const SAMPLE = /^action\{([^}]*)\} (\S+)$/gm;

/**
 * What the server has counted so far in one namespace, by its `action` metric, which follows the rules by which Temporal Cloud bills
 * (https://docs.temporal.io/cloud/migrate/estimate-actions, read 2026-11-22).
 */
export async function readActions(metricsPort: number, namespace: string): Promise<ActionCounts> {
  const answer = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
  const counts: Record<string, number> = {};
  for (const [, labels = '', value] of (await answer.text()).matchAll(SAMPLE)) {
    const type = /action_type="([^"]*)"/.exec(labels)?.[1] ?? 'unknown';
    if (labels.includes(`namespace="${namespace}"`)) counts[type] = (counts[type] ?? 0) + Number(value);
  }
  return counts;
}

/** What was counted between two readings; kinds that did not occur are left out. */
export function actionsBetween(before: ActionCounts, after: ActionCounts): ActionCounts {
  const entries = Object.entries(after).map(([type, count]) => [type, count - (before[type] ?? 0)] as const);
  return Object.fromEntries(entries.filter(([, count]) => count > 0));
}

/** All kinds together. */
export function totalOf(actions: ActionCounts): number {
  return Object.values(actions).reduce((sum, count) => sum + count, 0);
}
