import type { CallRecord, OpenCallRecord } from '../router/call-record.ts'
import { waitUntil } from '../waiting/wait-until.ts'
import type { Fault, FaultEffect } from './fault.ts'

/** An injected fault. */
export interface FaultHandle {
  readonly id: number
  readonly fault: Fault
  /** Number of calls that it has hit. */
  readonly fired: number
  /** Number of calls that it holds now. */
  readonly holding: number
  /** Resolves with the nth call it hits. @default n 1, timeoutMs 10000 */
  whenFired(options?: { count?: number; timeoutMs?: number }): Promise<CallRecord>
  /** Resolves when it holds this many calls at once. @default count 1, timeoutMs 10000 */
  whenHolding(options?: { count?: number; timeoutMs?: number }): Promise<void>
  /** Releases the calls that it has hit so far; later ones are held again. */
  release(): void
  /** Removes the fault and releases the calls that it holds. */
  remove(): void
}

/** A fault that hits one call. */
export interface AppliedFault {
  effect: FaultEffect
  /** For a hold: resolves when the call is released. */
  held(): Promise<void>
}

class ActiveFault implements FaultHandle {
  readonly #hits: CallRecord[] = []
  readonly #seen = new Map<string, number>()
  readonly #queries = new Map<string, number>()
  readonly #releases = new Set<() => void>()
  readonly #watchers = new Set<() => void>()
  /** Incremented by each release: a call hit before it is not held, even if it does not wait yet. */
  #releaseCount = 0
  #removed = false

  constructor(
    readonly id: number,
    readonly fault: Fault,
    private readonly onRemove: (fault: ActiveFault) => void,
    private readonly onRelease: (fault: ActiveFault) => void,
  ) {}

  get fired(): number {
    return this.#hits.length
  }

  get holding(): number {
    return this.#releases.size
  }

  async whenFired({ count = 1, timeoutMs = 10_000 } = {}): Promise<CallRecord> {
    const what = `hit ${count} of fault ${this.id}`
    await waitUntil(
      (look) => this.#watch(look),
      () => this.fired >= count,
      { timeoutMs, what },
    )
    return this.#hits[count - 1]!
  }

  async whenHolding({ count = 1, timeoutMs = 10_000 } = {}): Promise<void> {
    const what = `${count} calls held by fault ${this.id}`
    await waitUntil(
      (look) => this.#watch(look),
      () => this.holding >= count,
      { timeoutMs, what },
    )
  }

  release(): void {
    this.#releaseCount += 1
    const releases = [...this.#releases]
    this.#releases.clear()
    for (const go of releases) go()
    this.onRelease(this)
  }

  remove(): void {
    this.#removed = true
    this.onRemove(this)
    this.release()
  }

  /** Counts the call, and returns whether it is hit. */
  hits(record: OpenCallRecord): boolean {
    if (!this.#matches(record)) return false
    const counter = this.fault.countPer === 'query' ? (record.queryId ?? '') : ''
    const occurrence = (this.#seen.get(counter) ?? 0) + 1
    this.#seen.set(counter, occurrence)
    const every = this.fault.occurrence === 'every'
    const first = every ? 1 : (this.fault.occurrence ?? 1)
    const times = this.fault.times ?? (every ? Number.POSITIVE_INFINITY : 1)
    if (typeof first === 'string' || occurrence < first || occurrence >= first + times) return false
    this.#hits.push(record)
    record.faults.push(this.fault.fault.kind)
    this.#changed()
    return true
  }

  /** Returns the wait of a call that was just hit. */
  hold(): () => Promise<void> {
    const releasesBefore = this.#releaseCount
    return async () => {
      if (this.#removed || this.#releaseCount !== releasesBefore) return
      await new Promise<void>((resolve) => {
        this.#releases.add(resolve)
        this.#changed()
      })
    }
  }

  #watch(look: () => void): () => void {
    this.#watchers.add(look)
    return () => this.#watchers.delete(look)
  }

  #changed(): void {
    for (const look of [...this.#watchers]) look()
  }

  #matches(record: OpenCallRecord): boolean {
    const { method, service, strategy, queryId, query, sessionId } = this.fault
    const methods = typeof method === 'string' ? [method] : method
    if (methods !== undefined && !methods.includes(record.method)) return false
    if (service !== undefined && service !== record.service) return false
    if (strategy !== undefined && strategy !== (record.strategy ?? 'none')) return false
    if (queryId !== undefined && queryId !== record.queryId) return false
    if (sessionId !== undefined && sessionId !== record.sessionId) return false
    return query === undefined || query === this.#ordinalOf(record.queryId)
  }

  #ordinalOf(queryId: string | undefined): number | undefined {
    if (queryId === undefined) return undefined
    const known = this.#queries.get(queryId)
    if (known !== undefined) return known
    this.#queries.set(queryId, this.#queries.size + 1)
    return this.#queries.size
  }
}

/** The active faults. */
export class FaultRegistry {
  readonly #active = new Map<number, ActiveFault>()
  #sequence = 0

  constructor(private readonly onChange: (handle: FaultHandle, change: 'injected' | 'released' | 'removed') => void) {}

  inject(fault: Fault): FaultHandle {
    this.#sequence += 1
    const active = new ActiveFault(
      this.#sequence,
      fault,
      (removed) => {
        if (this.#active.delete(removed.id)) this.onChange(removed, 'removed')
      },
      (released) => this.onChange(released, 'released'),
    )
    this.#active.set(active.id, active)
    this.onChange(active, 'injected')
    return active
  }

  /** Returns the faults that hit this call, in the order of their injection. */
  take(record: OpenCallRecord): AppliedFault[] {
    const applied: AppliedFault[] = []
    for (const active of this.#active.values()) {
      if (active.hits(record)) applied.push({ effect: active.fault.fault, held: active.hold() })
    }
    return applied
  }

  find(id: number): FaultHandle | undefined {
    return this.#active.get(id)
  }

  list(): FaultHandle[] {
    return [...this.#active.values()]
  }

  clear(): void {
    for (const active of [...this.#active.values()]) active.remove()
  }
}
