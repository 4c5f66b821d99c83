import { type BrazeWorkspace } from '../adapters/braze/probe';
import { type SetupStep } from '../contract/integration';
import { MAX_VALUES_PER_ATTRIBUTE } from '../contract/names';
import { type RegisteredAttribute, judgeAttribute } from '../domain/attribute-state';
import { failed, failedWith, passed, skipped } from './setup-step';

/** Steps about the declared attributes, and the smallest cap among them. */
export interface AttributeFinding {
  steps: SetupStep[];
  /** Absent where Braze names no cap. */
  valueCap?: number | undefined;
}

interface JudgedAttribute {
  step: SetupStep;
  cap?: number | undefined;
}

const SCOPE = 'custom_attributes.get';

/** Whether audiences can live in each declared attribute. */
export async function probeAttributes(
  names: readonly string[],
  workspace: BrazeWorkspace,
): Promise<AttributeFinding> {
  const found = await workspace.findAttributes(names);
  if (!found.ok) {
    const scope =
      found.fault.code === 'BRAZE_PERMISSION_MISSING'
        ? skipped(
            SCOPE,
            `The key lacks ${SCOPE}: a cap of ${MAX_VALUES_PER_ATTRIBUTE} values is assumed, which may be too high.`,
            `Add ${SCOPE} to the next key.`,
          )
        : failed(SCOPE, found.fault);
    const unseen = names.map((name) =>
      skipped(stepOf(name), `Its type and cap cannot be seen without ${SCOPE}.`),
    );
    return { steps: [scope, ...unseen] };
  }
  const judged = names.map((name) => judge(name, found.value.get(name)));
  const caps = judged.flatMap(({ cap }) => (cap === undefined ? [] : [cap]));
  return {
    steps: [passed(SCOPE, `The key has ${SCOPE}.`), ...judged.map(({ step }) => step)],
    ...(caps.length === 0 ? {} : { valueCap: Math.min(...caps) }),
  };
}

function judge(name: string, registered: RegisteredAttribute | undefined): JudgedAttribute {
  const state = judgeAttribute(registered);
  switch (state.kind) {
    case 'absent':
      return { step: passed(stepOf(name), 'It does not exist yet and will be created by the first write.') };
    case 'unusable':
      return {
        step: failedWith(
          stepOf(name),
          'ATTRIBUTE_UNUSABLE',
          `The attribute cannot hold audiences: ${state.reason}.`,
        ),
      };
    case 'array':
      return { step: describeArray(stepOf(name), state.cap), cap: state.cap };
  }
}

function describeArray(step: string, cap: number | undefined): SetupStep {
  if (cap === undefined) return passed(step, 'It is an array; Braze does not say how many values it keeps.');
  const message = `It is an array that keeps ${cap} values.`;
  if (cap >= MAX_VALUES_PER_ATTRIBUTE) return passed(step, message);
  return {
    ...passed(step, `${message} Audiences beyond that are refused, since one more would evict the oldest.`),
    action: `Raise the attribute's maximum length in Braze if up to ${MAX_VALUES_PER_ATTRIBUTE} audiences are wanted.`,
    actor: 'settingsOwner',
  };
}

function stepOf(name: string): string {
  return `attribute ${name}`;
}
