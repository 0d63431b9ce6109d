import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createGzip } from 'node:zlib'
import { ResultTooLargeError } from 'e6data-connector'
import type { Step } from '../independent-server/call.ts'
import { check, type OracleRow } from '../independent-server/oracle.ts'
import { bytesField } from '../independent-server/protobuf.ts'
import {
  afterActing,
  bareStatus,
  type Decision,
  goaway,
  KILLED,
  REFUSED,
  reset,
  status,
} from '../independent-server/reply.ts'
import type { Scenario, Stage } from './scenario.ts'
import { endOf, refillReruns, runSelect, wordsFor, wrongsOf } from './statements.ts'
import { until } from './waiting.ts'

const CANCELLED = 1

/** What cuts a query off that a proxy, a network or an engine may go away under. */
const CUTS: Readonly<Record<string, Decision>> = {
  'connection closed': KILLED,
  GOAWAY: goaway(0, 'own'),
  'HTTP 502': bareStatus(502),
  'RST_STREAM 8': reset(8),
  UNAVAILABLE: status(14, 'el motor se está apagando'),
}

/** Where: the step, and how many batches the engine had given before. */
const PLACES: readonly { step: Step; fetches: number }[] = [
  { step: 'execute', fetches: 0 },
  { step: 'metadata', fetches: 0 },
  { step: 'fetch', fetches: 0 },
  { step: 'fetch', fetches: 2 },
  { step: 'fetch', fetches: 4 },
]

/** Results whose promise and batches differ, read after a result that matched its promise. `undefined`: all rows. */
const PROMISES: readonly { sql: string; rows: number; error?: string }[] = [
  { sql: "SELECT 'tag=a promised=20 batches=10'", rows: 10, error: 'ResultIncompleteError' },
  { sql: "SELECT 'tag=a promised=20 batches=10,0,10'", rows: 20 },
  { sql: "SELECT 'tag=a promised=20 batches=10,0,0,10'", rows: 20 },
  { sql: "SELECT 'tag=a promised=-1 batches=10,0,10'", rows: 20 },
  { sql: "SELECT 'tag=a promised=0 batches=0,10'", rows: 10 },
]

const GIBIBYTE = 1 << 30
const MEBIBYTE = 1 << 20
/**
 * The rule allows 40 ms; other programs of the machine may add to what is measured, and unpacking it whole takes a
 * second.
 */
const LONGEST_STALL_MS = 200
const MOST_MEMORY = 256 * MEBIBYTE

