/** The n-th member's identifier; of example length, and the same in every part of the benchmark. */
export function memberId(n: number): string {
  return `user-${String(n).padStart(9, '0')}`;
}

/** Text made of one piece per member, in chunks that are worth a write each. */
export function* perMember(members: number, piece: (id: string) => string): Generator<string> {
  const CHUNK = 10_000;
  for (let start = 0; start < members; start += CHUNK) {
    let text = '';
    for (let n = start; n < Math.min(members, start + CHUNK); n += 1) text += piece(memberId(n));
    yield text;
  }
}
