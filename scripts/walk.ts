/**
 * What one warm query enters of the connector as it was built, from V8's precise coverage. The figures are the same on
 * every machine, so that a change of the path shows where a time would drown.
 */
import { readFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { fileURLToPath } from 'node:url'
import { connect } from 'e6data-connector'
import { startCannedServer } from '../bench/canned-process.ts'
import { readOptions } from './command-line.ts'

const USAGE = `npm run walk -- [options]

Runs one warm query of one row and counts what it enters of the connector: source
files, functions, calls of functions, and lines.

  --list     also the functions by how often they were called
  --json     one JSON object as the last line of standard output
  --help     this text`

const DIST = new URL('../packages/connector/dist/', import.meta.url).href
const WARM_UP_QUERIES = 200

const config = { list: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } } as const
const { list, json } = readOptions(USAGE, config, (values) => values)

/** A function of the sources, and how often it was called. */
interface Entered {
  readonly file: string
  readonly name: string
  readonly calls: number
}

/** Ranges of one script as V8 reports them: of functions, and within each of the blocks with another count. */
type Ranges = readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[]

await using server = await startCannedServer()
await using connection = await connect({
  host: '127.0.0.1',
  port: server.port,
  username: 'bench',
  password: 'bench',
  clusterName: 'bench',
  strategyStore: 'process',
})
for (let query = 0; query < WARM_UP_QUERIES; query++) await connection.query('SELECT one')

const inspector = new Session()
inspector.connect()
await inspector.post('Profiler.enable')
await inspector.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
await connection.query('SELECT one')
const { result } = await inspector.post('Profiler.takePreciseCoverage')
inspector.disconnect()

const entered: Entered[] = []
const lines = new Set<string>()
for (const { url, functions } of result) {
  if (!url.startsWith(DIST)) continue
  const place = placesOf(fileURLToPath(url))
  for (const { functionName, ranges } of functions) {
    const { startOffset, count } = ranges[0]!
    const file = place.at(startOffset)?.file
    if (count > 0 && file !== undefined) entered.push({ file, name: functionName || '(unnamed)', calls: count })
  }
  for (const line of place.linesWithin(functions.map(({ ranges }) => ranges))) lines.add(line)
}
const figures = {
  files: new Set(entered.map(({ file }) => file)).size,
  functions: entered.length,
  calls: entered.reduce((sum, { calls }) => sum + calls, 0),
  lines: lines.size,
}
if (list) {
  for (const { file, name, calls } of entered.toSorted((a, b) => b.calls - a.calls))
    console.log(`${String(calls).padStart(6)}  ${name.padEnd(32)} ${file}`)
}
console.log(
  json
    ? JSON.stringify(figures)
    : Object.entries(figures)
        .map((pair) => pair.join(' '))
        .join('\n'),
)

/** Finds the sources of a built file by its map. */
function placesOf(path: string) {
  const text = readFileSync(path, 'utf8')
  const map = new SourceMap(JSON.parse(readFileSync(`${path}.map`, 'utf8')) as SourceMapPayload)
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
  const at = (offset: number) => {
    let [low, high] = [0, starts.length]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (starts[middle]! <= offset) low = middle
      else high = middle
    }
    const entry = map.findEntry(low, offset - starts[low]!)
    return 'originalSource' in entry
      ? { file: entry.originalSource.replace(/^.*?src\//, ''), line: entry.originalLine }
      : undefined
  }
  /** The lines of sources that ran: each counts by the innermost range around its first character. */
  const linesWithin = (functions: readonly Ranges[]): string[] => {
    const ran = new Uint8Array(text.length)
    const ranges = functions.flat().toSorted((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset)
    for (const { startOffset, endOffset, count } of ranges) ran.fill(count > 0 ? 1 : 0, startOffset, endOffset)
    return starts.flatMap((start, index) => {
      const line = text.slice(start, starts[index + 1])
      const first = start + line.search(/\S/)
      if (line.trim() === '' || ran[first] !== 1) return []
      const place = at(first)
      return place ? [`${place.file}:${place.line}`] : []
    })
  }
  return { at, linesWithin }
}
