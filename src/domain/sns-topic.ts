/** ARN of a topic of Amazon SNS, in the partitions whose hosts are known: AWS itself, China, and GovCloud. */
export const TOPIC_ARN = /^arn:aws(?:-cn|-us-gov)?:sns:([a-z0-9-]+):\d{12}:[A-Za-z0-9_.-]{1,256}$/;

/** The one host that speaks for a topic: SNS in the topic's region. Nothing for what is no topic. */
export function snsHostOf(topicArn: string): string | undefined {
  const region = TOPIC_ARN.exec(topicArn)?.[1];
  if (region === undefined) return undefined;
  return `sns.${region}.amazonaws.com${topicArn.startsWith('arn:aws-cn:') ? '.cn' : ''}`;
}
