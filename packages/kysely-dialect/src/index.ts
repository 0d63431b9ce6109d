export { E6dataAdapter } from './e6data-adapter.ts'
export type { E6dataQueryOptions } from './e6data-connection.ts'
export {
  type E6dataConnectConfig,
  type E6dataConnectionConfig,
  E6dataDialect,
  type E6dataDialectConfig,
  type E6dataPoolConfig,
} from './e6data-dialect.ts'
export { E6dataQueryCompiler } from './e6data-query-compiler.ts'
export { UnsupportedOperationError } from './unsupported-operation-error.ts'
