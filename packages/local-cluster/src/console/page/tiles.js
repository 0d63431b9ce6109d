import { byId, element, say } from './dom.js'
import { durationText, rateText, wholeText } from './numbers.js'

/** @typedef {import('../feed.ts').Hello} Hello */
/** @typedef {import('../feed.ts').Sample} Sample */
/** @typedef {import('../feed.ts').Picture} Picture */

/** Rates and latencies are those of this many samples. */
const SAMPLES = 10

/**
 * @typedef {object} Seen
 * @property {readonly Sample[]} latest
 * @property {number} seconds
 * @property {Picture | undefined} picture
 */

/**
 * @typedef {object} Tile
 * @property {string} name
 * @property {(seen: Seen) => string} value
 * @property {(seen: Seen) => string} about
 * @property {(seen: Seen) => 'good' | 'bad' | 'watch' | undefined} [mood]
 */

/** @type {readonly Tile[]} */
const TILES = [
  {
    name: 'Queries a second',
    value: ({ latest, seconds }) => rateText(sum(latest, (it) => it.blue.ended + it.green.ended) / seconds),
    about: ({ picture }) => `${wholeText(picture?.totals.queries ?? 0)} so far`,
  },
  {
    name: 'First row, p50',
    value: ({ latest }) => durationText(middle(values(latest, 'p50'))),
    about: ({ picture }) => `half are faster; seen by ${picture?.told.latency ?? 'servers'}`,
  },
  {
    name: 'First row, p99',
    value: ({ latest }) => durationText(most(values(latest, 'p99'))),
    about: () => '1 in 100 is slower',
  },
  {
    name: 'Failed',
    value: ({ picture }) => wholeText(picture?.totals.failed ?? 0),
    about: ({ picture }) =>
      picture?.told.failed === 'queries' ? 'queries, as programs tell' : 'calls, as the servers saw',
    mood: ({ picture }) => ((picture?.totals.failed ?? 0) > 0 ? 'bad' : 'good'),
  },
  {
    name: 'Held now',
    value: ({ latest }) => wholeText(latest.at(-1)?.held ?? 0),
    about: () => 'calls, while both refuse',
    mood: ({ latest }) => ((latest.at(-1)?.held ?? 0) > 0 ? 'watch' : undefined),
  },
  {
    name: 'Turned away',
    value: ({ picture }) => wholeText(picture?.totals.refused ?? 0),
    about: () => 'calls, by 456; made again unnoticed',
  },
  {
    name: 'Logins',
    value: ({ picture }) => wholeText(picture?.totals.authenticate ?? 0),
    about: () => 'authenticate calls',
  },
  {
    name: 'Switches',
    value: ({ picture }) => wholeText(picture?.totals.switches ?? 0),
    about: () => 'deployments completed',
  },
]

/** The figures in a row. */
export class Tiles {
  /** @type {Sample[]} */
  #latest = []
  #sampleMs = 500
  /** @type {Picture | undefined} */
  #picture
  #parts = TILES.map((tile) => {
    const value = element('strong', { class: 'value' }, '0')
    const about = element('span', { class: 'about' })
    const box = element(
      'div',
      { class: 'tile', 'data-tile': tile.name },
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
  hello({ sampleMs, samples }) {
    this.#sampleMs = sampleMs
    this.#latest = samples.slice(-SAMPLES)
  }

  /** @param {Sample} sample */
  sample(sample) {
    this.#latest = [...this.#latest.slice(1 - SAMPLES), sample]
    this.#show()
  }

  /** @param {Picture} picture */
  picture(picture) {
    this.#picture = picture
    this.#show()
  }

  #show() {
    const seconds = Math.max((this.#latest.length * this.#sampleMs) / 1000, this.#sampleMs / 1000)
    const seen = { latest: this.#latest, seconds, picture: this.#picture }
    for (const { tile, box, value, about } of this.#parts) {
      say(value, tile.value(seen))
      say(about, tile.about(seen))
      box.dataset.mood = tile.mood?.(seen) ?? 'plain'
    }
  }
}

/** @param {readonly Sample[]} samples @param {(sample: Sample) => number} read */
function sum(samples, read) {
  return samples.reduce((total, sample) => total + read(sample), 0)
}

/** @param {readonly Sample[]} samples @param {'p50' | 'p99'} name @returns {number[]} */
function values(samples, name) {
  return samples.flatMap((sample) => sample[name] ?? []).sort((a, b) => a - b)
}

/** @param {number[]} sorted */
const middle = (sorted) => sorted[Math.floor(sorted.length / 2)]

/** @param {number[]} sorted */
const most = (sorted) => sorted.at(-1)
