import { type IntegrationState as GenericState, type BeginDecision } from '../domain/integration-state';
import { type IntegrationSettings } from './integration';

export type {
  AudienceState,
  BeginDecision,
  BeginRequest,
  CommitRequest,
  EndRequest,
  RunPointer,
} from '../domain/integration-state';

/** State of an `integration` entity; answer of its `describe` query. */
export type IntegrationState = GenericState<IntegrationSettings>;

/** Update `configure`: create or change the integration; its audiences stay. */
export interface ConfigureRequest {
  settings: IntegrationSettings;
  segmentIds: string[];
}

/** Answer of the Update `begin`. */
export type BeginAnswer = BeginDecision;

/** Query `holds`: may this generation still write? */
export interface HoldsRequest {
  key: string;
  generation: number;
}

/** Names of the messages that an integration handles. */
export const INTEGRATION_MESSAGES = {
  configure: 'configure',
  begin: 'begin',
  commit: 'commit',
  end: 'end',
  holds: 'holds',
  describe: 'describe',
} as const;
