/** One door for events, as routes are made from it and as it is described to callers. */
export interface EventOperation {
  /** Below `/v1`. */
  path: string;
  summary: string;
  description: string;
}

const DESCRIPTION =
  'Takes one event, or up to 1,000 of one integration, each with an id that makes it one event however often it is posted. Answers 202 once they are in the event log, durably. Events that can’t be taken are listed by their position; the others are taken.';

/** Every door for events, by operation id. */
export const EVENT_OPERATIONS = {
  captureEvents: {
    path: '/events',
    summary: 'Capture events of the key’s integration',
    description: DESCRIPTION,
  },
  captureEventsOfIntegration: {
    path: '/integrations/{integration}/events',
    summary: 'Capture events of an integration',
    description: DESCRIPTION,
  },
} as const satisfies Record<string, EventOperation>;
