import { type FastifyInstance } from 'fastify';
import { type Logger } from 'pino';
import { success, type Outcome } from '../../contract/errors';
import { confirmByMail, updateIdOf, type MailHookAnswer } from '../confirm-by-mail';
import { hookOff, refuseDelivery } from '../hook-replies';
import { type ConfirmationRuns } from '../runs';
import { createSnsCertificates, type FetchText } from '../sns/certificates';
import { parseSnsMessage, type SnsMessage } from '../sns/message';
import { mailOfNotification } from '../sns/ses-mail';
import { confirmSubscription } from '../sns/subscription';
import { verifySnsMessage } from '../sns/verify';

/** What the hook works with. */
export interface SesHookOptions {
  runs: ConfirmationRuns;
  /** Topics whose messages are taken; empty where the hook is off. */
  snsTopicArns: readonly string[];
  fetchText: FetchText;
  logger: Logger;
  now: () => number;
}

const URL_PATH = '/hooks/ses';
/**
 * SES publishes mails up to 150 KB (https://docs.aws.amazon.com/ses/latest/DeveloperGuide/receiving-email-action-sns.html,
 * read 2026-11-22); that is JSON inside of JSON, whose escapes may make several times as much of it.
 */
const MAX_MESSAGE_BYTES = 640 * 1024;

/**
 * `POST /hooks/ses`: takes mails that Amazon SES received and publishes by an SNS topic, and confirms the subscription to
 * it. SNS delivers again after errors of the server only (https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html, read
 * 2026-11-22), so what may be over soon is 503 and every refusal 4xx.
 */
export function sesHookRoute(app: FastifyInstance, options: SesHookOptions): void {
  const { snsTopicArns: topicArns, fetchText, now } = options;
  if (topicArns.length === 0) {
    hookOff(app, URL_PATH, 'BRAZIER_SNS_TOPIC_ARNS');
    return;
  }
  const trust = { topicArns, certificates: createSnsCertificates(fetchText, now), now };
  void app.register((scope, _options, registered) => {
    scope.removeAllContentTypeParsers();
    // SNS says text/plain; what it is called is up to the subscription's delivery policy.
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    scope.post(URL_PATH, { bodyLimit: MAX_MESSAGE_BYTES }, async (request, reply) => {
      const message = parseSnsMessage(typeof request.body === 'string' ? request.body : '');
      if (!message.ok) return refuseDelivery(reply, message.fault);
      const publishedAtMs = await verifySnsMessage(message.value, trust);
      if (!publishedAtMs.ok) return refuseDelivery(reply, publishedAtMs.fault);
      const answer = await act(message.value, publishedAtMs.value, options);
      return answer.ok ? answer.value : refuseDelivery(reply, answer.fault);
    });
    registered();
  });
}

async function act(
  message: SnsMessage,
  publishedAtMs: number,
  { runs, fetchText, logger }: SesHookOptions,
): Promise<Outcome<MailHookAnswer>> {
  const { TopicArn: topicArn } = message;
  switch (message.Type) {
    case 'Notification': {
      const mail = await mailOfNotification(message.Message, publishedAtMs);
      if (!mail.ok) return mail;
      if (mail.value) return confirmByMail(mail.value, runs, updateIdOf('sns', message.MessageId));
      return success({ matched: false, reason: 'The notification tells of no mail that came in.' });
    }
    case 'SubscriptionConfirmation': {
      const confirmed = await confirmSubscription(message, fetchText);
      if (!confirmed.ok) return confirmed;
      logger.info({ topicArn }, 'subscription to the topic confirmed');
      return success({ matched: false, reason: 'The subscription to the topic is confirmed.' });
    }
    case 'UnsubscribeConfirmation':
      // Its address would subscribe again, which nobody asked for.
      logger.warn({ topicArn }, 'subscription to the topic ended: no mail comes in by it any more');
      return success({ matched: false, reason: 'The subscription to the topic has ended.' });
  }
}
