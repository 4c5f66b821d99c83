// What a few chosen files cover says nothing about the gate: only a run of everything is held against it.
const isWholeRun = process.argv
  .slice(2)
  .every((arg) => /^--(ci|json|outputFile=|runInBand|coverage)/.test(arg));

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs' },
      },
    ],
  },
  globalSetup: '<rootDir>/test/setup/global-setup.cjs',
  globalTeardown: '<rootDir>/test/setup/global-teardown.cjs',
  // Most end-to-end time is spent waiting for time-outs, so three fit on two cores where jest would start one.
  maxWorkers: 3,
  testSequencer: '<rootDir>/test/setup/longest-first.cjs',
  testTimeout: 180_000,
  ...(isWholeRun ? { collectCoverage: true } : {}),
  collectCoverageFrom: ['src/domain/**/*.ts', 'src/contract/**/*.ts', '!**/*.test.ts'],
  coverageReporters: [['text', { skipFull: true }]],
  // Every line and function of what is pure. Branches below 100 are the `??` that the compiler asks for at each index.
  coverageThreshold: {
    './src/domain/': { lines: 100, functions: 100, branches: 97 },
    './src/contract/': { lines: 100, functions: 100, branches: 95 },
  },
};
