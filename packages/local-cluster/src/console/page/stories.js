import { capital, wholeText } from './numbers.js'
import { other } from './words.js'

/** @typedef {import('../feed.ts').Picture} Picture */
/** @typedef {import('../feed.ts').Sample} Sample */
/** @typedef {'blue' | 'green'} Strategy */

/**
 * @typedef {object} Story The explanation of a state, for readers who see it for the first time.
 * @property {string} title
 * @property {'calm' | 'watch' | 'bad'} mood
 * @property {readonly (readonly [who: string, does: string])[]} parts
 * @property {number | undefined} step which of `STEPS` it is
 * @property {string} [action] the next sensible action
 */

/** @typedef {{ picture: Picture, recent: readonly Sample[], stableSince: number }} Seen the picture, the samples of the last minute, and the time of the last completed switch */

/** Age up to which events count as current, in milliseconds. */
const NOW_MS = 10_000

/** Time after a switch in which refused calls are normal, in milliseconds. */
const SETTLING_MS = 10_000

/** Returns the most urgent story. @param {Seen} seen @returns {Story} */
export function storyOf(seen) {
  const { state, availability } = seen.picture
  if (availability === 'suspended' || availability === 'resuming') return asleep(availability)
  const urgent =
    brokenEngine(seen.picture) ?? (state.kind === 'stable' ? (failing(seen) ?? disagreement(seen)) : undefined)
  return urgent ?? withFailures(deploymentStory(state), seen)
}

/** Adds recent failures to the story of a step. @param {Story} story @param {Seen} seen @returns {Story} */
function withFailures(story, { picture, recent }) {
  const failed = failedIn(recent)
  if (failed === 0) return story
  return { ...story, mood: 'bad', action: `${failedText(failed, picture)} in the last minute: see Failures below.` }
}

/** @param {readonly Sample[]} samples */
const failedIn = (samples) => samples.reduce((sum, { failed }) => sum + failed, 0)

/** @param {number} failed @param {Picture} picture */
function failedText(failed, { told }) {
  const [one, many] = told.failed === 'queries' ? ['query', 'queries'] : ['call', 'calls']
  return `${wholeText(failed)} ${failed === 1 ? one : many} failed`
}

