import { byId, element, say, shape } from './dom.js'
import { Flow } from './flow.js'
import { capital, rateText, wholeText } from './numbers.js'
import { storyOf } from './stories.js'
import { roleOf, STEPS, switchText } from './words.js'

/** @typedef {import('../feed.ts').Hello} Hello */
/** @typedef {import('../feed.ts').Picture} Picture */
/** @typedef {import('../feed.ts').Sample} Sample */

/** Age up to which failures and refusals are part of the story, in milliseconds. */
const RECENT_MS = 60_000

/** Moments that complete a switch. */
const STABILISING = new Set(['retired', 'drained'])

const STRATEGIES = /** @type {const} */ (['blue', 'green'])

/** The view of the switch: the steps, the two lanes, and the explanation of the state. */
export class SwitchView {
  #lanes = { blue: makeLane('blue'), green: makeLane('green') }
  #sampleMs = 500
  /** @type {readonly Sample[]} */
  #recent = []
  #stableSince = 0
  #flow

  constructor() {
    const lanes = byId('lanes')
    for (const strategy of STRATEGIES) lanes.append(this.#lanes[strategy].section)
    byId('steps').append(...STEPS.map((name) => element('li', {}, name)))
    this.#flow = new Flow(lanes, { blue: this.#lanes.blue.track, green: this.#lanes.green.track })
  }

  /** @param {Hello} hello */
  hello({ sampleMs, samples, moments }) {
    this.#recent = samples
    this.#stableSince = moments.findLast(({ kind }) => STABILISING.has(kind))?.at ?? 0
    this.#sampleMs = sampleMs
  }

  /** @param {Sample} sample */
  sample(sample) {
    this.#recent = [...this.#recent.filter(({ at }) => at > sample.at - RECENT_MS), sample]
    for (const strategy of STRATEGIES) {
      say(this.#lanes[strategy].rate, `${rateText(sample[strategy].perSecond)} queries/s`)
      say(this.#lanes[strategy].inFlight, `${wholeText(sample[strategy].inFlight)} in flight`)
    }
    say(byId('source-rate'), `${rateText(sample.blue.perSecond + sample.green.perSecond)} queries/s`)
    const held = byId('source-held')
    held.hidden = sample.held === 0
    say(held, `${sample.held} held`)
    this.#flow.pass(sample, this.#sampleMs)
  }

  /** @param {Picture} picture */
  picture(picture) {
    if (picture.state.kind !== 'stable') this.#stableSince = picture.at
    const story = storyOf({ picture, recent: this.#recent, stableSince: this.#stableSince })
    showStory(story)
    const told = picture.lastSwitch && switchText(picture.lastSwitch)
    byId('last-switch').hidden = told === undefined
    say(byId('last-switch'), told ?? '')
    showStep(story.step)
    const roles = { blue: roleOf(picture, 'blue'), green: roleOf(picture, 'green') }
    for (const strategy of STRATEGIES) {
      const { section, role } = this.#lanes[strategy]
      section.dataset.role = roles[strategy].role
      say(role, roles[strategy].words)
    }
    this.#flow.show({ blue: roles.blue.role, green: roles.green.role }, picture.queries)
  }
}

/** @param {'blue' | 'green'} strategy */
function makeLane(strategy) {
  const role = element('span', { class: 'role' })
  const inFlight = element('span', { class: 'figure' }, '0 in flight')
  const rate = element('span', { class: 'figure' }, '0 queries/s')
  const track = element('div', { class: 'track' })
  const name = element('h3', {}, shape(strategy), capital(strategy))
  const head = element('div', { class: 'lane-head' }, name, role, element('span', { class: 'figures' }, inFlight, rate))
  const section = element(
    'section',
    { class: 'lane', 'data-strategy': strategy, 'aria-label': `${strategy} lane` },
    head,
    track,
  )
  return { section, role, inFlight, rate, track }
}

/** @param {import('./stories.js').Story} story */
function showStory({ title, mood, parts, action }) {
  say(byId('state-title'), title)
  byId('story').dataset.mood = mood
  say(byId('state-action'), action ?? '')
  const list = byId('state-story')
  const text = parts.flat().join('\n')
  if (list.dataset.text === text) return
  list.dataset.text = text
  list.replaceChildren(...parts.flatMap(([who, does]) => [element('dt', {}, who), element('dd', {}, does)]))
}

/** @param {number | undefined} step */
function showStep(step) {
  for (const [index, item] of [...byId('steps').children].entries()) {
    if (index === step) item.setAttribute('aria-current', 'step')
    else item.removeAttribute('aria-current')
    item.classList.toggle('past', step !== undefined && index < step)
  }
}
