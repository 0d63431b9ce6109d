import type { Call, Step } from '../../independent-server/call.ts'
import type { Fault } from './faults.ts'

export type StatementKind = 'SELECT' | 'INSERT'

/** Where a fault comes: a step, and for a fetch how many batches were taken before. */
export interface Place {
  readonly name: string
  readonly steps: readonly Step[]
  readonly fetches?: number
}

/** The calls of a statement of two batches; `renewal` is the login after its session has expired. */
const PLACES = {
  SELECT: [
    { name: 'login', steps: ['login'] },
    { name: 'renewal', steps: ['login'] },
    { name: 'prepare', steps: ['prepare'] },
    { name: 'execute', steps: ['execute'] },
    { name: 'metadata', steps: ['metadata'] },
    { name: 'first fetch', steps: ['fetch'], fetches: 0 },
    { name: 'second fetch', steps: ['fetch'], fetches: 1 },
    { name: 'last fetch', steps: ['fetch'], fetches: 2 },
    { name: 'clear', steps: ['clear'] },
    { name: 'cancel', steps: ['cancel', 'clear'] },
  ],
  INSERT: [
    { name: 'login', steps: ['login'] },
    { name: 'renewal', steps: ['login'] },
    { name: 'prepare', steps: ['prepare'] },
    { name: 'execute', steps: ['execute'] },
    { name: 'metadata', steps: ['metadata'] },
    { name: 'first fetch', steps: ['fetch'], fetches: 0 },
    { name: 'last fetch', steps: ['fetch'], fetches: 1 },
    { name: 'clear', steps: ['clear'] },
    { name: 'cancel', steps: ['cancel', 'clear'] },
  ],
} as const satisfies Readonly<Record<StatementKind, readonly Place[]>>

export interface Cell {
  readonly fault: Fault
  readonly statement: StatementKind
  readonly place: Place
  /** Whether the engine carries the call out before the fault. */
  readonly acts: boolean
}

/**
 * INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED, FAILED_PRECONDITION, OUT_OF_RANGE, UNIMPLEMENTED,
 * UNAUTHENTICATED.
 */
const REFUSED_BY_ENGINE: readonly number[] = [3, 5, 6, 7, 9, 11, 12, 16]

/** What proves that nothing was executed can't honestly come after the engine acted; what is fine acts in any case. */
function mayAct({ voice, code }: Fault, place: Place): boolean {
  if (voice === 'refusal' || voice === 'fine') return false
  return place.name !== 'execute' || code === undefined || !REFUSED_BY_ENGINE.includes(code)
}

export const cellsOf = (fault: Fault): readonly Cell[] =>
  (['SELECT', 'INSERT'] as const).flatMap((statement) =>
    PLACES[statement].flatMap((place) =>
      (mayAct(fault, place) ? [false, true] : [false]).map((acts) => ({ fault, statement, place, acts })),
    ),
  )

export const cellName = ({ fault, statement, place, acts }: Cell): string =>
  `${fault.name} at ${place.name} of ${statement}${acts ? ', acted' : ''}`

export const isAt = ({ steps, fetches }: Place, { step, query }: Call): boolean =>
  steps.includes(step) && (fetches === undefined || query?.fetches === fetches)

const UNAUTHENTICATED = 16
const REPEATED_AT_PREPARE: readonly number[] = [2, 13, 14]

/**
 * Whether the rules promise that the statement succeeds all the same. Runs that may be repeated because no caller has
 * seen a row are not among them: they draw on a bucket, and situation 54 is about them.
 */
export function isPromised({ fault, place, acts }: Cell): boolean {
  if (fault.voice === 'fine') return true
  // Whatever a login meets, the other strategy accepts one (rule 15); what is load is waited out.
  if (place.name === 'login') return true
  // A strategy that is known is asked once more, unless an engine refuses the credentials; silence is no answer yet.
  if (place.name === 'renewal') return fault.code !== UNAUTHENTICATED && fault.voice !== 'silence'
  if (place.name === 'clear' || place.name === 'cancel') return true
  if (fault.voice === 'refusal') return !acts
  if (place.name !== 'prepare' || fault.isOfStatement) return false
  if (fault.code !== undefined) return REPEATED_AT_PREPARE.includes(fault.code)
  return fault.voice === 'proxy' || fault.voice === 'transport'
}
