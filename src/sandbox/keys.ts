import { type SandboxKey } from './settings';

/** Who calls: a known key with its number (in the order added, from 1), or why the call is refused. */
export type KeyVerdict = { ok: true; keyNumber: number } | { ok: false; status: 401 | 403; message: string };

/** The API keys of the workspace. Their scopes are fixed when they are made, as Braze's are: a changed need is a new key. */
export class KeyRing {
  private readonly keys = new Map<string, SandboxKey & { keyNumber: number }>();
  private added = 0;

  constructor(keys: readonly SandboxKey[]) {
    for (const key of keys) this.add(key);
  }

  /** Adds a key, or replaces the one with the same text. */
  add(key: SandboxKey): void {
    this.added += 1;
    this.keys.set(key.key, { ...key, keyNumber: this.added });
  }

  /** Revokes a key: from now on it is unknown. */
  remove(key: string): void {
    this.keys.delete(key);
  }

  /** The keys without their text, for people to look at. */
  describe(): { keyNumber: number; scopes: readonly string[] | 'all' }[] {
    return [...this.keys.values()].map(({ keyNumber, scopes }) => ({ keyNumber, scopes }));
  }

  /** A text in which every known key is blotted out. */
  redact(text: string): string {
    let redacted = text;
    for (const key of this.keys.keys()) redacted = redacted.replaceAll(key, '[key]');
    return redacted;
  }

  /**
   * Judges an Authorization header. An unknown key is echoed, which a real workspace was seen to do
   * (https://github.com/leemour/brazecli, docs/ARCHITECTURE.md, read 2026-11-21): clients must redact it.
   */
  judge(authorization: string | undefined, scope: string, remoteAddress: string): KeyVerdict {
    const given = authorization?.startsWith('Bearer ') === true ? authorization.slice(7) : '';
    const known = this.keys.get(given);
    if (known === undefined) return { ok: false, status: 401, message: `Invalid API key: ${given}` };
    const here = known.ipAllowlist === undefined || known.ipAllowlist.includes(remoteAddress);
    const permitted = known.scopes === 'all' || known.scopes.includes(scope);
    if (!here || !permitted) return { ok: false, status: 403, message: 'Access Denied' };
    return { ok: true, keyNumber: known.keyNumber };
  }
}
