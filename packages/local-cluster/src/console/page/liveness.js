import { byId, say } from './dom.js'
import { ageText } from './numbers.js'

/** Time without a sample after which the page marks its data as stale, in milliseconds. Samples arrive every 500 ms. */
export const STALE_AFTER_MS = 3000

/** Time without a sample after which the page reconnects, in milliseconds. */
const GIVE_UP_AFTER_MS = 10_000

const LOOK_EVERY_MS = 500

/** @typedef {'connecting' | 'live' | 'stale' | 'lost'} Link */

/** Tracks the age of the picture. A server that hangs keeps its connection open, so only samples count. */
export class Liveness {
  #newsAt = performance.now()
  /** @type {Link} */
  #link = 'connecting'
  /** @type {(() => void) | undefined} */
  #hangUp

  constructor() {
    setInterval(() => this.#look(), LOOK_EVERY_MS)
    // Controls are disabled while the state of the server is unknown.
    for (const kind of ['click', 'submit']) document.addEventListener(kind, (event) => this.#guard(event), true)
  }

  sample() {
    this.#newsAt = performance.now()
    this.#show('live')
  }

  /** @param {() => void} hangUp ends the connection, so that another one is tried */
  opened(hangUp) {
    this.#newsAt = performance.now()
    this.#hangUp = hangUp
  }

  closed() {
    this.#hangUp = undefined
    this.#show('lost')
  }

  #look() {
    const age = performance.now() - this.#newsAt
    if (this.#link === 'live' && age > STALE_AFTER_MS) this.#show('stale')
    else if (this.#link !== 'live') this.#show(this.#link)
    if (age > GIVE_UP_AFTER_MS) {
      this.#newsAt = performance.now() - STALE_AFTER_MS
      this.#hangUp?.()
    }
  }

  /** @param {Link} link */
  #show(link) {
    if (link === 'live' || this.#link === 'live') this.#shownAt = this.#newsAt
    this.#link = link
    byId('link').dataset.state = link
    document.documentElement.dataset.link = link
    say(byId('link'), this.#words(link))
  }

  #shownAt = performance.now()

  /** @param {Link} link */
  #words(link) {
    const age = ageText(performance.now() - this.#shownAt)
    switch (link) {
      case 'connecting':
        return 'connecting …'
      case 'live':
        return 'live'
      case 'stale':
        return `no news for ${age}: what you see is old`
      case 'lost':
        return `connection lost ${age} ago, trying again`
    }
  }

  /** @param {Event} event */
  #guard(event) {
    const isOld = this.#link === 'stale' || this.#link === 'lost'
    if (!isOld || !(event.target instanceof Element) || !event.target.closest('[data-acts]')) return
    event.preventDefault()
    event.stopPropagation()
  }
}
