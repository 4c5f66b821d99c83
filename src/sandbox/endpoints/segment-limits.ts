import { type SandboxLimits } from '../settings';
import { type NamedLimit } from '../rate-windows';

/** The pool that all segment endpoints share (https://www.braze.com/docs/api/api_limits, read 2026-09-02). */
export function segmentLimits({ segments }: SandboxLimits): readonly NamedLimit[] {
  return [{ name: 'segments', ...segments }];
}
