import { type Command } from 'commander';
import { type Engagements } from '../client/engagements';
import { type EngagementStatus } from '../contract/engagement';
import { EXIT_CODES } from '../contract/errors';
import { addEngagementArguments, tellEngagement } from './engagement-format';
import { finish, type CommandHost, type CommonOptions } from './host';
import { givenFields, personName, wholeNumber } from './option-values';

interface ChangeOptions extends CommonOptions {
  by: string;
}
interface UpgradeOptions extends ChangeOptions {
  to?: number;
  exitTo?: number;
  segmentTo?: number;
}

const CHANGES = {
  pause: 'Pause an engagement: who enters is recorded, nobody is sent.',
  resume: 'Resume an engagement; who entered meanwhile is sent or skipped, as it says.',
  stop: 'Stop an engagement for good. A stopped one is never active again.',
} as const;

/** Everything that changes an engagement that is there. */
export function addEngagementChanges(group: Command, host: CommandHost): void {
  for (const [word, description] of Object.entries(CHANGES)) {
    // Object.entries forgets the key type that the declaration guarantees.
    const change = word as keyof typeof CHANGES;
    const command = named(group.command(word).description(description));
    finish(command, [`brazier engagement ${word} shop third-purchase --by "Ada Example"`]).action(
      (integration: string, name: string, options: ChangeOptions) =>
        make(host, options, (engagements) => engagements[change]({ integration, name }, { by: options.by })),
    );
  }
  const upgrade = named(
    group
      .command('upgrade')
      .description(
        'Move an engagement to other versions of its External APIs or its segment. They have to have passed their test.',
      ),
  )
    .option('--to <version>', 'version of the External API for entries', wholeNumber(1, 1_000_000))
    .option('--exit-to <version>', 'version of the External API for exits', wholeNumber(1, 1_000_000))
    .option('--segment-to <version>', 'version of the segment', wholeNumber(1, 1_000_000));
  finish(upgrade, ['brazier engagement upgrade shop third-purchase --to 3 --by "Ada Example"']).action(
    (integration: string, name: string, options: UpgradeOptions) =>
      make(host, options, (engagements) => engagements.upgrade({ integration, name }, upgradeOf(options))),
  );
}

function upgradeOf({ by, to, exitTo, segmentTo }: UpgradeOptions) {
  return {
    by,
    ...givenFields<{ version: number; exitVersion: number; segmentVersion: number }>({
      version: to,
      exitVersion: exitTo,
      segmentVersion: segmentTo,
    }),
  };
}

function named(command: Command): Command {
  return addEngagementArguments(command).requiredOption('--by <name>', 'who decides', personName);
}

function make(
  host: CommandHost,
  options: CommonOptions,
  change: (engagements: Engagements) => Promise<EngagementStatus>,
): Promise<void> {
  return host.runConnected(options, async ({ brazier }) => {
    tellEngagement(host, options, await change(brazier.engagements));
    return EXIT_CODES.ok;
  });
}
