/** One request as it came, for assertions. The key is only known by its number. */
export interface LoggedRequest {
  atMs: number;
  method: string;
  path: string;
  userAgent: string;
  keyNumber: number | null;
  status: number;
  body: Buffer;
}

const MAX_BYTES = 32 * 1024 * 1024;

/** The most recent requests, bounded in number and in bytes. */
export class RequestLog {
  private entries: LoggedRequest[] = [];
  private bytes = 0;

  private readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Remembers a request and forgets the oldest ones where there is no room. */
  add(entry: LoggedRequest): void {
    if (this.capacity === 0) return;
    this.entries.push(entry);
    this.bytes += entry.body.length;
    // Dropping half at a time keeps the cost per request constant.
    if (this.entries.length >= this.capacity * 2 || this.bytes > MAX_BYTES) {
      this.entries = this.entries.slice(-Math.min(this.capacity, this.entries.length >> 1));
      this.bytes = this.entries.reduce((sum, { body }) => sum + body.length, 0);
    }
  }

  /** The last so many requests, oldest first. */
  last(count: number): LoggedRequest[] {
    const wanted = Math.min(count, this.capacity);
    return wanted <= 0 ? [] : this.entries.slice(-wanted);
  }
}
