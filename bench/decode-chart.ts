import type { DecodeFigures } from './decode.ts'

interface Bar {
  readonly label: string
  readonly rate: number
  readonly ours: boolean
}

const WIDTH = 720
const LABEL_WIDTH = 260
const BAR_HEIGHT = 24
const BAR_STEP = 36
const TOP = 64
const BAR_WIDTH = WIDTH - LABEL_WIDTH - 110
/** Decades shown: a hundred thousand to a thousand million rows a second. */
const FIRST_DECADE = 5
const LAST_DECADE = 9

/** Draws rows a second as bars on a logarithmic scale, as SVG that reads on light and on dark pages. */
export function drawDecodeChart(figures: DecodeFigures): string {
  const bars: readonly Bar[] = [
    { label: 'one copy of the bytes', rate: figures.memcpyRowsPerSecond, ours: false },
    { label: 'typed columns', rate: figures.columnsRowsPerSecond, ours: true },
    { label: 'columns to Arrow', rate: figures.arrowIpcRowsPerSecond, ours: true },
    { label: 'rows, one by one', rate: figures.objectsRowsPerSecond, ours: true },
    { label: 'rows, all kept', rate: figures.keptObjectsRowsPerSecond, ours: true },
    { label: 'Apache thrift, its parse alone', rate: figures.apacheThriftRowsPerSecond, ours: false },
    { label: 'columns to Arrow by apache-arrow', rate: figures.apacheArrowRowsPerSecond, ours: false },
  ]
  const height = TOP + bars.length * BAR_STEP + 40
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13" role="img">`,
    '<title>Rows per second by kind of result</title>',
    '<style>text{fill:#24292f}.line{stroke:#d0d7de}.ours{fill:#0969da}.peer{fill:#8c959f}',
    '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.line{stroke:#30363d}.ours{fill:#58a6ff}.peer{fill:#6e7681}}</style>',
    '<text x="16" y="28" font-size="16" font-weight="600">Rows a second, 50 000 rows of 8 columns, 4.2 MB</text>',
    `<text x="16" y="48">Node ${process.versions.node}, medians of one run; the scale is logarithmic</text>`,
    ...decades(height),
    ...bars.flatMap(drawBar),
    '</svg>',
    '',
  ].join('\n')
}

function decades(height: number): string[] {
  return Array.from({ length: LAST_DECADE - FIRST_DECADE + 1 }, (_, index) => {
    const x = place(10 ** (FIRST_DECADE + index))
    return (
      `<line class="line" x1="${x}" y1="${TOP}" x2="${x}" y2="${height - 30}"/>` +
      `<text x="${x}" y="${height - 12}" text-anchor="middle">${short(10 ** (FIRST_DECADE + index))}</text>`
    )
  })
}

function drawBar({ label, rate, ours }: Bar, index: number): string[] {
  const y = TOP + index * BAR_STEP + 6
  const width = place(rate) - LABEL_WIDTH
  const middle = y + BAR_HEIGHT / 2 + 4
  return [
    `<text x="${LABEL_WIDTH - 10}" y="${middle}" text-anchor="end">${label}</text>`,
    `<rect class="${ours ? 'ours' : 'peer'}" x="${LABEL_WIDTH}" y="${y}" width="${width}" height="${BAR_HEIGHT}" rx="3"/>`,
    `<text x="${LABEL_WIDTH + width + 8}" y="${middle}">${short(rate)}</text>`,
  ]
}

function place(rate: number): number {
  const share = (Math.log10(rate) - FIRST_DECADE) / (LAST_DECADE - FIRST_DECADE)
  return Math.round(LABEL_WIDTH + Math.min(Math.max(share, 0), 1) * BAR_WIDTH)
}

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 })

function short(rate: number): string {
  return compact.format(rate)
}
