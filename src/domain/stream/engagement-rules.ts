import { type EngagementChange } from './log-entry';
import { type EngagementState } from './vocabulary';

const ALLOWED: Record<EngagementState, readonly EngagementChange[]> = {
  draft: ['activate', 'stop'],
  active: ['pause', 'stop', 'upgrade'],
  paused: ['resume', 'stop', 'upgrade'],
  stopped: [],
};

const DONE: Record<EngagementChange, string> = {
  activate: 'activated',
  pause: 'paused',
  resume: 'resumed',
  stop: 'stopped',
  upgrade: 'upgraded',
};

/** The state that a change leads to. */
export function stateAfter(state: EngagementState, change: EngagementChange): EngagementState {
  switch (change) {
    case 'activate':
    case 'resume':
      return 'active';
    case 'pause':
      return 'paused';
    case 'stop':
      return 'stopped';
    case 'upgrade':
      return state;
  }
}

/** Why a change is refused in this state, if it is. */
export function changeProblem(
  name: string,
  state: EngagementState,
  change: EngagementChange,
): string | undefined {
  if (ALLOWED[state].includes(change)) return undefined;
  const is = `engagement "${name}" is ${state === 'draft' ? 'a draft' : state}`;
  return `${is}, so it cannot be ${DONE[change]}. ${adviceFor(state, change)}`;
}

function adviceFor(state: EngagementState, change: EngagementChange): string {
  switch (state) {
    case 'draft':
      return 'Activate it first.';
    case 'active':
      return change === 'resume'
        ? 'It runs already.'
        : 'Upgrade it to other versions, or stop it and activate another one under a new name.';
    case 'paused':
      return change === 'pause' ? 'Resume it when it should go on.' : 'Resume it, or stop it.';
    case 'stopped':
      return 'A stopped engagement stays stopped: activate another one under a new name.';
  }
}
