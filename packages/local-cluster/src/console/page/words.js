import { capital, durationText, wholeText } from './numbers.js'

/** @typedef {import('../feed.ts').Picture} Picture */
/** @typedef {import('../feed.ts').Moment} Moment */
/** @typedef {import('../feed.ts').SwitchStory} SwitchStory */
/** @typedef {'blue' | 'green'} Strategy */

/** The steps of a switch, in order. */
export const STEPS = ['Stable', 'Announced', 'Ready', 'Cut over']

/** @param {Strategy} strategy @returns {Strategy} */
export const other = (strategy) => (strategy === 'blue' ? 'green' : 'blue')

/** Summarizes the last switch. @param {SwitchStory} story */
export function switchText({ from, to, finished, restarted, failed, addedWaitMs }) {
  const wait = addedWaitMs === undefined ? '' : `, added wait ${durationText(addedWaitMs)} (p99)`
  const queries = (/** @type {number} */ count) => `${wholeText(count)} ${count === 1 ? 'query' : 'queries'}`
  return `Switch from ${from} to ${to}: ${queries(finished)} finished on ${from}, ${wholeText(restarted)} restarted transparently, ${wholeText(failed)} failed${wait}.`
}

/**
 * The current role of a deployment, in a few words.
 *
 * @param {Picture} picture
 * @param {Strategy} strategy
 * @returns {{ role: 'serving' | 'ready' | 'waiting' | 'draining' | 'idle' | 'down', words: string }}
 */
export function roleOf({ state, availability, engines }, strategy) {
  if (engines?.[strategy].kind === 'dead') return { role: 'down', words: 'engine is down' }
  if (availability !== undefined && availability !== 'active') return { role: 'idle', words: availability }
  if (state.kind === 'unknown') return { role: 'idle', words: 'not known' }
  if (state.kind === 'announced' && state.next === strategy) {
    return state.accepting
      ? { role: 'ready', words: 'ready: takes clients' }
      : { role: 'waiting', words: 'announced: no clients yet' }
  }
  if (state.active === strategy) {
    return state.kind === 'cut-over' && !state.accepting
      ? { role: 'waiting', words: 'active: no clients yet' }
      : { role: 'serving', words: 'serves new work' }
  }
  if ((state.kind === 'cut-over' || state.kind === 'rolled-back') && state.draining === strategy) {
    return { role: 'draining', words: 'drains: finishes running queries' }
  }
  return { role: 'idle', words: 'refuses everything' }
}

/** The mark of each kind of moment in charts, and its text in the list. */
/** @type {Readonly<Record<Moment['kind'], { mark?: string, tell: (moment: Moment) => string }>>} */
export const MOMENTS = {
  announced: { mark: 'announce', tell: ({ strategy }) => `${named(strategy)} was announced` },
  accepting: { mark: 'ready', tell: ({ strategy }) => `${named(strategy)} takes clients` },
  'cut over': { mark: 'cut over', tell: ({ strategy }) => `Cut over: new work belongs to ${strategy}` },
  retired: { mark: 'retire', tell: ({ strategy }) => `${named(strategy)} was retired` },
  'rolled back': { mark: 'roll back', tell: ({ strategy }) => `Rolled back to ${strategy}` },
  moved: { tell: ({ strategy, detail }) => `${detail} moved to ${strategy}` },
  drained: { mark: 'drained', tell: ({ strategy }) => `The last query on ${strategy} ended` },
  held: { tell: ({ detail }) => `${detail} holds its calls: both deployments refuse` },
  released: { tell: ({ strategy, detail }) => `${detail} continues on ${strategy}` },
  suspended: { mark: 'suspend', tell: () => 'The cluster was suspended' },
  resuming: { tell: () => 'The cluster is resuming' },
  resumed: { mark: 'resume', tell: () => 'The cluster is active again' },
  'engine lost': {
    mark: 'engine lost',
    tell: ({ strategy, detail }) => `${named(strategy)}'s engine is gone: ${detail}`,
  },
  'engine started': { tell: ({ strategy }) => `${named(strategy)}'s engine runs` },
  fault: { mark: 'fault', tell: ({ detail }) => `Fault: ${detail}` },
  'fault removed': { tell: ({ detail }) => `Fault removed: ${detail}` },
  divergence: { tell: ({ detail }) => `The engines' data differ since this statement: ${detail}` },
}

/** @param {Strategy | undefined} strategy */
const named = (strategy) => capital(strategy ?? 'a deployment')
