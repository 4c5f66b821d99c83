export { BrazierClient, type ActivationHandle, type AudienceListing } from './brazier-client';
export { type EngagementActivationHandle, Engagements } from './engagements';
export { type ExternalApiTestHandle, ExternalApiTests } from './external-api-tests';
export { type RunListing } from './find-run';
export { InputRefusedError } from './input-check';
