import { Chart } from './chart.js'
import { CHARTS } from './chart-specs.js'
import { byId, partOf, say } from './dom.js'

/** @typedef {import('../feed.ts').Hello} Hello */
/** @typedef {import('../feed.ts').Sample} Sample */
/** @typedef {import('../feed.ts').Moment} Moment */
/** @typedef {import('./chart.js').Span} Span */

/** The selectable time spans, by their minutes. @type {Readonly<Record<string, Pick<Span, 'name' | 'seconds'>>>} */
const SPANS = {
  1: { name: 'the last minute', seconds: 60 },
  5: { name: 'the last 5 minutes', seconds: 300 },
  60: { name: 'the last 60 minutes', seconds: 3600 },
}

/** Longest span, in seconds, that shows half-second samples; longer spans show coarser ones. */
const FINE_SECONDS = 300

/** All charts, over the same time span. */
export class Charts {
  #charts = CHARTS.map((spec) => new Chart(spec))
  #choice = partOf('chart-span', HTMLSelectElement)
  /** @type {Sample[]} */
  #samples = []
  /** @type {Sample[]} */
  #history = []
  /** @type {Moment[]} */
  #moments = []
  #sampleMs = 500
  #historyMs = 5000

  constructor() {
    byId('chart-list').append(...this.#charts.map(({ figure }) => figure))
    this.#choice.addEventListener('change', () => this.#show())
  }

  /** @param {Hello} hello */
  hello({ samples, history, moments, sampleMs, historyMs }) {
    this.#samples = [...samples]
    this.#history = [...history]
    this.#moments = [...moments]
    this.#sampleMs = sampleMs
    this.#historyMs = historyMs
    this.#show()
  }

  /** @param {Sample} sample */
  sample(sample) {
    this.#samples.push(sample)
    forget(this.#samples, FINE_SECONDS)
    this.#show()
  }

  /** @param {Sample} sample */
  history(sample) {
    this.#history.push(sample)
    forget(this.#history, 3600)
    forget(this.#moments, 3600)
  }

  /** @param {Moment} moment */
  moment(moment) {
    this.#moments.push(moment)
  }

  #show() {
    if (document.hidden) return
    const { name, seconds } = SPANS[this.#choice.value] ?? { name: 'the last minute', seconds: 60 }
    const isFine = seconds <= FINE_SECONDS
    const since = Date.now() - (seconds + 10) * 1000
    const samples = (isFine ? this.#samples : this.#history).filter(({ at }) => at >= since)
    const moments = this.#moments.filter(({ at }) => at >= since)
    const span = { name, seconds, stepMs: isFine ? this.#sampleMs : this.#historyMs }
    say(byId('charts-title'), `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`)
    for (const chart of this.#charts) chart.show(samples, moments, span)
  }
}

/** Drops entries older than the longest span. @param {{ at: number }[]} entries @param {number} seconds */
function forget(entries, seconds) {
  const since = Date.now() - (seconds + 10) * 1000
  const kept = entries.findIndex(({ at }) => at >= since)
  entries.splice(0, kept === -1 ? entries.length : kept)
}
