import { isJsonObject, type JsonObject } from '../json-values';

/** How a request names a profile. The first three are primary; e-mail and phone are only looked at when no primary is there. */
export type Identity =
  | { kind: 'external_id'; id: string }
  | { kind: 'alias'; name: string; label: string }
  | { kind: 'braze_id'; id: string }
  | { kind: 'email'; address: string }
  | { kind: 'phone'; number: string };

/** The identity that an object of a request names: e-mail wins over phone. None if there is none that is well formed. */
export function readIdentity(record: JsonObject): Identity | undefined {
  const externalId = record['external_id'];
  if (typeof externalId === 'string' && externalId !== '') return { kind: 'external_id', id: externalId };
  const alias = readAlias(record['user_alias']);
  if (alias !== undefined) return { kind: 'alias', ...alias };
  const brazeId = record['braze_id'];
  if (typeof brazeId === 'string' && brazeId !== '') return { kind: 'braze_id', id: brazeId };
  const email = record['email'];
  if (typeof email === 'string' && email !== '') return { kind: 'email', address: email };
  const phone = record['phone'];
  if (typeof phone === 'string' && phone !== '') return { kind: 'phone', number: phone };
  return undefined;
}

/** A user alias object, if the value is a whole one. */
export function readAlias(value: unknown): { name: string; label: string } | undefined {
  if (!isJsonObject(value)) return undefined;
  const { alias_name: name, alias_label: label } = value;
  return typeof name === 'string' && typeof label === 'string' && name !== '' && label !== ''
    ? { name, label }
    : undefined;
}

/** One text per identity, for maps. */
export function identityKey(identity: Identity): string {
  switch (identity.kind) {
    case 'external_id':
      return identity.id;
    case 'alias':
      return `alias\0${identity.label}\0${identity.name}`;
    case 'braze_id':
      return `braze\0${identity.id}`;
    case 'email':
      return `email\0${identity.address.toLowerCase()}`;
    case 'phone':
      return `phone\0${identity.number}`;
  }
}
