import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { type SendStreamMailInput } from '../activities/send-mail';
import { mail } from './activity-proxies';

/** A mail that cannot be sent is in the history, and changes nothing about what it would have told. */
export async function tellOperators(input: SendStreamMailInput): Promise<void> {
  try {
    await CancellationScope.nonCancellable(() => mail.sendStreamMail(input));
  } catch (error) {
    if (isCancellation(error)) throw error;
  }
}
