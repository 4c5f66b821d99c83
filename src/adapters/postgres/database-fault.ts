import { DatabaseError } from 'pg';
import { type Fault } from '../../contract/errors';

/** States of SQL that pass by themselves, by class or whole: https://www.postgresql.org/docs/18/errcodes-appendix.html, read 2026-11-22. */
const PASSING = /^(08|53|58|57P0|57014|55P03|40001|40P01|25006|25P03|25P04)/;
/** Login, database, rights. */
const REFUSED = /^(28|3D000|42501|3F000)/;
/** How Node's sockets and the client say that the server can't be had. */
const LOST_CONNECTION = /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_)/;
const LOST_TEXT =
  /timeout|Connection terminated|connection error|not queryable|Client was closed|Cannot use a pool/i;
const TLS = /^(ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_SSL|EPROTO)/;

/** A statement failed for a reason that is Brazier's own. Its text never holds values, as those of the server may. */
export class StatementError extends Error {
  override readonly name = 'StatementError';
}

/** The catalogued fault for a failure of the database that is not Brazier's own doing. */
export function databaseFault(error: unknown): Fault | undefined {
  const code = codeOf(error);
  if (error instanceof DatabaseError) {
    if (PASSING.test(code)) return unavailable(`SQLSTATE ${code}`);
    if (REFUSED.test(code)) return refused(`SQLSTATE ${code}`);
    return undefined;
  }
  if (LOST_CONNECTION.test(code)) return unavailable(code);
  if (TLS.test(code)) return refused(code);
  const message = error instanceof Error ? error.message : '';
  if (/SSL|TLS|SASL|SCRAM|authentication/.test(message)) return refused('TLS or login');
  return LOST_TEXT.test(message) ? unavailable('connection lost') : undefined;
}

/** Any other failure of a statement, without the values that the server repeats in its texts. */
export function withoutValues(error: unknown): unknown {
  if (!(error instanceof DatabaseError)) return error;
  const { code = 'none', table, constraint, routine } = error;
  const where = [table, constraint, routine].filter((part) => part !== undefined).join(', ');
  return new StatementError(`The database refused a statement (SQLSTATE ${code}; ${where}).`);
}

function unavailable(seen: string): Fault {
  return { code: 'DATABASE_UNAVAILABLE', message: `The database does not answer as it should (${seen}).` };
}

function refused(seen: string): Fault {
  return {
    code: 'DATABASE_REFUSED',
    message: `The database of BRAZIER_DATABASE_URL does not let Brazier work (${seen}).`,
  };
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
