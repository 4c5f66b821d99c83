export { activateAudience } from './activate-audience';
export { activateEngagement } from './activate-engagement';
export { engagement } from './engagement';
export { integration } from './integration';
export { runAudience } from './run-audience';
export { setupIntegration } from './setup-integration';
export { watchSchedules } from './watch-schedules';
export { workspaceBudget } from './workspace-budget';
