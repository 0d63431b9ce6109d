import type { Strategy } from '../../src/types/strategy.ts'

/**
 * How a deployment stands. `starting`: logins are accepted, and no statement. `draining`: new work is refused with 456, queries that
 * run are served. `gone`: everything is refused with 456. `failing`: everything fails with UNAVAILABLE.
 * `denying`: logins are accepted, and every other call fails, since its session is unknown.
 */
export type Mode = 'serving' | 'starting' | 'draining' | 'gone' | 'failing' | 'denying'

interface Phase {
  readonly modes: Readonly<Record<Strategy, Mode>>
  /** What the answers of each deployment announce. */
  readonly announces: { readonly [Name in Strategy]?: Strategy }
  readonly next: readonly PhaseName[]
}

export type PhaseName =
  | 'blue-alone'
  | 'both-quietly'
  | 'green-starts'
  | 'green-ready'
  | 'gap'
  | 'cut-over'
  | 'blue-gone'
  | 'withdrawn'
  | 'rolled-back'
  | 'blue-fails'
  | 'blue-denies'

/** How the deployments of a cluster stand, and what may come next. */
export const PHASES: Readonly<Record<PhaseName, Phase>> = {
  'blue-alone': { modes: { blue: 'serving', green: 'gone' }, announces: {}, next: ['green-starts'] },
  /** Nothing is announced, and a standby serves. */
  'both-quietly': { modes: { blue: 'serving', green: 'serving' }, announces: {}, next: ['blue-fails', 'cut-over'] },
  'green-starts': {
    modes: { blue: 'serving', green: 'starting' },
    announces: { blue: 'green' },
    next: ['green-ready', 'gap', 'withdrawn'],
  },
  'green-ready': {
    modes: { blue: 'serving', green: 'serving' },
    announces: { blue: 'green' },
    next: ['cut-over', 'withdrawn', 'blue-fails'],
  },
  gap: { modes: { blue: 'draining', green: 'gone' }, announces: { blue: 'green' }, next: ['cut-over'] },
  'cut-over': {
    modes: { blue: 'draining', green: 'serving' },
    announces: { blue: 'green' },
    next: ['blue-gone', 'rolled-back'],
  },
  'blue-gone': { modes: { blue: 'gone', green: 'serving' }, announces: {}, next: [] },
  withdrawn: { modes: { blue: 'serving', green: 'gone' }, announces: { blue: 'blue' }, next: [] },
  'rolled-back': { modes: { blue: 'serving', green: 'draining' }, announces: { green: 'blue' }, next: [] },
  'blue-denies': { modes: { blue: 'denying', green: 'gone' }, announces: {}, next: [] },
  'blue-fails': { modes: { blue: 'failing', green: 'serving' }, announces: {}, next: [] },
}
