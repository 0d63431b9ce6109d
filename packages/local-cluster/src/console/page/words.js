import { capital, durationText, wholeText } from './numbers.js'

/** @typedef {import('../feed.ts').Picture} Picture */
/** @typedef {import('../feed.ts').Moment} Moment */
/** @typedef {import('../feed.ts').SwitchStory} SwitchStory */
/** @typedef {'blue' | 'green'} Colour */

/** The steps of a deployment, in order. */
export const STEPS = ['Stable', 'Announced', 'Ready', 'Cut over']

/** @param {Colour} colour @returns {Colour} */
export const other = (colour) => (colour === 'blue' ? 'green' : 'blue')

/** What the last switch did to the queries. @param {SwitchStory} story */
export function switchText({ from, to, finished, restarted, failed, addedWaitMs }) {
  const wait = addedWaitMs === undefined ? '' : `, added wait ${durationText(addedWaitMs)} (p99)`
  const queries = (/** @type {number} */ count) => `${wholeText(count)} ${count === 1 ? 'query' : 'queries'}`
  return `Switch from ${from} to ${to}: ${queries(finished)} finished on ${from}, ${wholeText(restarted)} restarted unseen, ${wholeText(failed)} failed${wait}.`
}

/**
 * What a deployment does at the moment, in a few words.
 *
 * @param {Picture} picture
 * @param {Colour} colour
 * @returns {{ role: 'serving' | 'ready' | 'waiting' | 'draining' | 'idle' | 'down', words: string }}
 */
export function roleOf({ state, availability, engines }, colour) {
  if (engines?.[colour].kind === 'dead') return { role: 'down', words: 'engine is down' }
  if (availability !== undefined && availability !== 'active') return { role: 'idle', words: availability }
  if (state.kind === 'unknown') return { role: 'idle', words: 'not known' }
  if (state.kind === 'announced' && state.next === colour) {
    return state.accepting
      ? { role: 'ready', words: 'ready: takes clients' }
      : { role: 'waiting', words: 'announced: no clients yet' }
  }
  if (state.active === colour) {
    return state.kind === 'cut-over' && !state.accepting
      ? { role: 'waiting', words: 'active: no clients yet' }
      : { role: 'serving', words: 'serves new work' }
  }
  if ((state.kind === 'cut-over' || state.kind === 'rolled-back') && state.draining === colour) {
    return { role: 'draining', words: 'drains: finishes what runs' }
  }
  return { role: 'idle', words: 'turns everything away' }
}

/** What each kind of moment is called in charts, and told as in the list. */
/** @type {Readonly<Record<Moment['kind'], { mark?: string, tell: (moment: Moment) => string }>>} */
export const MOMENTS = {
  announced: { mark: 'announce', tell: ({ colour }) => `${named(colour)} was announced` },
  accepting: { mark: 'ready', tell: ({ colour }) => `${named(colour)} takes clients` },
  'cut over': { mark: 'cut over', tell: ({ colour }) => `Cut over: new work belongs to ${colour}` },
  retired: { mark: 'retire', tell: ({ colour }) => `${named(colour)} was retired` },
  'rolled back': { mark: 'roll back', tell: ({ colour }) => `Rolled back to ${colour}` },
  moved: { tell: ({ colour, detail }) => `${detail} moved to ${colour}` },
  drained: { mark: 'drained', tell: ({ colour }) => `The last query on ${colour} ended` },
  held: { tell: ({ detail }) => `${detail} holds its calls: both deployments refuse` },
  released: { tell: ({ colour, detail }) => `${detail} goes on, on ${colour}` },
  suspended: { mark: 'suspend', tell: () => 'The cluster was suspended' },
  resuming: { tell: () => 'The cluster is resuming' },
  resumed: { mark: 'resume', tell: () => 'The cluster is active again' },
  'engine lost': { mark: 'engine lost', tell: ({ colour, detail }) => `${named(colour)}'s engine is gone: ${detail}` },
  'engine started': { tell: ({ colour }) => `${named(colour)}'s engine runs` },
  fault: { mark: 'fault', tell: ({ detail }) => `Fault: ${detail}` },
  'fault removed': { tell: ({ detail }) => `Fault taken out: ${detail}` },
  divergence: { tell: ({ detail }) => `The engines' data differ since: ${detail}` },
}

/** @param {Colour | undefined} colour */
const named = (colour) => capital(colour ?? 'a deployment')
