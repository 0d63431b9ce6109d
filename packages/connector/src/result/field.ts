import type { TypeName } from '../types/type-table.ts'

/** A column of a result, as the result metadata describes it. */
export interface Field {
  readonly name: string
  /** A type name such as `LONG`. Names this connector does not know are kept as they came. */
  readonly type: TypeName | (string & {})
  /** A time zone the engine gives for the whole column; values never depend on it. Empty when there is none. */
  readonly zone: string
  /** A display format the engine suggests; values never depend on it. Empty when there is none. */
  readonly format: string
}
