import { createHash } from 'node:crypto';
import { audienceKeyText } from '../../domain/audience-name';

/** What names an audience in workflow ids and object keys: the first 32 hex digits of a SHA-256. */
export function audienceKey(attribute: string, value: string, identifier: string): string {
  return createHash('sha256')
    .update(audienceKeyText(attribute, value, identifier))
    .digest('hex')
    .slice(0, 32);
}
