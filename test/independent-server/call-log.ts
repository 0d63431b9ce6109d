import type { Call } from './call.ts'

/** The outcome of a call, in a few words. */
export interface LogEntry {
  readonly atMs: number
  readonly call: Call
  readonly outcome: string
}

const MOST_LINES = 300

/** All calls in the order of arrival. Prints as lines without session ids. */
export class CallLog {
  readonly entries: LogEntry[] = []
  readonly #startedAt = performance.now()

  get nowMs(): number {
    return performance.now() - this.#startedAt
  }

  add(call: Call, outcome: string): void {
    this.entries.push({ atMs: this.nowMs, call, outcome })
  }

  toString(): string {
    const hidden = this.entries.length - MOST_LINES
    const head = hidden > 0 ? [`… ${hidden} calls before these`] : []
    return [...head, ...this.entries.slice(-MOST_LINES).map(line)].join('\n')
  }
}

function line({ atMs, call, outcome }: LogEntry): string {
  const { connection, proxy, method, strategy, user, query, tag } = call
  const about = [query?.id, tag].filter(Boolean).join(' ')
  const from = `${proxy}#${connection}`
  return `${atMs.toFixed(0).padStart(6)} ms ${from} ${user ?? '?'} ${method}@${strategy ?? 'none'} ${about} → ${outcome}`
}
