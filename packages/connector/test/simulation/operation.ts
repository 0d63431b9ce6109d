import type { Strategy } from '../../src/types/strategy.ts'
import type { Exchange } from './exchange.ts'
import type { ResultRow } from './result-rows.ts'
import type { Form, OperationDecision } from './schedule.ts'
import type { SimulatedCluster } from './simulated-cluster.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { Watch } from './watch.ts'

/** External events that may end an operation early. */
export type Interference = 'its signal fired' | 'its connection was closed' | 'it was cancelled elsewhere'

const NOT_ONE_STATEMENT: ReadonlySet<Form> = new Set([
  'cursor twice',
  'tables',
  'dry run',
  'new session',
  'strategy check',
])

/** One operation of a program, during its run and after it. Checks every row it receives. */
export class Operation {
  /** The calls about it, in the order they were sent. */
  readonly calls: Exchange[] = []
  readonly interferences = new Set<Interference>()
  readonly #watch: Watch
  #run: { readonly id: string; readonly colour: string } | undefined
  #rows = 0

  constructor(
    readonly decision: OperationDecision,
    readonly process: SimulatedProcess,
    readonly cluster: SimulatedCluster,
    /** The time when it began, or when its connection started to open, if that was earlier. */
    readonly beganAt: number,
    watch: Watch,
  ) {
    this.#watch = watch
  }

  get id(): number {
    return this.decision.id
  }

  get connection(): string {
    return `${this.process.name}.c${this.decision.connection}`
  }

  get writes(): boolean {
    return this.decision.form === 'write'
  }

  /** Whether it only runs one statement and reads its result. */
  get isOneStatement(): boolean {
    return !NOT_ONE_STATEMENT.has(this.decision.form)
  }

  get rowsSeen(): number {
    return this.#rows
  }

  /** Drops the rows of a completed run: the statement is run again on purpose. */
  startOver(): void {
    this.#run = undefined
    this.#rows = 0
  }

  /** Checks the next row of its result. */
  see({ operation, run, colour, position }: ResultRow): void {
    this.#run ??= { id: run, colour }
    if (Number(operation) !== this.id || this.#run.id !== run || this.#run.colour !== colour) {
      const found = `#${operation} ${run} ${colour}`
      this.#watch.report('rows of two runs were mixed', `${found} among the rows of #${this.id} ${this.#run.id}`)
      return
    }
    if (position < this.#rows) this.#watch.report('rows were repeated', `row ${position} of #${this.id}`)
    if (position > this.#rows)
      this.#watch.report('rows were lost', `rows ${this.#rows} to ${position - 1} of #${this.id}`)
    this.#rows = position + 1
  }

  /** The result was read to its end, which names its strategy. */
  finish(strategy?: Strategy): void {
    const expected = this.writes ? 1 : this.decision.rows
    if (this.#rows < expected)
      this.#watch.report('rows were lost', `${expected - this.#rows} at the end of #${this.id}`)
    if (strategy && this.#run && this.#run.colour !== strategy) {
      this.#watch.report(
        'rows of two runs were mixed',
        `#${this.id} says ${strategy}, its rows say ${this.#run.colour}`,
      )
    }
  }
}
