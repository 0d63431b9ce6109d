import { type ChildProcess, fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { drawDecodeChart } from './decode-chart.ts'
import { CONTENDERS, type Contender } from './decode-contenders.ts'
import { median } from './median.ts'

/** Rows a second, all over the same 50 000 rows of 8 columns in one run; see `docs/performance.md`. */
export interface DecodeFigures {
  /** Received bytes to typed columns. */
  readonly columnsRowsPerSecond: number
  /** Received bytes to rows as objects, every value made, taken one by one as a stream hands them out. */
  readonly objectsRowsPerSecond: number
  /** The same with all rows of the batch in one array: the collector then copies them while they are made. */
  readonly keptObjectsRowsPerSecond: number
  /** One copy of the received bytes, into memory that is there already. */
  readonly memcpyRowsPerSecond: number
  /** Received bytes to the objects of the Apache `thrift` package. */
  readonly apacheThriftRowsPerSecond: number
  /** Typed columns to an Arrow stream, without an Arrow library. */
  readonly arrowIpcRowsPerSecond: number
  /** Typed columns to an Arrow stream with `apache-arrow`. */
  readonly apacheArrowRowsPerSecond: number
}

const ROWS = 50_000
const VECTORS = fileURLToPath(new URL('../packages/connector/vectors', import.meta.url))
/** Inside `node_modules`, so that the packages a bundle leaves out are found. */
const BUNDLE = fileURLToPath(new URL('../node_modules/.cache/bench/decode-contender.mjs', import.meta.url))

/** Sets of processes: where memory comes to lie is settled once in a process, and matters. */
const SETS = 3
const WARM_UP_TURNS = 6
const TURNS = 15
/** About so much of each turn is spent running, once it is known how long a run takes. */
const TURN_SECONDS = 0.1

/** Measures for about 40 s on two quiet cores. */
export async function measureDecode(): Promise<DecodeFigures> {
  const times = new Map<Contender, number[]>(CONTENDERS.map((contender) => [contender, []]))
  await bundleContender()
  for (let set = 0; set < SETS; set++) await measureSet(times)
  const rate = (contender: Contender) => ROWS / median(times.get(contender) ?? [])
  return {
    columnsRowsPerSecond: rate('columns'),
    objectsRowsPerSecond: rate('objects'),
    keptObjectsRowsPerSecond: rate('keptObjects'),
    memcpyRowsPerSecond: rate('memcpy'),
    apacheThriftRowsPerSecond: rate('apacheThrift'),
    arrowIpcRowsPerSecond: rate('arrowIpc'),
    apacheArrowRowsPerSecond: rate('apacheArrow'),
  }
}

/**
 * Gives each contender's process a turn in each round, one at a time and each round beginning with another, so that a
 * disturbance of the machine meets all alike.
 */
async function measureSet(times: ReadonlyMap<Contender, number[]>): Promise<void> {
  const processes = await Promise.all(CONTENDERS.map(start))
  try {
    const runs = CONTENDERS.map(() => 1)
    for (let round = 0; round < WARM_UP_TURNS + TURNS; round++) {
      for (let turn = 0; turn < processes.length; turn++) {
        const index = (turn + round) % processes.length
        const seconds = await takeTurn(processes[index]!, runs[index]!)
        runs[index] = Math.max(1, Math.min(200, Math.round(TURN_SECONDS / seconds)))
        if (round >= WARM_UP_TURNS) times.get(CONTENDERS[index]!)?.push(seconds)
      }
    }
  } finally {
    for (const process of processes) process.disconnect()
  }
}

/** Programs run a bundle of the connector, not its sources through a loader that stays in memory: so do contenders. */
async function bundleContender(): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(new URL('./decode-contender.ts', import.meta.url))],
    outdir: dirname(BUNDLE),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // A peer is loaded by its own contender only.
    splitting: true,
    platform: 'node',
    format: 'esm',
    external: ['thrift', 'apache-arrow', '@bufbuild/*'],
    logLevel: 'error',
  })
}

async function start(contender: Contender): Promise<ChildProcess> {
  const child = fork(BUNDLE, [contender, VECTORS], { execArgv: [] })
  await answer(child)
  return child
}

async function takeTurn(child: ChildProcess, runs: number): Promise<number> {
  child.send(runs)
  return Number(await answer(child))
}

/** The next message of a process, or an error when it ends instead. */
function answer(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      child.off('message', onMessage).off('exit', onExit)
      finish()
    }
    const onMessage = (message: unknown) => settle(() => resolve(message))
    const onExit = (code: number | null) => settle(() => reject(new Error(`a measuring process ended with ${code}`)))
    child.on('message', onMessage).on('exit', onExit)
  })
}

/** `npx tsx bench/decode.ts [--chart FILE]`: prints the figures, and draws them. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { chart: { type: 'string' } } })
  const figures = await measureDecode()
  for (const [name, value] of Object.entries(figures)) {
    console.log(`${name.padEnd(28)}${Math.round(value).toLocaleString('en-US').padStart(14)}`)
  }
  if (values.chart !== undefined) writeFileSync(values.chart, drawDecodeChart(figures))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
