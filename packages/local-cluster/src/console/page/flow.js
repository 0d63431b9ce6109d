import { partOf } from './dom.js'
import { drawBand, drawBead, drawDot, drawRail } from './flow-drawing.js'
import { colorOf, onThemeChange } from './theme.js'

/** @typedef {import('../feed.ts').Sample} Sample */
/** @typedef {import('../feed.ts').QueryRow} QueryRow */
/** @typedef {'blue' | 'green'} Strategy */
/** @typedef {ReturnType<typeof import('./words.js').roleOf>['role']} Role */
/** @typedef {{ x: number, y: number }} Point */
/** @typedef {{ from: Point, bend: readonly [Point, Point], to: Point, end: Point, height: number }} Way */

/** Time in which the dot of an ended query passes its lane, in milliseconds. */
const PASSING_MS = 1500

/** Maximum number of dots per sample; beyond it the band along the lane grows instead. */
const MOST_DOTS = 8

/** Minimum age of a query that is drawn as a bead, in milliseconds. */
const LONG_MS = 900
const MOST_BEADS = 24

/** Age of a query at which its bead is halfway, in milliseconds. The real progress is unknown. */
const HALFWAY_MS = 3000
const LEAVING_MS = 700

const STRATEGIES = /** @type {const} */ (['blue', 'green'])

/** Draws queries that pass along the two lanes, and long-running ones as beads. */
export class Flow {
  #canvas = partOf('flow', HTMLCanvasElement)
  #still = matchMedia('(prefers-reduced-motion: reduce)')
  /** @type {{ strategy: Strategy, startsAt: number, lift: number }[]} */
  #dots = []
  /** @type {Map<string, { strategy: Strategy, startedAt: number, leftAt: number | undefined }>} */
  #beads = new Map()
  /** Running queries, and ended ones per second, for the band that replaces dots. */
  #load = { blue: { inFlight: 0, perSecond: 0 }, green: { inFlight: 0, perSecond: 0 } }
  /** @type {Record<Strategy, Role>} */
  #roles = { blue: 'idle', green: 'idle' }
  /** @type {Record<Strategy, Way> | undefined} */
  #ways
  #isSeen = true
  #isDrawing = false

