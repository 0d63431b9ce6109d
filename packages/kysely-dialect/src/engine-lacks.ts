import { UnsupportedOperationError } from './unsupported-operation-error.ts'

/**
 * What Kysely can say and the engine has no means to do. Everything else is passed on, and the engine answers for
 * itself. Each would otherwise fail with a syntax error at best, and at worst be taken for granted by the program.
 */
const LACKS = {
  transaction: ['a transaction', 'each statement takes effect by itself'],
  savepoint: ['a savepoint', 'each statement takes effect by itself'],
  rowLock: ['a row lock (for update, for share)', 'leave the lock out: there are no transactions it could protect'],
  returning: ['returning rows from a change', 'select them in a statement of its own'],
  upsert: ['resolving conflicts on insert', 'there are no unique keys that could conflict'],
  index: ['an index', 'leave it out: the engine reads columns without one'],
  key: ['a primary, unique or foreign key', 'leave it out: the engine would not enforce it'],
  autoIncrement: ['a column that counts by itself', 'generate the value in the program'],
  enumType: ['an enum type', 'use a string column'],
  migration: ['locking for migrations', 'change tables with the tool that writes them'],
} as const satisfies Record<string, readonly [operation: string, advice: string]>

/** @throws UnsupportedOperationError always */
export function engineLacks(what: keyof typeof LACKS): never {
  const [operation, advice] = LACKS[what]
  throw new UnsupportedOperationError(operation, advice)
}
