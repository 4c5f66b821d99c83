import { snsHostOf } from './sns-topic';

test.each([
  ['arn:aws:sns:eu-west-1:123456789012:mails', 'sns.eu-west-1.amazonaws.com'],
  ['arn:aws-cn:sns:cn-north-1:123456789012:mails', 'sns.cn-north-1.amazonaws.com.cn'],
  ['arn:aws-us-gov:sns:us-gov-west-1:123456789012:mails.fifo', 'sns.us-gov-west-1.amazonaws.com'],
])('%s is spoken for by %s', (topicArn, host) => {
  expect(snsHostOf(topicArn)).toBe(host);
});

test.each([
  'arn:aws:sns:eu-west-1.evil.example.com/:123456789012:mails',
  'arn:aws:sqs:eu-west-1:123456789012:mails',
  'arn:aws:sns:eu-west-1:123:mails',
  'arn:aws:sns:eu-west-1:123456789012:mails\n',
  'arn:aws:sns::123456789012:mails',
  '',
])('%j is no topic', (topicArn) => {
  expect(snsHostOf(topicArn)).toBeUndefined();
});
