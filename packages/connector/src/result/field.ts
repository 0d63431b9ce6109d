import type { TypeName } from '../types/type-table.ts'

/** A column of a result, as the result metadata describes it. */
export interface Field {
  readonly name: string
  /** A type name such as `LONG`. Names unknown to this connector are kept as received. */
  readonly type: TypeName | (string & {})
  /** The engine's time zone for the whole column, or an empty string. Values never depend on it. */
  readonly zone: string
  /** The display format that the engine suggests, or an empty string. Values never depend on it. */
  readonly format: string
}
