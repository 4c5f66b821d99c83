/**
 * Splits a limit among those who ask for parts of it: whoever asks for less than an equal part gets that, and the others
 * share the rest equally (max-min fairness). What nobody asks for goes to the askers in equal parts, so that one who comes
 * to need more need not ask first. Whoever asks for nothing gets nothing.
 */
export function fairShares(limit: number, demands: readonly number[]): number[] {
  const shares = demands.map(() => 0);
  const ascending = demands
    .map((demand, at) => ({ demand, at }))
    .filter(({ demand }) => demand > 0)
    .sort((a, b) => a.demand - b.demand);
  let rest = limit;
  ascending.forEach(({ demand, at }, served) => {
    const share = Math.min(demand, rest / (ascending.length - served));
    shares[at] = share;
    rest -= share;
  });
  for (const { at } of ascending) shares[at] = (shares[at] ?? 0) + Math.max(0, rest) / ascending.length;
  return shares;
}
