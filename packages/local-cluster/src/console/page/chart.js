import uPlot from '/page/vendor/uplot.js'
import { element, say, shape } from './dom.js'
import { clockText } from './numbers.js'
import { colorOf, onThemeChange } from './theme.js'
import { MOMENTS } from './words.js'

/** @typedef {import('../feed.ts').Sample} Sample */
/** @typedef {import('../feed.ts').Moment} Moment */
/** @typedef {import('./chart-specs.js').ChartSpec} ChartSpec */
/** @typedef {{ name: string, seconds: number, stepMs: number }} Span a time span, and the interval of its samples */
/** @typedef {{ at: number, sample: Sample | undefined }} Point a sample, or a place where one is missing */

/** A gap of this many sample intervals is drawn as a gap, without a line across it. */
const GAP_AFTER = 4

const HEIGHTS = { tall: 220, low: 84 }

/** Heights on a phone, which keep the page short. */
const PHONE_HEIGHTS = { tall: 88, low: 84 }
const phone = matchMedia('(max-width: 560px)')

/** @param {'tall' | 'low'} size */
const heightOf = (size) => (phone.matches ? PHONE_HEIGHTS : HEIGHTS)[size]

/** Number of rows for the names of moments, so that neighbors do not overlap. */
const NAME_ROWS = 4
const NAME_HEIGHT = 13

/** Pointing at one chart shows the same moment in all. */
const SYNC_KEY = 'console'

/** A chart with its legend and its marked moments. */
export class Chart {
  /** @type {readonly Point[]} */
  #points = []
  /** @type {Span} */
  #span = { name: 'the last minute', seconds: 60, stepMs: 500 }
  #tip = element('div', { class: 'tip', hidden: true, 'aria-hidden': 'true' })
  /** @type {readonly Moment[]} */
  #moments = []
  #plot
  #place = element('div', { class: 'plot', role: 'img' })
  /** @type {HTMLElement[]} */
  #values

