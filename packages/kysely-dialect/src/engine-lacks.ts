import { UnsupportedOperationError } from './unsupported-operation-error.ts'

/**
 * Operations of Kysely that the engine does not support. Without these errors they would fail with a syntax error, or
 * have no effect without notice. Everything else is sent to the engine.
 */
const LACKS = {
  transaction: ['a transaction', 'each statement takes effect immediately'],
  savepoint: ['a savepoint', 'each statement takes effect immediately'],
  rowLock: ['a row lock (for update, for share)', 'omit the lock: there are no transactions'],
  returning: ['returning rows from a change', 'select them in a separate statement'],
  upsert: ['resolving conflicts on insert', 'there are no unique keys that could conflict'],
  index: ['an index', 'omit it: the engine does not use indexes'],
  key: ['a primary, unique or foreign key', 'omit it: the engine does not enforce keys'],
  autoIncrement: ['an auto-increment column', 'generate the value in the program'],
  enumType: ['an enum type', 'use a string column'],
  migration: ['locking for migrations', 'change tables with the tool that creates them'],
} as const satisfies Record<string, readonly [operation: string, advice: string]>

/** @throws UnsupportedOperationError always */
export function engineLacks(what: keyof typeof LACKS): never {
  const [operation, advice] = LACKS[what]
  throw new UnsupportedOperationError(operation, advice)
}
