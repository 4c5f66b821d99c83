import { isPlainName } from '../../domain/secret-looks';
import { type Fault } from '../errors';

/**
 * Bytes of JSON that an input may have: half of what Temporal takes for one payload, since a workflow hands it on beside other things.
 * https://docs.temporal.io/cloud/limits#per-message-grpc-limit and `limit.blobSize.error` of a server (read 2026-11-22)
 */
export const MOST_INPUT_BYTES = 1024 * 1024;

/** Why Temporal could not keep an input, if it is too large; names the field that holds most of it and repeats nothing. */
export function oversizeFault(input: unknown): Fault | undefined {
  const bytes = bytesOf(input);
  if (bytes <= MOST_INPUT_BYTES) return undefined;
  const field = largestField(input);
  const where = field === '' ? '' : ` Most of it is in ${field}.`;
  const problem = `has ${bytes.toLocaleString('en-US')} bytes; at most ${MOST_INPUT_BYTES.toLocaleString('en-US')} can be given`;
  return {
    code: 'INPUT_INVALID',
    message: `The input ${problem}.${where}`,
    fields: [{ field, problem }],
  };
}

/** Down to where no single field holds half of what is around it. */
function largestField(input: unknown): string {
  let path = '';
  for (let value = input; typeof value === 'object' && value !== null;) {
    const half = bytesOf(value) / 2;
    const fields: [string, unknown][] = Object.entries(value);
    const found = fields.find(([, held]) => bytesOf(held) > half);
    if (found === undefined) break;
    const [name, held] = found;
    const shown = isPlainName(name) ? name : '(…)';
    const step = Array.isArray(value) ? `[${name}]` : path === '' ? shown : `.${shown}`;
    path += step;
    value = held;
  }
  return path;
}

function bytesOf(value: unknown): number {
  // Undefined has no JSON, and no size.
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
}
