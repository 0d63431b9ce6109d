import { capital } from './numbers.js'

/** @typedef {import('../feed.ts').Picture} Picture */
/** @typedef {import('../feed.ts').Moment} Moment */
/** @typedef {'blue' | 'green'} Colour */

/**
 * @typedef {object} Story What a state means, for somebody who sees it for the first time.
 * @property {string} title
 * @property {readonly (readonly [who: string, does: string])[]} parts
 * @property {number | undefined} step which of `STEPS` it is
 */

/** The steps of a deployment, in order. */
export const STEPS = ['Stable', 'Announced', 'Ready', 'Cut over']

/** @param {Colour} colour @returns {Colour} */
export const other = (colour) => (colour === 'blue' ? 'green' : 'blue')

/**
 * @param {Pick<Picture, 'state' | 'availability'>} picture
 * @returns {Story}
 */
export function storyOf({ state, availability }) {
  if (availability === 'suspended' || availability === 'resuming') return asleep(availability)
  switch (state.kind) {
    case 'unknown':
      return {
        title: 'No program has told its colour yet',
        step: undefined,
        parts: [['Programs', 'show here as soon as they run a query or answer for their metrics.']],
      }
    case 'stable':
      return stable(state.active)
    case 'announced':
      return state.accepting ? ready(state.active, state.next) : announced(state.active, state.next)
    case 'cut-over':
      return state.accepting ? cutOver(state.active, state.draining) : neither(state.active)
    case 'rolled-back':
      return rolledBack(state.active, state.draining)
  }
}

/** @param {Colour} active @returns {Story} */
const stable = (active) => ({
  title: `Everything runs on ${active}`,
  step: 0,
  parts: [
    [
      'The cluster',
      `${active} answers every call. ${capital(other(active))} turns every call away with status 456: “not here”.`,
    ],
    ['The connector', `knows that ${active} is active, and says so in the strategy header of each call.`],
    ['A query', 'starts and ends here. Nothing moves.'],
  ],
})

/** @param {Colour} active @param {Colour} next @returns {Story} */
const announced = (active, next) => ({
  title: `${capital(next)} is announced, not ready`,
  step: 1,
  parts: [
    [
      'The cluster',
      `${active}'s answers now name ${next} as the next strategy. ${capital(next)} still turns clients away.`,
    ],
    [
      'The connector',
      `tries to log in on ${next} in the background, again and again with jitter. Announced is not ready.`,
    ],
    ['A query', `runs on ${active} as before, and waits for nothing.`],
  ],
})

/** @param {Colour} active @param {Colour} next @returns {Story} */
const ready = (active, next) => ({
  title: `${capital(next)} is ready; work moves over`,
  step: 2,
  parts: [
    ['The cluster', 'both colours take clients.'],
    [
      'The connector',
      `has logged in on ${next} ahead of need, and moves there between two queries: at a query boundary.`,
    ],
    [
      'A query',
      `that starts now starts on ${next}. One that runs stays pinned to ${active}, with its own session, to its last row.`,
    ],
  ],
})

/** @param {Colour} active @param {Colour} draining @returns {Story} */
const cutOver = (active, draining) => ({
  title: `New work belongs to ${active}; ${draining} drains`,
  step: 3,
  parts: [
    ['The cluster', `${draining} turns new work away with 456, and still hands out rows of what runs there.`],
    [
      'The connector',
      `sends each fetch to where its query lives. Whoever has not moved yet meets 456, finds ${active} and repeats the call, once for all callers.`,
    ],
    ['A query', `on ${draining} reads on to the end. When the last one is done, ${draining} can be retired.`],
  ],
})

/** @param {Colour} active @returns {Story} */
const neither = (active) => ({
  title: 'Both colours turn new work away',
  step: 3,
  parts: [
    ['The cluster', `has cut over, but ${active} does not take clients yet.`],
    ['The connector', 'holds new calls, each with its own deadline, and asks both colours until one accepts.'],
    ['A query', 'that runs reads on. A new one waits a moment, and fails only if this lasts past its limit.'],
  ],
})

/** @param {Colour} active @param {Colour} draining @returns {Story} */
const rolledBack = (active, draining) => ({
  title: `Taken back: ${active} serves again`,
  step: undefined,
  parts: [
    [
      'The cluster',
      `both colours' answers name ${active}. ${capital(draining)} finishes what runs there and takes nothing new.`,
    ],
    ['The connector', `moves back to ${active}, or never leaves it if it had not moved.`],
    ['A query', `finishes where it is, on ${active} or on ${draining}.`],
  ],
})

/** @param {'suspended' | 'resuming'} availability @returns {Story} */
const asleep = (availability) => ({
  title: availability === 'suspended' ? 'The cluster is suspended' : 'The cluster wakes up',
  step: undefined,
  parts: [
    ['The cluster', 'answers 503 to every query call. Sessions and queries have ended.'],
    [
      'The connector',
      'with auto-resume, asks the cluster to resume, once for all callers, and waits until it is active.',
    ],
    ['A query', 'waits and then runs; without auto-resume it fails with a clear error.'],
  ],
})

/**
 * What a colour does at the moment, in a few words.
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
  held: { tell: ({ detail }) => `${detail} holds its calls: both colours refuse` },
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
const named = (colour) => capital(colour ?? 'a colour')
