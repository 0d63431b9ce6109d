import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import type { Operation, WriteOperation } from './history.ts'

type Line =
  | { readonly kind: 'invoked'; readonly id: string; readonly worker: string; readonly at: number }
  | { readonly kind: 'ended'; readonly id: string; readonly at: number; readonly outcome: 'ok' | 'failed' | 'unknown' }
  | Extract<Operation, { kind: 'read' }>

/** What one process does to the ledger, written down before and after each call: it survives that the process is killed. */
export class HistoryFile implements Disposable {
  readonly #file: number

  constructor(path: string) {
    this.#file = openSync(path, 'a')
  }

  add(line: Line): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`)
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }
}

/** The operations in a file; a line that its process was killed in the middle of is left out. */
export function readHistory(path: string): Operation[] {
  const writes = new Map<string, WriteOperation>()
  const operations: Operation[] = []
  const whole = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  for (const line of whole.map((text) => JSON.parse(text) as Line)) {
    switch (line.kind) {
      case 'invoked':
        writes.set(line.id, { kind: 'write', id: line.id, worker: line.worker, invokedAt: line.at })
        break
      case 'ended':
        writes.set(line.id, { ...writes.get(line.id)!, end: { at: line.at, outcome: line.outcome } })
        break
      case 'read':
        operations.push(line)
        break
      default:
        line satisfies never
    }
  }
  return [...operations, ...writes.values()]
}
