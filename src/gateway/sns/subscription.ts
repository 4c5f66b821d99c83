import { fault, success, type Outcome } from '../../contract/errors';
import { snsHostOf } from '../../domain/sns-topic';
import { type FetchText } from './certificates';
import { type SnsMessage } from './message';

/**
 * Confirms a subscription by the address that its (proven) message names, if that is SNS's own and about this topic.
 * Twice is harmless: SNS answers a token that was used already with the same subscription.
 */
export async function confirmSubscription(
  message: Extract<SnsMessage, { SubscribeURL: string }>,
  fetchText: FetchText,
): Promise<Outcome<void>> {
  const { SubscribeURL: address, TopicArn: topicArn, Token: token } = message;
  const prefix = `https://${snsHostOf(topicArn) ?? 'no-topic'}/?`;
  const query = new URLSearchParams(address.slice(prefix.length));
  const isOurs =
    address.startsWith(prefix) &&
    query.get('Action') === 'ConfirmSubscription' &&
    query.get('TopicArn') === topicArn &&
    query.get('Token') === token;
  if (!isOurs) return fault('INPUT_INVALID', 'SubscribeURL does not confirm this topic at its own SNS host.');
  const answer = await fetchText(new URL(address));
  return answer.ok ? success(undefined) : answer;
}
