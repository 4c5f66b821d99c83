// Makes a fresh clone runnable and then runs what was asked for:
//   node scripts/bootstrap.mjs install | demo [args] | test [jest args] | bench <name> [args] | chaos [args]
// It depends on nothing but Node, because it is what brings everything else.

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`brazier: Node 20.19 or newer is needed, this is Node ${process.versions.node}.`);
  process.exit(11);
}

// Loaded only now: an older Node should meet the sentence above, not a syntax error in one of these.
const { BootstrapError, say } = await import('./bootstrap/say.mjs');
const { main } = await import('./bootstrap/main.mjs');

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BootstrapError)) throw error;
  say(error.message);
  process.exitCode = error.exitCode;
}
