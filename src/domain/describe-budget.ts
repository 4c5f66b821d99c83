import {
  heldInAll,
  limitOf,
  LIMITED_ENDPOINTS,
  type BudgetState,
  type LimitedEndpoint,
} from './workspace-budget';

const PATHS: Record<LimitedEndpoint, string> = { track: '/users/track', exportIds: '/users/export/ids' };

/** Markdown of a workspace's budget for Temporal's current details: who may send how much. */
export function describeBudget(integration: string, state: BudgetState, now: number): string {
  const { holders } = state;
  const heading = `Requests to the Braze workspace of **${integration}**`;
  if (holders.length === 0) return [heading, '- nobody is sending', ...pausesOf(state, now)].join('\n');
  return [
    heading,
    ...LIMITED_ENDPOINTS.map((endpoint) => {
      const [held, limit] = [heldInAll(state, endpoint), limitOf(state, endpoint)].map(shown);
      return `- \`${PATHS[endpoint]}\`: ${held} of ${limit} requests/s are given out`;
    }),
    ...pausesOf(state, now),
    '',
    ...holders.map(({ name, grants }) => {
      const grant = grants.at(-1);
      const shares = `${shown(grant?.track ?? 0)} and ${shown(grant?.exportIds ?? 0)} requests/s`;
      return `- ${name}: ${shares}, grant ${grant?.number ?? 0}`;
    }),
  ].join('\n');
}

function pausesOf({ pausedUntil }: BudgetState, now: number): string[] {
  return LIMITED_ENDPOINTS.filter((endpoint) => pausedUntil[endpoint] > now).map(
    (endpoint) =>
      `- Braze wants a pause at \`${PATHS[endpoint]}\` until ${new Date(pausedUntil[endpoint]).toISOString()}`,
  );
}

function shown(rate: number): string {
  return String(Number(rate.toPrecision(3)));
}
