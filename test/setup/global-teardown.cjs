/** Ends what the setup started, servers before their folders. */
module.exports = async function stopSharedServers() {
  for (const cleanup of globalThis.brazierTestCleanups ?? []) await cleanup();
};
