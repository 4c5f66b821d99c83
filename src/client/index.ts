export { BrazierClient, type ActivationHandle, type AudienceListing } from './brazier-client';
export { type RunListing } from './find-run';
export { InputRefusedError } from './input-check';