  /** @param {ChartSpec} spec */
  constructor(spec) {
    this.spec = spec
    this.#values = spec.series.map(() => element('output', {}))
    const legend = spec.series.map((series, index) => {
      const mark = series.shape
        ? shape(series.shape)
        : element('i', { class: `swatch ${series.ink}${series.dash ? ' dashed' : ''}` })
      return element('span', { class: 'key' }, mark, `${series.label} `, this.#values[index] ?? '')
    })
    const about = spec.about ? [element('span', { class: 'about' }, spec.about)] : []
    const caption = element('figcaption', {}, element('h3', {}, spec.title), ...about, ...legend)
    this.figure = element('figure', { class: `card chart ${spec.size}` }, caption, this.#place)
    this.#plot = new uPlot(this.#options(), [[], ...spec.series.map(() => [])], this.#place)
    this.#place.append(this.#tip)
    new ResizeObserver(() => this.#fit()).observe(this.#place)
    onThemeChange(() => this.#plot.redraw(false))
  }

  /** @param {readonly Sample[]} samples @param {readonly Moment[]} moments @param {Span} span */
  show(samples, moments, span) {
    this.#span = span
    this.#moments = moments
    this.#points = withGaps(samples, span.stepMs)
    const times = this.#points.map(({ at }) => at / 1000)
    const values = this.spec.series.map(({ read }) => this.#points.map(({ sample }) => (sample ? read(sample) : null)))
    this.#plot.setData([times, ...values])
    if (this.#plot.cursor.idx === null || this.#plot.cursor.idx === undefined) this.#tell(undefined)
  }

  /**
   * Shows the values at a point, with its time next to the pointer; without a point, the latest values.
   * @param {number | undefined} index
   */
  #tell(index) {
    const point = index === undefined ? this.#points.findLast(({ sample }) => sample) : this.#points[index]
    const texts = this.spec.series.map(({ read }) => this.#valueText(point?.sample && read(point.sample)))
    for (const [row, text] of texts.entries()) {
      const output = this.#values[row]
      if (output) say(output, text)
    }
    const facts = this.spec.series.map(({ label }, row) => `${label} ${texts[row]}`).join(', ')
    if (index === undefined) {
      this.#tip.hidden = true
      this.#place.setAttribute('aria-label', `${this.spec.title}, over ${this.#span.name}. Now: ${facts}.`)
    } else if (point) this.#showTip(point, facts)
  }

  /** @param {number | null | undefined} value */
  #valueText(value) {
    return value === null || value === undefined ? '—' : `${this.spec.text(value)}${this.spec.unit ?? ''}`
  }

  /** @param {Point} point @param {string} facts */
  #showTip({ at, sample }, facts) {
    this.#tip.replaceChildren(
      element('time', {}, clockText(at)),
      ...(sample ? facts.split(', ') : ['no samples']).map((text) => element('span', {}, text)),
    )
    this.#tip.hidden = false
    const left = this.#plot.valToPos(at / 1000, 'x') + this.#plot.over.offsetLeft
    const isRight = left > this.#place.clientWidth / 2
    this.#tip.style.left = isRight ? '' : `${left + 10}px`
    this.#tip.style.right = isRight ? `${this.#place.clientWidth - left + 10}px` : ''
  }

  /** Whether moments are labeled; a phone has no room for that. */
  get #isNamed() {
    return this.spec.named && !phone.matches
  }

  /** @returns {[number, number]} */
  #range() {
    const now = Date.now() / 1000
    return [now - this.#span.seconds, now]
  }

  #fit() {
    const width = this.#place.clientWidth
    if (width > 0) this.#plot.setSize({ width, height: heightOf(this.spec.size) })
  }

  /** @returns {import('uplot').Options} */
  #options() {
    const { kind, size, logarithmic, text, series } = this.spec
    const isLow = size === 'low'
    const font = '11px system-ui, sans-serif'
    const axis = { stroke: () => colorOf('ink-soft'), font, ticks: { show: false } }
    const grid = { stroke: () => colorOf('line'), width: 1, ...(logarithmic ? { filter: powersOfTen } : {}) }
    const bars = uPlot.paths.bars?.({ size: [0.9, 8], align: 0 })
    return {
      width: 320,
      height: heightOf(size),
      padding: [() => (this.#isNamed ? NAME_ROWS * NAME_HEIGHT : 8), 28, 0, 0],
      legend: { show: false },
      cursor: { sync: { key: SYNC_KEY }, drag: { x: false, y: false }, points: { show: !isLow } },
      scales: {
        x: { time: true, range: () => this.#range() },
        y: logarithmic
          ? { distr: 3, range: (_, least, most) => wholeDecades(least, most) }
          : { range: (_, __, most) => [0, Math.max(most * 1.1, isLow ? 2 : 5)] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 22,
          space: 84,
          values: (_, marks) => marks.map((at) => clockText(at * 1000)),
        },
        {
          ...axis,
          grid,
          size: 58,
          space: isLow ? 30 : 36,
          ...(logarithmic ? { filter: powersOfTen } : {}),
          values: (_, marks) => marks.map((mark) => (mark === null ? '' : text(mark))),
        },
      ],
      series: [
        {},
        ...series.map(({ label, ink, dash }) => ({
          label,
          stroke: () => colorOf(ink),
          width: 2,
          ...(dash ? { dash: [...dash] } : {}),
          ...(kind === 'bars' && bars ? { paths: bars, fill: () => colorOf(ink), width: 0 } : {}),
          points: { show: false },
        })),
      ],
      hooks: {
        drawAxes: [() => this.#drawServing()],
        draw: [() => this.#drawMoments()],
        setCursor: [
          ({ cursor }) =>
            this.#tell(cursor.left === undefined || cursor.left < 0 ? undefined : (cursor.idx ?? undefined)),
        ],
      },
    }
  }

  /** Draws a strip along the bottom that shows the active strategy: solid for blue, striped for green. */
  #drawServing() {
    const { ctx: pen, bbox } = this.#plot
    const height = 5 * devicePixelRatio
    const top = bbox.top + bbox.height - height
    pen.save()
    pen.beginPath()
    pen.rect(bbox.left, bbox.top, bbox.width, bbox.height)
    pen.clip()
    for (const [index, { at, sample }] of this.#points.entries()) {
      const before = this.#points[index - 1]
      if (!sample?.active || !before?.sample) continue
      const right = this.#plot.valToPos(at / 1000, 'x', true)
      const left = this.#plot.valToPos(before.at / 1000, 'x', true)
      pen.fillStyle = colorOf(sample.active)
      const isGap = sample.active === 'green' && Math.floor(at / this.#span.stepMs) % 4 === 0
      if (!isGap) pen.fillRect(left, top, right - left + 0.5, height)
    }
    pen.restore()
  }

  #drawMoments() {
    const { ctx: pen, bbox } = this.#plot
    const ratio = devicePixelRatio
    const right = bbox.left + bbox.width
    pen.save()
    pen.font = `${11 * ratio}px system-ui, sans-serif`
    pen.textAlign = 'left'
    pen.lineWidth = ratio
    pen.setLineDash([4 * ratio, 3 * ratio])
    pen.globalAlpha = this.#isNamed ? 1 : 0.55
    const rows = new NameRows()
    for (const { at, kind, strategy } of this.#moments) {
      const { mark } = MOMENTS[kind]
      const x = Math.round(this.#plot.valToPos(at / 1000, 'x', true))
      if (mark === undefined || x < bbox.left || x > right) continue
      pen.strokeStyle = colorOf(kind === 'fault' || kind === 'engine lost' ? 'red' : (strategy ?? 'ink-soft'))
      pen.beginPath()
      pen.moveTo(x, bbox.top)
      pen.lineTo(x, bbox.top + bbox.height)
      pen.stroke()
      if (!this.#isNamed) continue
      const width = pen.measureText(mark).width
      const left = Math.min(x + 2 * ratio, right - width)
      const row = rows.place(left, left + width + 5 * ratio)
      if (row === undefined) continue
      pen.fillStyle = colorOf('ink')
      pen.fillText(mark, left, bbox.top - ((NAME_ROWS - 1 - row) * NAME_HEIGHT + 4) * ratio)
    }
    pen.restore()
  }
}

/** Finds a row for each name in which it overlaps no other, if there is one. */
class NameRows {
  #ends = Array.from({ length: NAME_ROWS }, () => 0)
  #latest = -1

  /** @param {number} left @param {number} right */
  place(left, right) {
    // One row below the previous name, so that neighbors form stairs.
    for (let tried = 1; tried <= NAME_ROWS; tried += 1) {
      const row = (this.#latest + tried) % NAME_ROWS
      if ((this.#ends[row] ?? 0) > left) continue
      this.#ends[row] = right
      this.#latest = row
      return row
    }
    return undefined
  }
}

/** @param {number} least @param {number} most @returns {[number, number]} */
function wholeDecades(least, most) {
  if (!(least > 0)) return [1, 1000]
  const bottom = 10 ** Math.floor(Math.log10(least))
  return [bottom, Math.max(10 ** Math.ceil(Math.log10(most)), bottom * 10)]
}

/** Keeps the powers of ten of a logarithmic scale. @param {unknown} _ @param {number[]} marks */
function powersOfTen(_, marks) {
  return marks.map((mark) => (Number.isInteger(Math.log10(mark)) ? mark : null))
}

/**
 * Adds a point without values to each gap in the samples, so that no line is drawn across it.
 * @param {readonly Sample[]} samples
 * @param {number} stepMs
 * @returns {Point[]}
 */
function withGaps(samples, stepMs) {
  return samples.flatMap((sample, index) => {
    const before = samples[index - 1]
    const isHole = before !== undefined && sample.at - before.at > stepMs * GAP_AFTER
    const point = { at: sample.at, sample }
    return isHole ? [{ at: (before.at + sample.at) / 2, sample: undefined }, point] : [point]
  })
}
