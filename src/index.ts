export * from './client/index';
export * from './contract/index';
