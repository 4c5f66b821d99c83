/** A plain function in place of an activity: remembers what it was called with, and answers what the test wants. */
export class Step<Input, Answer> {
  readonly calls: Input[] = [];
  /** Replaced by tests; an answer that throws is an activity that fails. */
  answer: (input: Input, call: number) => Answer | Promise<Answer>;

  constructor(answer: (input: Input, call: number) => Answer | Promise<Answer>) {
    this.answer = answer;
  }

  async run(input: Input): Promise<Answer> {
    this.calls.push(input);
    return this.answer(input, this.calls.length);
  }
}

/** A gate that an activity waits at until the test opens it. */
export class Gate {
  readonly passed: Promise<void>;
  private opener: () => void = () => undefined;

  constructor() {
    this.passed = new Promise((resolve) => (this.opener = resolve));
  }

  open(): void {
    this.opener();
  }
}
