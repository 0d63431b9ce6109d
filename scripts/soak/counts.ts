export type OperationKind = 'numbered' | 'retail' | 'write' | 'ledger'

const MOST_COMPLAINTS = 20

/** What the workers of one process have seen. */
export class Counts {
  queries = 0
  rows = 0
  /** Results that differ from what they must be. */
  wrongAnswers = 0
  /** Failures that are no error of the connector's own, or one that no fault explains: each is a defect. */
  untypedFailures = 0
  /** Promises that did not settle in time. */
  hanging = 0
  readonly succeeded: Record<OperationKind, number> = { numbered: 0, retail: 0, write: 0, ledger: 0 }
  /** Typed failures by code: the faults injected must cause some. */
  readonly failed: Record<string, number> = {}
  readonly complaints: string[] = []

  wrong(fault: string): void {
    this.wrongAnswers += 1
    this.complain(`wrong answer: ${fault}`)
  }

  typed(code: string): void {
    this.failed[code] = (this.failed[code] ?? 0) + 1
  }

  unexpected(error: unknown): void {
    this.untypedFailures += 1
    this.complain(`unexpected failure: ${String(error)}`)
  }

  complain(text: string): void {
    if (this.complaints.length < MOST_COMPLAINTS) this.complaints.push(text)
  }
}

/** What counts of several processes come to. */
export function sumOf(all: readonly Counts[]): Counts {
  const sum = new Counts()
  for (const counts of all) {
    for (const name of ['queries', 'rows', 'wrongAnswers', 'untypedFailures', 'hanging'] as const)
      sum[name] += counts[name]
    for (const kind of Object.keys(sum.succeeded) as OperationKind[]) sum.succeeded[kind] += counts.succeeded[kind]
    for (const [code, times] of Object.entries(counts.failed)) sum.failed[code] = (sum.failed[code] ?? 0) + times
    for (const complaint of counts.complaints) sum.complain(complaint)
  }
  return sum
}

export const total = (numbers: Readonly<Record<string, number>>): number =>
  Object.values(numbers).reduce((sum, number) => sum + number, 0)
