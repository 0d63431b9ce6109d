/** A statement that changes data, in the form that the other engine applies. */
export interface Write {
  sql: string
  catalog: string
  schema: string
  params: readonly WriteParameter[]
}

/** A parameter's value as a string, with the engine's type name. */
export interface WriteParameter {
  index: number
  type: string
  value: string
}

/** Orders the writes of all engines, so that both have the same data. */
export interface WriteOrder {
  /** Runs a write in its turn. Resolves with its result once the other engine has applied it. */
  run<Value>(write: Write, work: () => Promise<Value>): Promise<Value>
}

/** For engines that share one warehouse: DuckDB orders their writes. */
export class SharedWarehouseOrder implements WriteOrder {
  run<Value>(_write: Write, work: () => Promise<Value>): Promise<Value> {
    return work()
  }
}
