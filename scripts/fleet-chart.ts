import type { FleetResult } from '../packages/connector/test/simulation/fleet-figures.ts'
import { FLEET_TIMES } from '../packages/connector/test/simulation/fleet-plan.ts'

const WIDTH = 720
const LEFT = 70
const RIGHT = 700
const PANEL_HEIGHT = 150
const LOGINS_TOP = 80
const MOVED_TOP = LOGINS_TOP + PANEL_HEIGHT + 80
const HEIGHT = MOVED_TOP + PANEL_HEIGHT + 50

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** A place on the drawing for a value from 0 to `most`. */
const scale = (from: number, to: number, most: number) => (value: number) =>
  Math.round((from + ((to - from) * value) / most) * 10) / 10

/** Draws logins a second over time, and how many processes have moved, as SVG that reads on light and on dark pages. */
export function drawFleetChart(fleet: FleetResult): string {
  const { processes, hosts } = fleet
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="13" role="img">`,
    '<title>A fleet in one switch: logins a second, and processes that have moved</title>',
    '<style>text{fill:#24292f}.line{stroke:#d0d7de}.bar{fill:#0969da}.outage{fill:#d0d7de;opacity:.5}.curve{fill:none;stroke:#0969da;stroke-width:2}',
    '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.line{stroke:#30363d}.bar{fill:#58a6ff}.outage{fill:#30363d}.curve{stroke:#58a6ff}}</style>',
    `<text x="16" y="28" font-size="16" font-weight="600">${whole.format(processes)} processes on ${whole.format(hosts)} hosts, one switch</text>`,
    '<text x="16" y="48">simulated; the shaded part is the time in which both deployments refuse</text>',
    ...drawLogins(fleet),
    ...drawMoves(fleet),
    '</svg>',
    '',
  ].join('\n')
}

function drawLogins({ loginsPerSecond }: FleetResult): string[] {
  const most = niceLimit(Math.max(...loginsPerSecond))
  const bottom = LOGINS_TOP + PANEL_HEIGHT
  const x = scale(LEFT, RIGHT, loginsPerSecond.length)
  const y = scale(bottom, LOGINS_TOP, most)
  const from = x(FLEET_TIMES.outage / 1000)
  const outage = `<rect class="outage" x="${from}" y="${LOGINS_TOP}" width="${x(FLEET_TIMES.accepted / 1000) - from}" height="${PANEL_HEIGHT}"/>`
  const bars = loginsPerSecond.map((logins, second) => {
    const width = Math.max(x(second + 1) - x(second) - 1, 1).toFixed(1)
    return `<rect class="bar" x="${x(second)}" y="${y(logins)}" width="${width}" height="${(bottom - y(logins)).toFixed(1)}"/>`
  })
  const ticks = [0, 10, 20, 30, 40, 50, 60].map(
    (second) => `<text x="${x(second)}" y="${bottom + 18}" text-anchor="middle">${second} s</text>`,
  )
  return [`<text x="16" y="${LOGINS_TOP - 10}">logins a second</text>`, outage, ...levels(most, y), ...bars, ...ticks]
}

function drawMoves({ movedShare, movedMs }: FleetResult): string[] {
  const bottom = MOVED_TOP + PANEL_HEIGHT
  const tenths = Math.max(movedShare.length, 10)
  const x = scale(LEFT, RIGHT, tenths)
  const y = scale(bottom, MOVED_TOP, 100)
  const points = [0, ...movedShare].map((share, tenth) => `${x(tenth)},${y(share * 100)}`)
  const ticks = Array.from({ length: 6 }, (_, index) => (index * tenths) / 5).map(
    (tenth) => `<text x="${x(tenth)}" y="${bottom + 18}" text-anchor="middle">${whole.format(tenth * 100)} ms</text>`,
  )
  const figures = `half after ${whole.format(movedMs.p50)} ms, 99 % after ${whole.format(movedMs.p99)} ms, all after ${whole.format(movedMs.all)} ms`
  return [
    `<text x="16" y="${MOVED_TOP - 10}">processes that have moved, in % (${figures})</text>`,
    ...levels(100, y),
    `<polyline class="curve" points="${points.join(' ')}"/>`,
    ...ticks,
  ]
}

function levels(most: number, y: (value: number) => number): string[] {
  return [0, 0.5, 1].flatMap((share) => {
    const at = y(most * share)
    return [
      `<line class="line" x1="${LEFT}" y1="${at}" x2="${RIGHT}" y2="${at}"/>`,
      `<text x="${LEFT - 8}" y="${at + 4}" text-anchor="end">${whole.format(most * share)}</text>`,
    ]
  })
}

/** The next of 1, 2, 5, 10, 20, 50 and so on. */
function niceLimit(value: number): number {
  const decade = 10 ** Math.floor(Math.log10(Math.max(value, 1)))
  return [1, 2, 5, 10].map((factor) => factor * decade).find((limit) => limit >= value) ?? value
}
