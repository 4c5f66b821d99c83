/** One stage as it is told. */
export interface DescribableStage {
  stage: 'check' | 'save' | 'test' | 'activate' | 'everywhere';
  state: 'waiting' | 'underWay' | 'done' | 'skipped' | 'failed';
  sentence?: string | undefined;
}

const TITLES: Record<DescribableStage['stage'], string> = {
  check: 'Check the input',
  save: 'Save External APIs, segment and draft',
  test: 'Test the External APIs in Braze',
  activate: 'Activate',
  everywhere: 'Be active for everybody',
};

const MARKS: Record<DescribableStage['state'], string> = {
  waiting: '·',
  underWay: '…',
  done: '✓',
  skipped: '–',
  failed: '✗',
};

/** Markdown of an activation for Temporal's current details: every stage with what it found. */
export function describeActivation(name: string, stages: readonly DescribableStage[]): string {
  return [`**Engagement ${name}**`, '', ...stages.map((stage) => `- ${stageLine(stage)}`)].join('\n');
}

/** One stage on a line. */
export function stageLine({ stage, state, sentence }: DescribableStage): string {
  return `${MARKS[state]} ${TITLES[stage]}${sentence === undefined ? '' : `: ${sentence}`}`;
}
