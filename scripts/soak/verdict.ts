import { type Counts, type OperationKind, total } from './counts.ts'
import { PROCESSES } from './fleet.ts'

/** What each worker must do in a minute at least, on a busy machine too: a run that does nothing proves nothing. */
const LEAST_SUCCESSES = 5
const LEAST_ROWS = 200 * LEAST_SUCCESSES
const LEAST_OF_A_KIND = 0.2
const LEAST_SWITCHES_PER_MINUTE = 5

/** At most this share of queries may fail by typed errors: more than the faults injected can explain. */
const MOST_FAILED = 0.1

/** A client that lived for so long must have had a success for every fourth of its workers at least. */
const SETTLED_AFTER_MS = 20_000
const LEAST_OF_A_CLIENT = 0.25

export interface Achieved {
  readonly minutes: number
  readonly workers: number
  readonly switches: number
  readonly counts: Counts
  readonly clients: readonly { readonly name: string; readonly livedMs: number; readonly counts: Counts }[]
}

/** The floors that a run has not reached, in words. */
export function belowFloors({ minutes, workers, switches, counts, clients }: Achieved): string[] {
  const short = (what: string, is: number, least: number) =>
    is < least ? [`${is} ${what} instead of at least ${Math.ceil(least)}`] : []
  const workerMinutes = workers * minutes
  const failed = total(counts.failed)
  return [
    ...short('successes', total(counts.succeeded), LEAST_SUCCESSES * workerMinutes),
    ...short('rows', counts.rows, LEAST_ROWS * workerMinutes),
    ...short('switches', switches, LEAST_SWITCHES_PER_MINUTE * minutes),
    ...(Object.keys(counts.succeeded) as OperationKind[]).flatMap((kind) =>
      short(`successes of kind ${kind}`, counts.succeeded[kind], LEAST_OF_A_KIND * workerMinutes),
    ),
    ...(failed > counts.queries * MOST_FAILED ? [`${failed} of ${counts.queries} queries failed`] : []),
    ...clients
      .filter(({ livedMs }) => livedMs > SETTLED_AFTER_MS)
      .flatMap(({ name, counts: { succeeded } }) =>
        short(`successes of ${name}`, total(succeeded), (LEAST_OF_A_CLIENT * workers) / PROCESSES),
      ),
  ]
}