export const WHOLE_RESULT_SCENARIOS: readonly Scenario[] = [
  {
    id: 53,
    title: 'Fewer rows than promised, after a result that matched: ResultIncompleteError; empty chunks end nothing',
    async run(stage) {
      const it = await stage.server()
      const client = await stage.client(it)
      const first = await endOf(client, "SELECT 'tag=a promised=20 batches=10'", { rows: 10, tag: 'a' })
      assert.equal(wordsFor(first), 'ok', 'before any result has matched its promise, it is a warning')
      assert.equal(wordsFor(await runSelect(client, 'matching')), 'ok')
      const wrong: string[] = []
      for (const { sql, rows, error } of PROMISES) {
        const ended = await endOf(client, sql, { rows, tag: 'a' })
        const end = ended.kind === 'error' ? ended.error.name : wordsFor(ended)
        if (end !== (error ?? 'ok')) wrong.push(`${sql}: ${end}`)
      }
      assert.deepEqual(wrong, [])
      return `${PROMISES.length} results judged by their promise`
    },
  },
  {
    id: 54,
    title: 'A SELECT by query() that is cut off anywhere: all rows, one rerun. What was killed stays dead',
    async run(stage) {
      const wrong: string[] = []
      for (const [name, decision] of Object.entries(CUTS)) {
        for (const place of PLACES) {
          for (const acts of [false, true]) {
            const fault = await cutOff(stage, acts ? afterActing(decision) : decision, place)
            if (fault) wrong.push(`${name} at ${place.step} ${place.fetches}${acts ? ', acted' : ''}: ${fault}`)
          }
        }
      }
      const cancelled = await cutEvery(stage, status(CANCELLED, 'Query was cancelled by the administrator'))
      if (cancelled.words === 'ok' || cancelled.runs !== 1)
        wrong.push(`cancelled by an administrator: ${cancelled.words}, ${cancelled.runs} runs`)
      const poison = await cutEvery(stage, KILLED)
      if (poison.words === 'ok' || poison.runs > 2) wrong.push(`kills its engine: ${poison.words}, ${poison.runs} runs`)
      assert.deepEqual(wrong, [])
      return `${Object.keys(CUTS).length * PLACES.length * 2} cuts: all rows by one rerun`
    },
  },
  {
    id: 55,
    title: 'Batches wait unread when their deployment goes: run again, all rows, none twice',
    async run(stage) {
      const collected = await deploymentGoes(stage, async (stream) => {
        const rows: OracleRow[] = []
        for await (const row of stream) rows.push(row as OracleRow)
        return rows
      })
      return `${collected} rows of one run on green`
    },
  },
  {
    id: 57,
    title: 'The same query id on both deployments at once: nothing is mixed',
    async run(stage) {
      const it = await stage.server({ queryId: ({ tag }) => (/^[AB]$/.test(tag) ? 'same' : undefined) })
      const client = await stage.client(it)
      const one = client.it.cursor<OracleRow>()
      await one.execute("SELECT 'tag=A n=35'")
      const rows = [...(await one.fetchMany(5))]
      it.server.engine.announcements.blue = 'green'
      await client.it.query('SELECT 1')
      await client.happened('strategy:ready')
      const other = client.it.cursor<OracleRow>()
      await other.execute("SELECT 'tag=B n=35'")
      assert.deepEqual([one.strategy, other.strategy], ['blue', 'green'])
      assert.deepEqual([one.queryId, other.queryId], ['same', 'same'])
      const placeOf = ({ metadata }: typeof one) => {
        const { plannerip, strategy } = Object.fromEntries(metadata)
        return { plannerip, strategy }
      }
      assert.deepEqual(placeOf(one), { plannerip: '10.0.0.1', strategy: 'blue' })
      assert.deepEqual(placeOf(other), { plannerip: '10.0.0.2', strategy: 'green' })
      const strategyOfId = () => client.it.strategy.getSharedStrategy().queryStrategyMap.same
      assert.equal(strategyOfId(), 'green', 'by its id alone, the latest query is found')
      assert.equal(check(await other.fetchAll(), { rows: 35, tag: 'B' }), undefined)
      await other.close()
      assert.deepEqual(placeOf(one), { plannerip: '10.0.0.1', strategy: 'blue' })
      assert.equal(strategyOfId(), 'blue', 'the query that still runs keeps its pin')
      rows.push(...(await one.fetchAll()))
      assert.equal(check(rows, { rows: 35, tag: 'A' }), undefined)
      await one.close()
      assert.equal(strategyOfId(), undefined)
      await until('both are cleared', 2000, () => it.server.openQueries().length === 0)
      assert.deepEqual(wrongsOf(it.server), [])
      return '35 rows of each, headers of each, each pin until its own end, nothing left open'
    },
  },
  {
    id: 59,
    title: '1 MB of gzip that unpacks to 1 GiB: refused before it is unpacked whole',
    async run(stage) {
      const packed = await gzipOfZeros(GIBIBYTE)
      const bomb: Decision = { reply: { kind: 'bytes', base64: packed.toString('base64'), packed: true } }
      const seen: string[] = []
      for (const [name, limit] of Object.entries({
        maxResultBytes: { maxResultBytes: MEBIBYTE },
        maxReceiveMessageLength: { maxReceiveMessageLength: MEBIBYTE },
      })) {
        const it = await stage.server()
        const client = await stage.client(it, limit)
        await client.it.query('SELECT 1')
        it.server.onCall = ({ step }) => (step === 'fetch' ? bomb : undefined)
        const watch = new LoopWatch()
        const ended = await runSelect(client, 'a', 35, { timeoutMs: 20_000 })
        const { stallMs, memory } = watch.end()
        assert.equal(ended.kind, 'error')
        if (name === 'maxResultBytes') assert(ended.error instanceof ResultTooLargeError, wordsFor(ended))
        assert(stallMs <= LONGEST_STALL_MS, `${name}: the event loop was held up for ${stallMs} ms`)
        assert(memory <= MOST_MEMORY, `${name}: ${Math.round(memory / MEBIBYTE)} MiB more`)
        seen.push(`${name}: ${ended.error.name}, ${Math.round(stallMs)} ms, ${Math.round(memory / MEBIBYTE)} MiB`)
      }
      return seen.join('; ')
    },
  },
]

