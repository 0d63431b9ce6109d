import type { Strategy } from '../../src/types/strategy.ts'
import type { Exchange } from './exchange.ts'
import type { ResultRow } from './result-rows.ts'
import type { Form, OperationDecision } from './schedule.ts'
import type { SimulatedCluster } from './simulated-cluster.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { Watch } from './watch.ts'

/** What others do to an operation, so that it may end early. */
export type Interference = 'its signal fired' | 'its connection was closed' | 'it was cancelled elsewhere'

const NOT_ONE_STATEMENT: ReadonlySet<Form> = new Set([
  'cursor twice',
  'tables',
  'dry run',
  'new session',
  'strategy check',
])

/** One thing that a program does, while it is done and after. Judges every row it is given. */
export class Operation {
  /** The calls about it, in the order in which they were sent. */
  readonly calls: Exchange[] = []
  readonly interferences = new Set<Interference>()
  readonly #watch: Watch
  #run: { readonly id: string; readonly strategy: string } | undefined
  #rows = 0

  constructor(
    readonly decision: OperationDecision,
    readonly process: SimulatedProcess,
    readonly cluster: SimulatedCluster,
    /** When it began, or, where it finds its connection opening, when that began. */
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

  /** Whether it runs one statement and reads its result, and does nothing else. */
  get isOneStatement(): boolean {
    return !NOT_ONE_STATEMENT.has(this.decision.form)
  }

  get rowsSeen(): number {
    return this.#rows
  }

  /** Forgets the rows of a run that has been read: the statement is run again on purpose. */
  startOver(): void {
    this.#run = undefined
    this.#rows = 0
  }

  /** Takes the next row of its result. */
  see({ operation, run, strategy, position }: ResultRow): void {
    this.#run ??= { id: run, strategy }
    if (Number(operation) !== this.id || this.#run.id !== run || this.#run.strategy !== strategy) {
      const found = `#${operation} ${run} ${strategy}`
      this.#watch.report('rows of two runs were mixed', `${found} among the rows of #${this.id} ${this.#run.id}`)
      return
    }
    if (position < this.#rows) this.#watch.report('rows were repeated', `row ${position} of #${this.id}`)
    if (position > this.#rows)
      this.#watch.report('rows were lost', `rows ${this.#rows} to ${position - 1} of #${this.id}`)
    this.#rows = position + 1
  }

  /** The result was read to its end, which names the strategy that made it. */
  finish(strategy?: Strategy): void {
    const expected = this.writes ? 1 : this.decision.rows
    if (this.#rows < expected)
      this.#watch.report('rows were lost', `${expected - this.#rows} at the end of #${this.id}`)
    if (strategy && this.#run && this.#run.strategy !== strategy) {
      this.#watch.report(
        'rows of two runs were mixed',
        `#${this.id} says ${strategy}, its rows say ${this.#run.strategy}`,
      )
    }
  }
}
