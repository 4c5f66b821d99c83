import { type IdentifierKind } from '../../contract/phases';
import {
  ALIAS_SEPARATOR,
  IDENTIFIER_PATTERNS,
  MAX_EXTERNAL_ID_BYTES,
  OUTER_SPACE_CODE_POINTS,
} from '../../domain/identifiers';
import { text } from './engine';

const OUTER_SPACE = OUTER_SPACE_CODE_POINTS.map((point) => `chr(${point})`).join(' || ');

/** Trims as `trimmedIdentifier` of the domain does; NULL becomes blank. */
export function trimmedSql(column: string): string {
  return `trim(coalesce(${column}, ''), ${OUTER_SPACE})`;
}

/** Why an identifier is unusable, NULL if it is usable: the same answers as `memberOf` of the domain. */
export function unusableReasonSql(kind: IdentifierKind, name: string, label: string): string {
  const rules = [
    `WHEN ${name} = '' THEN 'blank'`,
    `WHEN ${matches(name, IDENTIFIER_PATTERNS.controlCharacter)} THEN 'controlCharacter'`,
    ...kindRules(kind, name, label),
  ];
  return `CASE ${rules.join(' ')} END`;
}

/** The text that stands for a member in snapshot, plan and ledger. */
export function memberSql(kind: IdentifierKind, name: string, label: string): string {
  return kind === 'user_alias' ? `${name} || chr(${ALIAS_SEPARATOR.charCodeAt(0)}) || ${label}` : name;
}

/** A member as it stands in a request body: JSON on one line. */
export function encodedMemberSql(kind: IdentifierKind, id: string): string {
  if (kind !== 'user_alias') return `to_json(${id})::VARCHAR`;
  const part = (index: number) => `split_part(${id}, chr(${ALIAS_SEPARATOR.charCodeAt(0)}), ${index})`;
  return `json_object('alias_name', ${part(1)}, 'alias_label', ${part(2)})::VARCHAR`;
}

function kindRules(kind: IdentifierKind, name: string, label: string): string[] {
  switch (kind) {
    case 'external_id':
      return [`WHEN strlen(${name}) > ${MAX_EXTERNAL_ID_BYTES} THEN 'tooLong'`];
    case 'braze_id':
      return [];
    case 'user_alias':
      return [
        `WHEN ${label} = '' THEN 'aliasLabelMissing'`,
        `WHEN ${matches(label, IDENTIFIER_PATTERNS.controlCharacter)} THEN 'controlCharacter'`,
      ];
    case 'email':
      return [`WHEN NOT ${matches(name, IDENTIFIER_PATTERNS.email)} THEN 'notAnEmailAddress'`];
    case 'phone':
      return [`WHEN NOT ${matches(name, IDENTIFIER_PATTERNS.phone)} THEN 'notAPhoneNumber'`];
  }
}

function matches(column: string, pattern: string): string {
  return `regexp_matches(${column}, ${text(pattern)})`;
}