/** One cut of a query, and none afterwards. Returns what went wrong. */
async function cutOff(stage: Stage, decision: Decision, place: (typeof PLACES)[number]): Promise<string | undefined> {
  const it = await stage.server()
  const client = await stage.client(it)
  await refillReruns(client)
  let cut = 0
  it.server.onCall = ({ step, query }) => {
    const matches = step === place.step && query?.tag === 'a' && query.fetches === place.fetches
    return matches && cut++ === 0 ? decision : undefined
  }
  const words = wordsFor(await runSelect(client, 'a', 35, { timeoutMs: 8000 }))
  const runs = it.server.runs('a').length
  await client.it.close()
  if (words !== 'ok') return words
  // Metadata may be asked for again: that neither runs anything nor moves a cursor.
  if (runs !== 2 && !(place.step === 'metadata' && runs === 1)) return `${runs} runs`
  const open = it.server.openQueries().length
  return open === 0 ? undefined : `${open} left open`
}

/** The first fetch of each run of a statement is cut. */
async function cutEvery(stage: Stage, decision: Decision): Promise<{ words: string; runs: number }> {
  const it = await stage.server()
  const client = await stage.client(it)
  await refillReruns(client)
  it.server.onCall = ({ step, tag }) => (step === 'fetch' && tag === 'a' ? decision : undefined)
  const ended = await runSelect(client, 'a', 35, { timeoutMs: 8000 })
  return { words: wordsFor(ended), runs: it.server.runs('a').length }
}

/** A stream of objects has read ahead, no row was taken, and blue refuses everything. */
async function deploymentGoes(stage: Stage, readAll: (rows: AsyncIterable<unknown>) => Promise<OracleRow[]>) {
  const it = await stage.server()
  const client = await stage.client(it)
  await refillReruns(client)
  const readable = client.it.stream<OracleRow>("SELECT 'tag=a n=200'").toReadable()
  readable.read(0) // begins to read ahead, and takes nothing
  await until('batches wait', 5000, () => (it.server.runs('a')[0]?.fetches ?? 0) >= 2)
  it.server.onCall = ({ strategy }) => (strategy === 'blue' ? REFUSED : undefined)
  await client.happened('strategy:mismatch')
  const rows = await readAll(readable)
  assert.equal(check(rows, { rows: 200, tag: 'a' }), undefined)
  assert.equal(rows[0]?.deployment, 'green')
  return rows.length
}

async function gzipOfZeros(bytes: number): Promise<Buffer> {
  const gzip = createGzip({ level: 6 })
  const parts: Buffer[] = []
  gzip.on('data', (part: Buffer) => parts.push(part))
  const field = bytesField(2, Buffer.alloc(0)).subarray(0, 1)
  gzip.write(Buffer.concat([field, Buffer.from([0x80, 0x80, 0x80, 0x80, 0x04])])) // 1 GiB as a varint
  const zeros = Buffer.alloc(MEBIBYTE)
  for (let left = bytes; left > 0; left -= zeros.length) if (!gzip.write(zeros)) await once(gzip, 'drain')
  gzip.end()
  await once(gzip, 'end')
  return Buffer.concat(parts)
}

/** How long the event loop stood still, and how much memory was taken, since it was made. */
class LoopWatch {
  readonly #base = process.memoryUsage().rss
  #last = performance.now()
  #stallMs = 0
  #peak = this.#base
  readonly #timer = setInterval(() => this.#look(), 10)

  #look(): void {
    const now = performance.now()
    this.#stallMs = Math.max(this.#stallMs, now - this.#last - 10)
    this.#last = now
    this.#peak = Math.max(this.#peak, process.memoryUsage().rss)
  }

  end(): { stallMs: number; memory: number } {
    this.#look()
    clearInterval(this.#timer)
    return { stallMs: this.#stallMs, memory: this.#peak - this.#base }
  }
}
