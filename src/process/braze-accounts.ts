import { type BrazeConnection } from '../adapters/braze/connection';
import { type BrazeConnectionOpener } from '../adapters/braze/connection-opener';
import { LocalBudget, type RequestBudget } from '../adapters/braze/budget';
import { type SecretStore } from '../adapters/secrets/secrets';
import { success, type Outcome } from '../contract/errors';
import { type BrazeSettings } from '../contract/integration';
import { sha256 } from '../activities/checksum';

/** One workspace as this process reaches it: a connection and what it may spend on it. */
export interface BrazeAccount {
  connection: BrazeConnection;
  /** For `/users/track`. */
  budget: RequestBudget;
  /** For `/users/export/ids`, which has a limit of its own. */
  readBudget: RequestBudget;
}

/** What accounts are opened with. */
export interface AccountOptions {
  secrets: SecretStore;
  openConnection: BrazeConnectionOpener;
}

/** Requests in flight when reading back: enough for 40 a second at Braze's usual latency. */
const READS_IN_FLIGHT = 8;
/** Accounts of rotated keys or changed settings linger until this many are open. */
const MAX_ACCOUNTS = 32;

/**
 * Accounts by what they are made of, so that every slice and run of this process shares one pool and one budget per
 * workspace. The key is read fresh on each opening: a rotated one opens another account.
 */
export class BrazeAccounts {
  private readonly accounts = new Map<string, BrazeAccount>();
  private readonly options: AccountOptions;

  constructor(options: AccountOptions) {
    this.options = options;
  }

  async open(settings: BrazeSettings): Promise<Outcome<BrazeAccount>> {
    const key = await this.options.secrets.resolve(settings.restKey);
    if (!key.ok) return key;
    const { endpoint, connections, requestsPerSecond, exportIdsPerSecond, requestTimeoutSeconds } = settings;
    const parts = [
      endpoint,
      key.value,
      connections,
      requestsPerSecond,
      exportIdsPerSecond,
      requestTimeoutSeconds,
    ];
    const name = sha256(parts.join('\n'));
    const known = this.accounts.get(name);
    if (known) return success(known);
    const connection = await this.options.openConnection(settings);
    if (!connection.ok) return connection;
    const account = createAccount(connection.value, settings);
    this.accounts.set(name, account);
    this.closeOldest();
    return success(account);
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    await Promise.all([...this.accounts.values()].map(({ connection }) => connection.close()));
    this.accounts.clear();
  }

  private closeOldest(): void {
    const [oldest] = this.accounts;
    if (this.accounts.size <= MAX_ACCOUNTS || !oldest) return;
    this.accounts.delete(oldest[0]);
    void oldest[1].connection.close();
  }
}

function createAccount(connection: BrazeConnection, settings: BrazeSettings): BrazeAccount {
  const { connections, requestsPerSecond, exportIdsPerSecond } = settings;
  return {
    connection,
    budget: new LocalBudget(requestsPerSecond, connections),
    readBudget: new LocalBudget(exportIdsPerSecond, Math.min(READS_IN_FLIGHT, connections)),
  };
}
