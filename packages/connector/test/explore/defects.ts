import { GRPC_STATUS } from '../../src/transport/grpc-status.ts'
import { RULES, type Rules } from './rules.ts'
import type { Scenario } from './scenarios.ts'

/** A deliberate defect: functions of the connector, replaced for one search. */
export interface Defect {
  readonly name: string
  /** What it does, as a reader would find it in a review. */
  readonly what: string
  readonly rules: Partial<Rules>
  /** Where it is looked for. */
  readonly accidents: number
  /** Whether it shows only in what never happens. */
  readonly isOfLiveness?: boolean
  readonly scenario: Partial<Pick<Scenario, 'phase' | 'knows' | 'program'>> & { readonly placement: string }
}

export const DEFECTS: readonly Defect[] = [
  {
    name: 'announced-is-ready',
    what: 'a strategy counts as ready as soon as it is announced',
    rules: {
      step(before, event, now, limits) {
        const after = RULES.step(before, event, now, limits)
        if (event.kind !== 'announced' || !after.pending || after.pending.ready) return after
        return { ...after, pending: { ...after.pending, ready: true } }
      },
    },
    accidents: 0,
    scenario: { placement: 'two processes', phase: 'blue-alone', program: 'read' },
  },
  {
    name: 'write-runs-again',
    what: 'a writing statement that was cut off is run again as a reading one is',
    rules: { rerunRule: (cutOff, options) => RULES.rerunRule({ ...cutOff, reads: true }, options) },
    accidents: 1,
    scenario: { placement: 'two processes', phase: 'blue-gone', program: 'write' },
  },
  {
    name: 'execute-is-repeated',
    what: 'an execute whose answer was lost is sent again',
    rules: {
      nextAction: (fault, kind, destination) =>
        kind === 'once' && fault.kind === 'connection-lost' ? 'repeat' : RULES.nextAction(fault, kind, destination),
    },
    accidents: 1,
    scenario: { placement: 'two processes', phase: 'blue-gone', program: 'write' },
  },
  {
    name: 'rows-are-forgotten',
    what: 'rows that the program was given do not keep its statement from running again',
    rules: { rerunRule: (cutOff, options) => RULES.rerunRule({ ...cutOff, rowsHandedOver: 0 }, options) },
    accidents: 1,
    scenario: { placement: 'two processes', phase: 'blue-gone', program: 'read' },
  },
  {
    name: 'killed-runs-again',
    what: 'a query that an administrator cancelled is run again as one whose connection was lost is',
    rules: {
      rerunRule: (cutOff, options) => {
        const { fault } = cutOff
        const isKilled = fault.code === GRPC_STATUS.CANCELLED
        return RULES.rerunRule(isKilled ? { ...cutOff, fault: { ...fault, kind: 'connection-lost' } } : cutOff, options)
      },
    },
    accidents: 1,
    scenario: { placement: 'two processes', phase: 'blue-gone', program: 'read' },
  },
  {
    name: 'suspicion-without-proof',
    what: 'a check moves work whatever the strategy in use answered',
    rules: {
      step(before, event, now, limits) {
        const suspected = event.kind === 'checked' ? ({ ...event, active: 'fails', other: 'works' } as const) : event
        return RULES.step(before, suspected, now, limits)
      },
    },
    accidents: 2,
    scenario: { placement: 'two processes', phase: 'both-quietly', program: 'read' },
  },
  {
    name: 'users-share-a-state',
    what: 'what is known of a cluster is kept for all users together',
    rules: { userHashOf: () => 'one' },
    accidents: 0,
    scenario: { placement: 'two users in one process', phase: 'blue-alone', program: 'both' },
  },
  {
    name: 'asker-is-for-ever',
    what: 'a process that asked for all keeps its place when it is dead',
    rules: {
      step: (before, event, now, limits) =>
        event.kind === 'asks' && before.asker && before.asker.id !== event.asker
          ? before
          : RULES.step(before, event, now, limits),
    },
    accidents: 0,
    scenario: { placement: 'two processes', phase: 'gap', program: 'read' },
    isOfLiveness: true,
  },
  {
    name: 'renewed-for-ever',
    what: 'a session that was renewed for a call, and is denied all the same, is renewed again',
    rules: { isDeniedAnew: () => false },
    accidents: 0,
    scenario: { placement: 'two processes', phase: 'blue-denies', program: 'read' },
  },
  {
    name: 'last-writer-wins',
    what: 'a process publishes its own change without a look at what others have published',
    rules: {
      updateShared(folder, known, change, clock) {
        const state = change(known.state)
        const text = RULES.encodeVersion({ publishedAt: clock.now(), state })
        const newest = Math.max(...folder.names().map(Number))
        folder.publish(String(newest + 1), text)
        return { before: known, after: { ...known, number: newest + 1, state } }
      },
    },
    accidents: 0,
    scenario: { placement: 'two processes', phase: 'both-quietly', program: 'both' },
  },
]

/** The connector's rules with a defect among them. */
export function rulesWith(defect: Defect | undefined): Rules {
  return { ...RULES, ...defect?.rules }
}