  /**
   * @param {HTMLElement} lanes
   * @param {Record<Strategy, HTMLElement>} tracks
   */
  constructor(lanes, tracks) {
    this.lanes = lanes
    this.tracks = tracks
    new ResizeObserver(() => this.#measure()).observe(lanes)
    new IntersectionObserver((entries) => {
      // Several changes may arrive at once: the last one wins.
      this.#isSeen = entries.at(-1)?.isIntersecting ?? true
      this.#wake()
    }).observe(lanes)
    onThemeChange(() => this.#readColors())
    this.#readColors()
    document.addEventListener('visibilitychange', () => this.#wake())
  }

  /** Draws the queries of a sample. @param {Sample} sample @param {number} sampleMs */
  pass(sample, sampleMs) {
    if (this.#still.matches || document.hidden || !this.#isSeen) return
    const now = performance.now()
    this.#load = { blue: sample.blue, green: sample.green }
    for (const strategy of STRATEGIES) {
      const count = Math.min(sample[strategy].ended, MOST_DOTS)
      for (let index = 0; index < count; index += 1) {
        const startsAt = now + ((index + Math.random()) / count) * sampleMs
        this.#dots.push({ strategy, startsAt, lift: Math.random() - 0.5 })
      }
    }
    this.#wake()
  }

  /** @param {Record<Strategy, Role>} roles @param {readonly QueryRow[]} queries */
  show(roles, queries) {
    this.#roles = roles
    const wall = Date.now()
    const now = performance.now()
    const long = queries.filter(({ state, startedAt }) => state === 'running' && wall - startedAt > LONG_MS)
    const there = new Set(long.map(({ id }) => id))
    for (const [id, bead] of this.#beads) if (!there.has(id)) bead.leftAt ??= now
    // Too many beads cannot be told apart: the band and its number represent them.
    const shown = STRATEGIES.flatMap((strategy) => {
      const own = long.filter((query) => query.strategy === strategy)
      return own.length > MOST_BEADS ? [] : own
    })
    for (const [id, bead] of this.#beads) if (!shown.some((query) => query.id === id)) bead.leftAt ??= now
    for (const { id, strategy, startedAt } of shown) {
      if (!this.#beads.has(id))
        this.#beads.set(id, { strategy, startedAt: now - (wall - startedAt), leftAt: undefined })
    }
    this.#wake()
  }

  #readColors() {
    this.colors = {
      blue: colorOf('blue'),
      green: colorOf('green'),
      quiet: colorOf('line-strong'),
      card: colorOf('card'),
    }
    this.#wake()
  }

  #measure() {
    const { width, height, left, top } = this.lanes.getBoundingClientRect()
    const scale = window.devicePixelRatio || 1
    this.#canvas.width = Math.round(width * scale)
    this.#canvas.height = Math.round(height * scale)
    this.#canvas.getContext('2d')?.setTransform(scale, 0, 0, scale, 0, 0)
    const source = this.lanes.querySelector('.source')?.getBoundingClientRect()
    if (!source) return
    const wayTo = (/** @type {HTMLElement} */ track) => {
      const box = track.getBoundingClientRect()
      const to = { x: box.left - left, y: box.top - top + box.height / 2 }
      const end = { x: box.right - left, y: to.y }
      // Next to the lanes, or above them on a narrow page.
      const isAbove = source.bottom <= this.tracks.blue.getBoundingClientRect().top - 8
      const from = isAbove
        ? { x: source.left - left + 14, y: source.bottom - top }
        : { x: source.right - left, y: source.top - top + source.height / 2 }
      const middle = (from.x + to.x) / 2
      /** @type {readonly [Point, Point]} */
      const bend = isAbove
        ? [
            { x: from.x, y: to.y },
            { x: from.x, y: to.y },
          ]
        : [
            { x: middle, y: from.y },
            { x: middle, y: to.y },
          ]
      return { from, bend, to, end, height: box.height }
    }
    this.#ways = { blue: wayTo(this.tracks.blue), green: wayTo(this.tracks.green) }
    this.#wake()
  }

  #wake() {
    if (this.#isDrawing || document.hidden || !this.#isSeen) return
    this.#isDrawing = true
    requestAnimationFrame(() => this.#draw())
  }

  #draw() {
    this.#isDrawing = false
    const pen = this.#canvas.getContext('2d')
    const ways = this.#ways
    if (!pen || !ways || !this.colors) return
    const now = performance.now()
    pen.clearRect(0, 0, this.#canvas.width, this.#canvas.height)
    for (const strategy of STRATEGIES) {
      drawRail(
        pen,
        ways[strategy],
        this.#roles[strategy],
        this.colors[strategy],
        this.colors.quiet,
        this.#still.matches ? 0 : now,
      )
    }
    for (const strategy of STRATEGIES) {
      const { inFlight } = this.#load[strategy]
      if (inFlight > MOST_BEADS)
        drawBand(pen, ways[strategy], this.colors[strategy], inFlight, this.#still.matches ? 0 : now)
    }
    this.#dots = this.#dots.filter(({ startsAt }) => now < startsAt + PASSING_MS)
    for (const { strategy, startsAt, lift } of this.#dots) {
      const progress = (now - startsAt) / PASSING_MS
      if (progress > 0) drawDot(pen, ways[strategy], strategy, this.colors[strategy], progress, lift)
    }
    for (const [id, { strategy, startedAt, leftAt }] of this.#beads) {
      const leaving = leftAt === undefined ? 0 : (now - leftAt) / LEAVING_MS
      if (leaving >= 1 || (leaving > 0 && this.#still.matches)) {
        this.#beads.delete(id)
        continue
      }
      const age = (leftAt ?? now) - startedAt
      const progress = age / (age + HALFWAY_MS)
      drawBead(pen, ways[strategy], strategy, this.colors, { progress, leaving, lift: liftOf(id) })
    }
    const hasBand = STRATEGIES.some((strategy) => this.#load[strategy].inFlight > MOST_BEADS)
    const moves =
      hasBand || this.#dots.length > 0 || this.#beads.size > 0 || Object.values(this.#roles).includes('waiting')
    if (moves && !this.#still.matches) this.#wake()
  }
}

/** A stable height for each query, between -0.5 and 0.5. @param {string} id */
function liftOf(id) {
  let sum = 0
  for (let index = 0; index < id.length; index += 1) sum = (sum * 31 + id.charCodeAt(index)) % 997
  return sum / 997 - 0.5
}
