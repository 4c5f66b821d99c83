/** The architecture as rules: docs/architecture.md says why. Tests are not production code and are left out. */
const typeOnly = { dependencyTypesNot: ['type-only'] };
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'domain-imports-nothing',
      comment: 'domain is pure: no other layer, no package, no Node built-in',
      severity: 'error',
      from: { path: '^src/domain' },
      to: { pathNot: '^src/domain' },
    },
    {
      name: 'contract-knows-domain-only',
      severity: 'error',
      from: { path: '^src/contract', pathNot: '^src/contract/schemas' },
      to: { pathNot: '^src/(contract(?!/schemas)|domain)' },
    },
    {
      name: 'schemas-know-contract-and-zod',
      comment: 'and the hash function that names an audience',
      severity: 'error',
      from: { path: '^src/contract/schemas' },
      to: { pathNot: '^src/(contract|domain)|node_modules/zod|^crypto$' },
    },
    {
      name: 'workflows-are-orchestration',
      comment:
        'a workflow takes contract, domain and the Temporal workflow API; of activities the types only',
      severity: 'error',
      from: { path: '^src/workflows' },
      to: {
        pathNot: '^src/(workflows|contract(?!/schemas)|domain)|node_modules/@temporalio/(workflow|common)',
        ...typeOnly,
      },
    },
    {
      name: 'activities-do-not-reach-processes',
      severity: 'error',
      from: { path: '^src/activities' },
      to: { path: '^src/(workflows|gateway|client|sandbox|dev|worker|cli|gateway\\.ts)', ...typeOnly },
    },
    {
      name: 'activities-are-given-their-adapters',
      comment: 'only composition roots see adapters and activities together',
      severity: 'error',
      from: { path: '^src/activities', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/adapters', ...typeOnly },
    },
    {
      name: 'adapters-know-no-layer-above',
      severity: 'error',
      from: { path: '^src/adapters' },
      to: { path: '^src/(workflows|activities|gateway|client|sandbox|dev|worker|cli|config)', ...typeOnly },
    },
    {
      name: 'sandbox-stands-alone',
      comment: 'product code reaches the sandbox by HTTP only; it shares no code with the product either',
      severity: 'error',
      from: { path: '^src/sandbox', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/(?!sandbox)' },
    },
    {
      name: 'nothing-sees-the-sandbox',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/(sandbox|dev|cli)|\\.test\\.ts$' },
      to: { path: '^src/sandbox' },
    },
    {
      name: 'nothing-sees-dev',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/(dev|cli)|\\.test\\.ts$' },
      to: { path: '^src/dev' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.test(-support)?\\.ts$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['require', 'node', 'default', 'types'],
    },
  },
};
