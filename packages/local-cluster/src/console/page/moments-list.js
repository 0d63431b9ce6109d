import { byId, element, shape } from './dom.js'
import { clockText } from './numbers.js'
import { MOMENTS } from './words.js'

/** @typedef {import('../feed.ts').Hello} Hello */
/** @typedef {import('../feed.ts').Moment} Moment */

const MOST = 100

/** The list of moments, the latest first. */
export class MomentsList {
  #list = byId('moments')
  #nothing = byId('no-moments')

  /** @param {Hello} hello */
  hello({ moments }) {
    this.#list.replaceChildren(...moments.map(entryOf).reverse())
    this.#nothing.hidden = moments.length > 0
  }

  /** @param {Moment} moment */
  moment(moment) {
    this.#list.prepend(entryOf(moment))
    while (this.#list.childElementCount > MOST) this.#list.lastElementChild?.remove()
    this.#nothing.hidden = true
  }
}

/** @param {Moment} moment */
function entryOf(moment) {
  const { at, kind, strategy } = moment
  const time = element('time', { datetime: new Date(at).toISOString() }, clockText(at))
  const mark = strategy ? shape(strategy) : element('i', { class: 'no-shape' })
  return element('li', { 'data-kind': kind }, time, mark, element('span', {}, MOMENTS[kind].tell(moment)))
}
