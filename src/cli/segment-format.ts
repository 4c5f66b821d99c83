import { type SegmentVersion } from '../contract/segment';
import { type SegmentPreview } from '../contract/segment';
import { number } from '../domain/describe-run';
import { formatFacts } from './table';

/** Columns of a list of segments. */
export const SEGMENT_COLUMNS = [
  { title: 'SEGMENT', of: ({ name }: SegmentVersion) => name },
  { title: 'VERSION', of: ({ version }: SegmentVersion) => version },
  { title: 'SAVED', of: ({ savedAt }: SegmentVersion) => savedAt },
  { title: 'DESCRIPTION', of: ({ description }: SegmentVersion) => description },
];

/** One segment for people. */
export function formatSegment({
  integration,
  name,
  version,
  savedAt,
  description,
  condition,
}: SegmentVersion): string[] {
  return [
    ...formatFacts([
      ['segment', name],
      ['integration', integration],
      ['version', String(version)],
      ['saved', savedAt],
      ['description', description],
    ]),
    'condition',
    ...JSON.stringify(condition, null, 2)
      .split('\n')
      .map((line) => `  ${line}`),
  ];
}

/** Counts of a segment for people. */
export function formatPreview(preview: SegmentPreview): string[] {
  const { at, people, inside, willEnter, willLeave, nextEntryAt, sample } = preview;
  return formatFacts([
    ['people', number(people)],
    ['inside', `${number(inside)} at ${at}`],
    ['will enter', `${number(willEnter)} by time alone${nextEntryAt ? `, the first at ${nextEntryAt}` : ''}`],
    ['will leave', `${number(willLeave)} by time alone`],
    ['profiles in', sample?.inside.join(', ')],
    ['entering', sample?.willEnter.join(', ')],
  ]);
}
