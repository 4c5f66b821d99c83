export {
  BrazierClient,
  type ActivationHandle,
  type AudienceListing,
  type RunListing,
} from './brazier-client';
