import { byId, element, say } from './dom.js'
import { durationText, rateText, wholeText } from './numbers.js'

/** @typedef {import('../feed.ts').Hello} Hello */
/** @typedef {import('../feed.ts').Sample} Sample */
/** @typedef {import('../feed.ts').Picture} Picture */

/** Age up to which failures count as recent, in milliseconds. */
const FRESH_MS = 60_000

/**
 * @typedef {object} Seen
 * @property {readonly Sample[]} lastMinute
 * @property {Sample | undefined} latest
 * @property {Picture | undefined} picture
 */

/**
 * @typedef {object} Tile
 * @property {string} name
 * @property {boolean} [isHero]
 * @property {(seen: Seen) => string} value
 * @property {(seen: Seen) => string} about
 * @property {(seen: Seen) => 'good' | 'bad' | 'watch' | undefined} [mood]
 */

/** @type {readonly Tile[]} */
const TILES = [
  {
    name: 'Queries per second',
    isHero: true,
    value: ({ latest }) => rateText((latest?.blue.perSecond ?? 0) + (latest?.green.perSecond ?? 0)),
    about: ({ picture }) => `over the last 5 s; ${wholeText(picture?.totals.queries ?? 0)} queries so far`,
  },
  {
    name: 'First row, p99',
    isHero: true,
    value: ({ latest }) => durationText(latest?.p99),
    about: ({ latest, picture }) =>
      `over the last 5 s; half within ${durationText(latest?.p50)}; seen by ${picture?.told.latency ?? 'servers'}`,
  },
  {
    name: 'Failed in the last minute',
    isHero: true,
    value: ({ lastMinute }) => wholeText(failedIn(lastMinute)),
    about: ({ picture }) => {
      const what = picture?.told.failed === 'queries' ? 'queries, reported by programs' : 'calls, seen by the servers'
      return `${what}; ${wholeText(picture?.totals.failed ?? 0)} so far`
    },
    mood: ({ lastMinute }) => (failedIn(lastMinute) > 0 ? 'bad' : 'good'),
  },
  {
    name: 'Held now',
    value: ({ latest }) => wholeText(latest?.held ?? 0),
    about: () => 'calls, while both deployments refuse',
    mood: ({ latest }) => ((latest?.held ?? 0) > 0 ? 'watch' : undefined),
  },
  {
    name: 'Refused',
    value: ({ picture }) => wholeText(picture?.totals.refused ?? 0),
    about: () => 'calls, by 456; repeated transparently',
  },
  {
    name: 'Logins',
    value: ({ picture }) => wholeText(picture?.totals.authenticate ?? 0),
    about: () => 'authenticate calls',
  },
  {
    name: 'Switches',
    value: ({ picture }) => wholeText(picture?.totals.switches ?? 0),
    about: () => 'completed',
  },
]

/** @param {readonly Sample[]} samples */
const failedIn = (samples) => samples.reduce((sum, { failed }) => sum + failed, 0)

/** Three main figures, and some that explain them. */
export class Tiles {
  /** @type {readonly Sample[]} */
  #lastMinute = []
  /** @type {Picture | undefined} */
  #picture
  #parts = TILES.map((tile) => {
    const value = element('strong', { class: 'value' }, '0')
    const about = element('span', { class: 'about' })
    const box = element(
      'div',
      { class: tile.isHero ? 'tile hero' : 'tile', 'data-tile': tile.name },
      element('span', { class: 'name' }, tile.name),
      value,
      about,
    )
    return { tile, box, value, about }
  })

  constructor() {
    byId('tiles').append(...this.#parts.map(({ box }) => box))
  }

  /** @param {Hello} hello */
  hello({ samples }) {
    this.#lastMinute = samples
  }

  /** @param {Sample} sample */
  sample(sample) {
    this.#lastMinute = [...this.#lastMinute.filter(({ at }) => at > sample.at - FRESH_MS), sample]
    this.#show()
  }

  /** @param {Picture} picture */
  picture(picture) {
    this.#picture = picture
    this.#show()
  }

  #show() {
    const seen = { lastMinute: this.#lastMinute, latest: this.#lastMinute.at(-1), picture: this.#picture }
    for (const { tile, box, value, about } of this.#parts) {
      say(value, tile.value(seen))
      say(about, tile.about(seen))
      box.dataset.mood = tile.mood?.(seen) ?? 'plain'
    }
  }
}
