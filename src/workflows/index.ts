export { activateAudience } from './activate-audience';
export { integration } from './integration';
export { runAudience } from './run-audience';
export { setupIntegration } from './setup-integration';
export { watchSchedules } from './watch-schedules';
export { workspaceBudget } from './workspace-budget';