/** @param {Picture['state']} state @returns {Story} */
function deploymentStory(state) {
  switch (state.kind) {
    case 'unknown':
      return {
        title: 'No program has reported yet',
        mood: 'calm',
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

/**
 * The story of an engine that is down; the active one takes precedence.
 * @param {Picture} picture
 * @returns {Story | undefined}
 */
function brokenEngine({ engines, state }) {
  if (!engines || state.kind === 'unknown') return undefined
  const isDown = (/** @type {Strategy} */ strategy) => engines[strategy].kind !== 'running'
  const { active } = state
  const spare = other(active)
  if (isDown(active)) {
    return {
      title: isDown(spare) ? 'Both engines are down' : `${capital(active)} is active, and its engine is down`,
      mood: 'bad',
      step: undefined,
      action: isDown(spare)
        ? `Start ${active}'s engine, under Faults.`
        : `Start ${active}'s engine, under Faults, or cut over to ${spare}.`,
      parts: [
        ['The cluster', `sends calls to ${active}, where nothing answers: ${engines[active].reason ?? 'it ended'}.`],
        [
          'The connector',
          'tries again with growing pauses, each call up to its own deadline. What may have run is not sent twice.',
        ],
        ['A query', 'that reads and has handed over no row is run again; any other one fails with a clear error.'],
      ],
    }
  }
  if (!isDown(spare)) return undefined
  return {
    title: `${capital(spare)}'s engine is down; ${active} serves`,
    mood: state.kind === 'stable' ? 'watch' : 'bad',
    step: undefined,
    action: `Start ${spare}'s engine, under Faults, before the next deployment.`,
    parts: [
      [
        'The cluster',
        `serves everything on ${active}. ${capital(spare)} can take no work: ${engines[spare].reason ?? 'it ended'}.`,
      ],
      ['The connector', `stays on ${active}: a deployment that is not ready gets no work.`],
      ['A query', state.kind === 'stable' ? 'notices nothing.' : `that ran on ${spare} was cut off.`],
    ],
  }
}

/** The story of current failures. @param {Seen} seen @returns {Story | undefined} */
function failing({ picture, recent }) {
  if (failedIn(recent.filter(({ at }) => at > picture.at - NOW_MS)) === 0) return undefined
  const [latest] = picture.failures
  return {
    title: `${failedText(failedIn(recent), picture)} in the last minute`,
    mood: 'bad',
    step: 0,
    action: 'See Failures below: the message, the program, and the last statement that met it.',
    parts: [
      ['The latest', latest ? `${latest.code}: ${latest.message}` : 'has no message.'],
      ['The cluster', picture.state.kind === 'unknown' ? 'is not known.' : `has ${picture.state.active} active.`],
    ],
  }
}

/** @param {Seen} seen @returns {Story | undefined} */
function disagreement({ picture: { state, programs, at }, recent, stableSince }) {
  if (state.kind !== 'stable' || at - stableSince < SETTLING_MS) return undefined
  const { active } = state
  const elsewhere = programs.filter((program) => program.active !== undefined && program.active !== active)
  const refused = recent
    .filter((sample) => sample.at > Math.max(at - NOW_MS, stableSince + SETTLING_MS))
    .reduce((sum, sample) => sum + sample.refused, 0)
  if (elsewhere.length === 0 && refused === 0) return undefined
  const names = elsewhere.map(({ name }) => name).join(', ')
  return {
    title: `${elsewhere.length > 0 ? 'Programs' : 'Proxies'} disagree about the active deployment`,
    mood: 'watch',
    step: undefined,
    action: 'Wait some seconds. If it persists, compare the proxies: one of them does not know of the last switch.',
    parts: [
      ['The cluster', `has ${active} active, and refused ${wholeText(refused)} calls in the last 10 s.`],
      [
        'The connector',
        elsewhere.length > 0
          ? `of ${names} still considers ${other(active)} active.`
          : 'repeats such a call, on its own deployment first.',
      ],
      ['A query', 'waits for the repeat, at most 2 s, and is not affected otherwise.'],
    ],
  }
}

/** @param {Strategy} active @returns {Story} */
const stable = (active) => ({
  title: `Everything runs on ${active}`,
  mood: 'calm',
  step: 0,
  parts: [
    [
      'The cluster',
      `${active} answers every call. ${capital(other(active))} refuses every call with status 456: “not here”.`,
    ],
    ['The connector', `knows that ${active} is active, and says so in the strategy header of each call.`],
    ['A query', 'starts and ends here.'],
  ],
})

/** @param {Strategy} active @param {Strategy} next @returns {Story} */
const announced = (active, next) => ({
  title: `${capital(next)} is announced, not ready`,
  mood: 'watch',
  step: 1,
  parts: [
    [
      'The cluster',
      `${active}'s answers now name ${next} as the next strategy. ${capital(next)} still refuses clients.`,
    ],
    [
      'The connector',
      `tries to log in on ${next} in the background, again and again with jitter. Announced is not ready.`,
    ],
    ['A query', `runs on ${active} as before, and waits for nothing.`],
  ],
})

/** @param {Strategy} active @param {Strategy} next @returns {Story} */
const ready = (active, next) => ({
  title: `${capital(next)} is ready; new work moves there`,
  mood: 'watch',
  step: 2,
  parts: [
    ['The cluster', 'both deployments take clients.'],
    ['The connector', `has logged in on ${next} in advance, and moves there between two queries: at a query boundary.`],
    [
      'A query',
      `that starts now starts on ${next}. One that runs stays pinned to ${active}, with its own session, to its last row.`,
    ],
  ],
})

/** @param {Strategy} active @param {Strategy} draining @returns {Story} */
const cutOver = (active, draining) => ({
  title: `New work belongs to ${active}; ${draining} drains`,
  mood: 'watch',
  step: 3,
  parts: [
    ['The cluster', `${draining} refuses new work with 456, and still returns rows of the queries that run there.`],
    [
      'The connector',
      `sends each fetch to where its query lives. A call to ${draining} gets 456; the connector finds ${active} and repeats the call, once for all callers.`,
    ],
    ['A query', `on ${draining} reads on to the end. When the last one is done, ${draining} can be retired.`],
  ],
})

/** @param {Strategy} active @returns {Story} */
const neither = (active) => ({
  title: 'Both deployments refuse new work',
  action: `Let ${active} accept, or roll back.`,
  mood: 'watch',
  step: 3,
  parts: [
    ['The cluster', `has cut over, but ${active} does not take clients yet.`],
    ['The connector', 'holds new calls, each with its own deadline, and tries both deployments until one accepts.'],
    ['A query', 'that runs reads on. A new one waits a moment, and fails only if this lasts past its limit.'],
  ],
})

/** @param {Strategy} active @param {Strategy} draining @returns {Story} */
const rolledBack = (active, draining) => ({
  title: `Rolled back: ${active} serves again`,
  action: `Retire ${draining} once nothing runs there, or announce it again.`,
  mood: 'watch',
  step: undefined,
  parts: [
    [
      'The cluster',
      `both deployments' answers name ${active}. ${capital(draining)} finishes its running queries and accepts nothing new.`,
    ],
    ['The connector', `moves back to ${active}, or never leaves it if it had not moved.`],
    ['A query', `finishes where it is, on ${active} or on ${draining}.`],
  ],
})

/** @param {'suspended' | 'resuming'} availability @returns {Story} */
const asleep = (availability) => ({
  title: availability === 'suspended' ? 'The cluster is suspended' : 'The cluster is resuming',
  mood: 'watch',
  action:
    availability === 'suspended' ? 'Press Resume, or run a query with auto-resume.' : 'Wait: it is active in a moment.',
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
