import { Chart, SHOWN_SECONDS } from './chart.js'
import { CHARTS } from './chart-specs.js'
import { byId } from './dom.js'

/** @typedef {import('../feed.ts').Hello} Hello */
/** @typedef {import('../feed.ts').Sample} Sample */
/** @typedef {import('../feed.ts').Moment} Moment */

/** All charts, over the same stretch of time. */
export class Charts {
  #charts = CHARTS.map((spec) => new Chart(spec))
  /** @type {Sample[]} */
  #samples = []
  /** @type {Moment[]} */
  #moments = []
  #sampleMs = 500

  constructor() {
    byId('chart-list').append(...this.#charts.map(({ figure }) => figure))
  }

  /** @param {Hello} hello */
  hello({ samples, moments, sampleMs }) {
    this.#samples = [...samples]
    this.#moments = [...moments]
    this.#sampleMs = sampleMs
    this.#show()
  }

  /** @param {Sample} sample */
  sample(sample) {
    this.#samples.push(sample)
    this.#show()
  }

  /** @param {Moment} moment */
  moment(moment) {
    this.#moments.push(moment)
  }

  #show() {
    const since = Date.now() - (SHOWN_SECONDS + 2) * 1000
    this.#samples = this.#samples.filter(({ at }) => at >= since)
    this.#moments = this.#moments.filter(({ at }) => at >= since)
    if (document.hidden) return
    for (const chart of this.#charts) chart.show(this.#samples, this.#moments, this.#sampleMs)
  }
}
