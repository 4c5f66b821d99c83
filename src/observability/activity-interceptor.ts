import { type Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { type ActivityInterceptors } from '@temporalio/worker';
import { type ActivityScope, type ActivityScopes, scopeOf } from './activity-scope';
import { type WorkerMetrics } from './metrics';

/** What activities are watched with. */
export interface ActivityWatch {
  scopes: ActivityScopes;
  metrics: Pick<WorkerMetrics, 'activityEnded'>;
}

/**
 * Gives every activity its scope, puts the scope on each of its log lines beside the ids that Temporal's client adds by
 * itself, and tells how long the attempt took.
 */
export function watchActivities({
  scopes,
  metrics,
}: ActivityWatch): (context: Context) => ActivityInterceptors {
  return (context) => {
    let scope: ActivityScope = {};
    return {
      inbound: {
        async execute(input, next) {
          scope = scopeOf(input.args[0]);
          const startedAt = performance.now();
          const ended = (result: 'completed' | 'failed' | 'cancelled') => {
            const seconds = (performance.now() - startedAt) / 1_000;
            metrics.activityEnded(context.info.activityType, result, seconds);
            context.log.info('activity ended', { result, durationMs: Math.round(seconds * 1_000) });
          };
          try {
            const result = await scopes.run(scope, () => next(input));
            ended('completed');
            return result;
          } catch (error) {
            ended(error instanceof CancelledFailure ? 'cancelled' : 'failed');
            throw error;
          }
        },
      },
      outbound: {
        // With its token anybody who may write to Temporal could answer for the attempt.
        getLogAttributes(input, next) {
          const attributes = { ...next(input), ...scope };
          return Object.fromEntries(Object.entries(attributes).filter(([name]) => name !== 'taskToken'));
        },
      },
    };
  };
}
