/** @typedef {import('./flow.js').Way} Way */
/** @typedef {import('./flow.js').Point} Point */
/** @typedef {import('./flow.js').Role} Role */
/** @typedef {'blue' | 'green'} Strategy */

/** The look of the path from the programs to a lane: open, tried, or shut. */
/** @type {Readonly<Record<Role, 'open' | 'tried' | 'shut'>>} */
const GATES = { serving: 'open', ready: 'open', waiting: 'tried', draining: 'shut', idle: 'shut', down: 'shut' }

const TURN = Math.PI * 2

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Way} way
 * @param {Role} role
 * @param {string} ink
 * @param {string} quiet
 * @param {number} now moves the dashes of a path that is tried
 */
export function drawRail(pen, { from, bend, to }, role, ink, quiet, now) {
  const gate = GATES[role]
  pen.save()
  pen.strokeStyle = gate === 'shut' ? quiet : ink
  pen.lineWidth = gate === 'open' ? 3 : 2
  pen.globalAlpha = gate === 'open' ? 0.85 : 0.7
  if (gate !== 'open') pen.setLineDash(gate === 'tried' ? [6, 6] : [2, 6])
  if (gate === 'tried') pen.lineDashOffset = -now / 40
  pen.beginPath()
  pen.moveTo(from.x, from.y)
  pen.bezierCurveTo(bend[0].x, bend[0].y, bend[1].x, bend[1].y, to.x, to.y)
  pen.stroke()
  if (gate === 'shut') {
    // A bar across the path: no query enters here.
    pen.setLineDash([])
    pen.globalAlpha = 1
    pen.lineWidth = 3
    pen.beginPath()
    pen.moveTo(to.x - 5, to.y - 11)
    pen.lineTo(to.x - 5, to.y + 11)
    pen.stroke()
  }
  pen.restore()
}

/**
 * A query that has ended, on its path.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Way} way
 * @param {Strategy} strategy
 * @param {string} ink
 * @param {number} progress from 0 to 1
 * @param {number} lift
 */
export function drawDot(pen, way, strategy, ink, progress, lift) {
  const bent = Math.hypot(way.to.x - way.from.x, way.to.y - way.from.y)
  const share = bent / (bent + way.end.x - way.to.x)
  const spread = lift * way.height * 0.55
  const { x, y } =
    progress < share
      ? onBend(way, progress / share)
      : { x: way.to.x + ((progress - share) / (1 - share)) * (way.end.x - way.to.x), y: way.to.y }
  const inLane = Math.min(Math.max((x - way.to.x) / 40, 0), 1)
  pen.globalAlpha = Math.min(1, (1 - progress) * 6, progress * 8)
  pen.fillStyle = ink
  fillShape(pen, strategy, { x, y: y + spread * inLane }, 3.5)
  pen.globalAlpha = 1
}

/**
 * A running query.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Way} way
 * @param {Strategy} strategy
 * @param {Record<Strategy | 'card', string>} inks
 * @param {{ progress: number, leaving: number, lift: number }} place
 */
export function drawBead(pen, way, strategy, inks, { progress, leaving, lift }) {
  const first = way.to.x + 18
  const last = way.end.x - 18
  const x = first + (progress + (1 - progress) * leaving ** 2) * (last - first)
  const at = { x, y: way.to.y + lift * way.height * 0.5 }
  pen.globalAlpha = 1 - leaving
  pen.fillStyle = inks.card
  fillShape(pen, strategy, at, 9)
  pen.fillStyle = inks[strategy]
  pen.strokeStyle = inks[strategy]
  pen.lineWidth = 2
  pen.stroke()
  fillShape(pen, strategy, at, 4.5)
  pen.globalAlpha = 1
}

/**
 * Many running queries: a band whose width shows their number, with moving stripes.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Way} way
 * @param {string} ink
 * @param {number} count
 * @param {number} now moves the stripes
 */
export function drawBand(pen, way, ink, count, now) {
  const [left, right] = [way.to.x + 10, way.end.x - 10]
  const thickness = way.height * Math.min(0.2 + Math.log10(count) * 0.16, 0.72)
  pen.save()
  pen.globalAlpha = 0.22
  pen.fillStyle = ink
  pen.beginPath()
  pen.roundRect(left, way.to.y - thickness / 2, right - left, thickness, 8)
  pen.fill()
  pen.clip()
  pen.globalAlpha = 0.35
  pen.strokeStyle = ink
  pen.lineWidth = thickness
  pen.setLineDash([10, 26])
  pen.lineDashOffset = -now / 22
  pen.beginPath()
  pen.moveTo(left, way.to.y)
  pen.lineTo(right, way.to.y)
  pen.stroke()
  pen.restore()
}

/**
 * A disc for blue, a square for green.
 * @param {CanvasRenderingContext2D} pen
 * @param {Strategy} strategy
 * @param {Point} at
 * @param {number} size
 */
function fillShape(pen, strategy, { x, y }, size) {
  pen.beginPath()
  if (strategy === 'blue') pen.arc(x, y, size, 0, TURN)
  else {
    const reach = size * 0.92
    pen.rect(x - reach, y - reach, 2 * reach, 2 * reach)
  }
  pen.fill()
}

/** A point on the curve. @param {Way} way @param {number} t */
function onBend({ from, bend, to }, t) {
  const rest = 1 - t
  const [a, b, c, d] = [rest ** 3, 3 * rest ** 2 * t, 3 * rest * t ** 2, t ** 3]
  return {
    x: a * from.x + b * bend[0].x + c * bend[1].x + d * to.x,
    y: a * from.y + b * bend[0].y + c * bend[1].y + d * to.y,
  }
}
