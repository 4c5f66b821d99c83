const SIGNATURES: readonly [bytes: string, what: string][] = [
  ['1f8b', 'a gzip stream'],
  ['28b52ffd', 'a zstd stream'],
  ['5041523115', 'a Parquet file'],
  ['504b0304', 'a ZIP archive or an Excel workbook'],
  ['4f626a01', 'an Avro file'],
  ['fffe', 'UTF-16 text'],
  ['feff', 'UTF-16 text'],
];

/** The longest signature, in bytes. */
export const SIGNATURE_BYTES = 5;

/** What a file is by its first bytes, if that is something else than UTF-8 text. */
export function signatureOf(start: Buffer): string | undefined {
  const hex = start.subarray(0, SIGNATURE_BYTES).toString('hex');
  const known = SIGNATURES.find(([bytes]) => hex.startsWith(bytes));
  return known?.[1] ?? (looksLikeUtf16(start) ? 'UTF-16 text' : undefined);
}

/** How much of a text tells its encoding. */
const GLANCE_BYTES = 64;

/** Without a mark, UTF-16 of mostly Latin text has a NUL at every other place. */
function looksLikeUtf16(start: Buffer): boolean {
  const glance = start.subarray(0, GLANCE_BYTES);
  const nuls = [0, 0];
  glance.forEach((byte, at) => {
    if (byte === 0) nuls[at % 2] = (nuls[at % 2] ?? 0) + 1;
  });
  const [even = 0, odd = 0] = nuls;
  return (
    glance.length >= 4 && Math.max(even, odd) * 4 > glance.length && Math.min(even, odd) * 8 < glance.length
  );
}
