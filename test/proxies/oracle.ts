/** Orders in the cluster, whose ids are 0, 1, 2 and so on. */
export const ORDERS = 1000
export const BATCH_ROWS = 100

/** Every order, each row with the folder that only the engine which made the row has. */
export const SELECT_ORDERS =
  "SELECT order_id, current_setting('temp_directory') AS engine FROM orders ORDER BY order_id"

export interface OrderRow {
  order_id: bigint
  engine: string
}

export type Verdict = 'right' | 'lost' | 'doubled' | 'mixed'

const SUM_OF_IDS = (ORDERS * (ORDERS - 1)) / 2

/** Judges a result of {@link SELECT_ORDERS}, or its beginning, row by row. */
export class ResultOracle {
  readonly #ids = new Set<bigint>()
  readonly #engines = new Set<string>()
  #rows = 0
  #sum = 0

  add({ order_id: id, engine }: OrderRow): void {
    this.#rows += 1
    this.#sum += Number(id)
    this.#ids.add(id)
    this.#engines.add(engine)
  }

  get rows(): number {
    return this.#rows
  }

  /** What is wrong with the rows so far, whether or not they are all. */
  get verdictSoFar(): Verdict {
    if (this.#ids.size < this.#rows) return 'doubled'
    if (this.#engines.size > 1) return 'mixed'
    return 'right'
  }

  /** @param strategy the strategy on which the result says it was made */
  verdict(strategy: string): Verdict {
    const soFar = this.verdictSoFar
    if (soFar !== 'right') return soFar
    if (this.#rows !== ORDERS || this.#sum !== SUM_OF_IDS) return 'lost'
    const [engine = ''] = this.#engines
    return engine.includes(`/${strategy}.`) ? 'right' : 'mixed'
  }
}
