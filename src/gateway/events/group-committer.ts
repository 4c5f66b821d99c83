import { fault, success, type Outcome } from '../../contract/errors';

/** An event as a group's commit takes it. */
interface Weighed {
  /** The event as JSON text. */
  rest: string;
}

/** What a committer works with. */
export interface GroupCommitterOptions<Event extends Weighed, Receipt> {
  /** Makes a group durable; answers for the whole group. May throw. */
  commit: (events: readonly Event[]) => Promise<Outcome<Receipt>>;
  limits?: Partial<GroupLimits>;
}

/** Bounds of a group and of what waits for the next one. */
export interface GroupLimits {
  groupEvents: number;
  groupCharacters: number;
  queuedEvents: number;
  queuedCharacters: number;
  /** While posts overlap, a group that is not full begins so long after the last one did at the earliest. */
  groupEveryMs: number;
}

const LIMITS: GroupLimits = {
  groupEvents: 1_000,
  groupCharacters: 4 * 1024 * 1024,
  queuedEvents: 20_000,
  queuedCharacters: 64 * 1024 * 1024,
  groupEveryMs: 40,
};
/** The queue is worked off in less, unless the database is away. */
const RETRY_AFTER_MS = 1_000;

/** What became of one post: the receipt of its group, and where its own events lie in it. */
export interface GroupPlace<Receipt> {
  receipt: Receipt;
  from: number;
}

interface Post<Event, Receipt> {
  events: readonly Event[];
  characters: number;
  settle: (outcome: Outcome<GroupPlace<Receipt>>) => void;
  fail: (error: unknown) => void;
}

/**
 * Collects posts while a commit runs and commits them together: one commit at a time. A source that waits for each answer is
 * never kept waiting for others; where several post at once a group gathers for some milliseconds, since a commit costs much
 * the same however much it takes along. What waits is bounded; a post that finds no room is told to come again.
 */
export class GroupCommitter<Event extends Weighed, Receipt> {
  private readonly limits: GroupLimits;
  private readonly commit: GroupCommitterOptions<Event, Receipt>['commit'];
  private waiting: Post<Event, Receipt>[] = [];
  private events = 0;
  private characters = 0;
  private running = false;

  constructor({ commit, limits }: GroupCommitterOptions<Event, Receipt>) {
    this.commit = commit;
    this.limits = { ...LIMITS, ...limits };
  }

  /** Resolves when the post's group is durable, or is not; rejects for a defect. */
  add(events: readonly Event[]): Promise<Outcome<GroupPlace<Receipt>>> {
    const characters = events.reduce((sum, { rest }) => sum + rest.length, 0);
    const isFull =
      this.events + events.length > this.limits.queuedEvents ||
      this.characters + characters > this.limits.queuedCharacters;
    if (isFull && this.waiting.length > 0) {
      const { fault: full } = fault('BACKLOG_FULL', 'The gateway has more events to write than it can hold.');
      return Promise.resolve({ ok: false, fault: { ...full, retryAfterMs: RETRY_AFTER_MS } });
    }
    return new Promise((settle, fail) => {
      this.waiting.push({ events, characters, settle, fail });
      this.events += events.length;
      this.characters += characters;
      if (!this.running) void this.work();
    });
  }

  private async work(): Promise<void> {
    this.running = true;
    // What arrives in the same turn belongs to the first group.
    await new Promise(setImmediate);
    while (this.waiting.length > 0) {
      const group = this.nextGroup();
      const beganAt = performance.now();
      await this.commitPosts(group);
      if (group.length > 1) await this.gather(beganAt);
    }
    this.running = false;
  }

  private async gather(beganAt: number): Promise<void> {
    const restMs = beganAt + this.limits.groupEveryMs - performance.now();
    if (restMs > 0 && this.events < this.limits.groupEvents)
      await new Promise((resolve) => setTimeout(resolve, restMs));
  }

  private nextGroup(): Post<Event, Receipt>[] {
    let [events, characters, posts] = [0, 0, 0];
    for (const post of this.waiting) {
      events += post.events.length;
      characters += post.characters;
      const isTooMuch = events > this.limits.groupEvents || characters > this.limits.groupCharacters;
      if (posts > 0 && isTooMuch) break;
      posts += 1;
    }
    const group = this.waiting.slice(0, posts);
    this.waiting = this.waiting.slice(posts);
    for (const post of group) {
      this.events -= post.events.length;
      this.characters -= post.characters;
    }
    return group;
  }

  private async commitPosts(posts: readonly Post<Event, Receipt>[]): Promise<void> {
    let outcome: Outcome<Receipt>;
    try {
      outcome = await this.commit(posts.flatMap(({ events }) => events));
    } catch (error) {
      // A post that can't be written must not take the others with it.
      if (posts.length > 1) for (const post of posts) await this.commitPosts([post]);
      else posts[0]?.fail(error);
      return;
    }
    let from = 0;
    for (const { events, settle } of posts) {
      settle(outcome.ok ? success({ receipt: outcome.value, from }) : outcome);
      from += events.length;
    }
  }
}
