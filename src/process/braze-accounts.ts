import { randomBytes } from 'node:crypto';
import { type BrazeConnection } from '../adapters/braze/connection';
import { type BrazeConnectionOpener } from '../adapters/braze/connection-opener';
import { LocalBudget, type RequestBudget } from '../adapters/braze/budget';
import { type SecretStore } from '../adapters/secrets/secrets';
import { success, type Outcome } from '../contract/errors';
import { type BrazeSettings } from '../contract/integration';
import { sha256 } from '../activities/checksum';
import { BudgetHolder, type BudgetAuthority } from './budget-holder';

/** One workspace as this process reaches it: a connection and what it may spend on it. */
export interface BrazeAccount {
  connection: BrazeConnection;
  /** For `/users/track`. */
  budget: RequestBudget;
  /** For `/users/export/ids`, which has a limit of its own. */
  readBudget: RequestBudget;
  /** Ends the connection and gives back what this process holds of the budget. */
  close(): Promise<void>;
}

/** What accounts are opened with. */
export interface AccountOptions {
  secrets: SecretStore;
  openConnection: BrazeConnectionOpener;
  /** Shares out what the workspace of an integration allows all processes together. */
  authorityOf(integration: string): BudgetAuthority;
  /** Told when the authority begins to fail. */
  onTrouble(integration: string, error: unknown): void;
  /** Monotonic milliseconds; replaceable in tests. */
  now?: () => number;
}

/** An account that is open or being opened. */
interface Entry {
  opening: Promise<Outcome<BrazeAccount>>;
  usedAt: number;
  /** Whether somebody waits for a turn, be it through an hour's pause, or has a request in flight. */
  isInUse(): boolean;
}

/** Requests in flight when reading back: enough for 40 a second at Braze's usual latency. */
const READS_IN_FLIGHT = 8;
/** Accounts of rotated keys or changed settings linger until this many are open … */
const MAX_ACCOUNTS = 32;
/** … and until nobody has opened or asked them for this long or waits for a turn, so that none is closed under a slice or a read-back. */
const IDLE_MS = 30 * 60_000;

/**
 * Accounts by what they are made of, so that every slice and run of this process shares one pool and one budget per
 * workspace. The key is read fresh on each opening: a rotated one opens another account.
 */
export class BrazeAccounts {
  /** The longest unopened first. */
  private readonly entries = new Map<string, Entry>();
  private readonly options: AccountOptions;

  constructor(options: AccountOptions) {
    this.options = options;
  }

  async open(integration: string, settings: BrazeSettings): Promise<Outcome<BrazeAccount>> {
    const key = await this.options.secrets.resolve(settings.restKey);
    if (!key.ok) return key;
    const { endpoint, connections, requestsPerSecond, exportIdsPerSecond, requestTimeoutSeconds } = settings;
    const parts = [
      integration,
      endpoint,
      key.value,
      connections,
      requestsPerSecond,
      exportIdsPerSecond,
      requestTimeoutSeconds,
    ];
    const name = sha256(parts.join('\n'));
    return this.openOnce(name, integration, settings);
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    const entries = [...this.entries.values()];
    this.entries.clear();
    await Promise.all(entries.map(closeEntry));
  }

  /** Whoever asks while an account is being opened shares it: two would spend twice what the workspace allows. */
  private async openOnce(
    name: string,
    integration: string,
    settings: BrazeSettings,
  ): Promise<Outcome<BrazeAccount>> {
    const entry = this.entries.get(name) ?? this.createEntry(integration, settings);
    entry.usedAt = this.now();
    this.entries.delete(name);
    this.entries.set(name, entry);
    let opened: Outcome<BrazeAccount> | undefined;
    try {
      opened = await entry.opening;
      return opened;
    } finally {
      if (!opened?.ok && this.entries.get(name) === entry) this.entries.delete(name);
      this.closeIdle();
    }
  }

  private createEntry(integration: string, settings: BrazeSettings): Entry {
    const holder = this.createHolder(integration, settings);
    const onUse = () => (entry.usedAt = this.now());
    const entry: Entry = {
      opening: this.connect(settings, holder, onUse),
      usedAt: this.now(),
      isInUse: () => holder.isInUse(),
    };
    return entry;
  }

  private async connect(
    settings: BrazeSettings,
    holder: BudgetHolder,
    onUse: () => void,
  ): Promise<Outcome<BrazeAccount>> {
    const opened = await this.options.openConnection(settings);
    if (!opened.ok) return opened;
    const { value } = opened;
    const connection: BrazeConnection = {
      request(request) {
        onUse();
        return value.request(request);
      },
      close: () => value.close(),
    };
    return success({
      connection,
      budget: holder.track,
      readBudget: holder.exportIds,
      async close() {
        await Promise.all([connection.close(), holder.close()]);
      },
    });
  }

  private createHolder(integration: string, settings: BrazeSettings): BudgetHolder {
    const { connections, requestsPerSecond, exportIdsPerSecond } = settings;
    return new BudgetHolder({
      holder: `${process.pid}/${randomBytes(4).toString('hex')}`,
      authority: this.options.authorityOf(integration),
      limits: { track: requestsPerSecond, exportIds: exportIdsPerSecond },
      budgets: {
        track: new LocalBudget(0, connections),
        exportIds: new LocalBudget(0, Math.min(READS_IN_FLIGHT, connections)),
      },
      now: () => performance.now(),
      onTrouble: (error) => this.options.onTrouble(integration, error),
    });
  }

  private closeIdle(): void {
    const idleSince = this.now() - IDLE_MS;
    for (const [name, entry] of this.entries) {
      if (this.entries.size <= MAX_ACCOUNTS) return;
      if (entry.usedAt > idleSince || entry.isInUse()) continue;
      this.entries.delete(name);
      void closeEntry(entry);
    }
  }

  private now(): number {
    return this.options.now?.() ?? performance.now();
  }
}

/** Nobody uses the account any more, so nobody is concerned by how its connection ends. */
async function closeEntry({ opening }: Entry): Promise<void> {
  const close = async () => {
    const opened = await opening;
    if (opened.ok) await opened.value.close();
  };
  await close().catch(() => undefined);
}
