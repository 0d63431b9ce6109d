/** A statement that changes data, as the other engine needs it to do the same. */
export interface Write {
  sql: string
  catalog: string
  schema: string
  params: readonly WriteParameter[]
}

/** A parameter's value as text, with the engine's name of its type. */
export interface WriteParameter {
  index: number
  type: string
  value: string
}

/** Puts the writes of all engines into one order, so that both hold the same data. */
export interface WriteOrder {
  /** Runs a write when its turn comes; what it resolves to is passed on once the other engine has done the same. */
  run<Value>(write: Write, work: () => Promise<Value>): Promise<Value>
}

/** Engines that share one warehouse need no order: DuckDB has its own. */
export class SharedWarehouseOrder implements WriteOrder {
  run<Value>(_write: Write, work: () => Promise<Value>): Promise<Value> {
    return work()
  }
}
