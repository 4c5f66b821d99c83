/** One step of the schema. Once released it never changes: what has to be different is another migration. */
export interface Migration {
  /** Begins with its number, by which migrations are ordered. */
  readonly name: string;
  readonly sql: string;
}
