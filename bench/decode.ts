import { fileURLToPath } from 'node:url'
import { holdContest } from './contest.ts'
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
  /** Processor time of all threads for kept rows, as a multiple of that for the same rows one by one. */
  readonly keptToStreamedCpuRatio: number
  /** `JSON.parse` of the same rows, which keeps them too. */
  readonly jsonParseRowsPerSecond: number
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

/** Measures for about 40 s on two quiet cores. */
export async function measureDecode(): Promise<DecodeFigures> {
  const turns = await holdContest({
    contenders: CONTENDERS,
    program: './decode-contender.ts',
    args: [VECTORS],
    external: ['thrift', 'apache-arrow', '@bufbuild/*'],
    sets: 3,
    warmUpRounds: 6,
    rounds: 15,
    turnSeconds: 0.1,
  })
  const rate = (contender: Contender) => ROWS / median((turns.get(contender) ?? []).map(({ seconds }) => seconds))
  const cpuOf = (contender: Contender) => median((turns.get(contender) ?? []).map(({ cpuSeconds }) => cpuSeconds))
  return {
    columnsRowsPerSecond: rate('columns'),
    objectsRowsPerSecond: rate('objects'),
    keptObjectsRowsPerSecond: rate('keptObjects'),
    keptToStreamedCpuRatio: cpuOf('keptObjects') / cpuOf('objects'),
    jsonParseRowsPerSecond: rate('jsonParse'),
    memcpyRowsPerSecond: rate('memcpy'),
    apacheThriftRowsPerSecond: rate('apacheThrift'),
    arrowIpcRowsPerSecond: rate('arrowIpc'),
    apacheArrowRowsPerSecond: rate('apacheArrow'),
  }
}
