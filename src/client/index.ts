export {
  BrazierClient,
  type ActivationHandle,
  type AudienceListing,
  type RunListing,
} from './brazier-client';
export { InputRefusedError } from './input-check';
