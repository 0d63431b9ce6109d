import assert from 'node:assert/strict'
import type { ConnectOptions } from 'e6data-connector'
import type { Call } from '../independent-server/call.ts'
import { bareStatus, type Decision, delayed, HANGING, KILLED, reset, status } from '../independent-server/reply.ts'
import { lasting, underLoad } from './load.ts'
import type { Scenario, Stage } from './scenario.ts'
import { runSelect, wordsFor } from './statements.ts'
import { until } from './waiting.ts'

const SUSPECT_AFTER_MS = 1000

/** Refusals of new work, and how long a client that worked on blue may need to be on green, in milliseconds. */
const REFUSALS: Readonly<Record<string, { decision: Decision; withinMs: number }>> = {
  'HTTP 404': { decision: bareStatus(404), withinMs: 3000 },
  'HTTP 500': { decision: bareStatus(500), withinMs: 3000 },
  'HTTP 502': { decision: bareStatus(502), withinMs: 3000 },
  'HTTP 503': { decision: bareStatus(503), withinMs: 3000 },
  'HTTP 504': { decision: bareStatus(504), withinMs: 3000 },
  UNAVAILABLE: { decision: status(14, 'kein gesunder Upstream'), withinMs: 3000 },
  INTERNAL: { decision: status(13, 'no planner is left'), withinMs: 3000 },
  'RST_STREAM 2': { decision: reset(2), withinMs: 3000 },
  'closed connection': { decision: KILLED, withinMs: 3000 },
  silence: { decision: HANGING, withinMs: 2 * SUSPECT_AFTER_MS + 2000 },
}

/** How long blue stalls, or answers 429, in milliseconds. */
const STALL_MS = 8000
const BUSY_MS = 3000

export const SUSPICION_SCENARIOS: readonly Scenario[] = [
  {
    id: 42,
    title:
      'Blue goes, unannounced, under a client that works on it: on green in time, no failed query; load moves nothing',
    async run(stage) {
      const moves = Object.entries(REFUSALS).map(([name, { decision, withinMs }]) =>
        moved(stage, decision, withinMs).then((fault) => fault && `${name}: ${fault}`),
      )
      const stays = [
        stayed(stage, BUSY_MS, () => bareStatus(429)).then((fault) => fault && `429: ${fault}`),
        stayed(stage, BUSY_MS, () => status(8, 'too many queries')).then((fault) => fault && `exhausted: ${fault}`),
        stayed(stage, STALL_MS, (leftMs) => delayed(leftMs)).then((fault) => fault && `slow: ${fault}`),
      ]
      const wrong = (await Promise.all([...moves, ...stays])).filter((fault) => fault !== undefined)
      assert.deepEqual(wrong, [])
      return `${moves.length} kinds of refusal: on green in time; 3 kinds of load: nothing moved; 0 failed`
    },
  },
]

const isNewWork = ({ step, strategy }: Call) => strategy === 'blue' && (step === 'login' || step === 'prepare')

/** Blue turns new work away for good. Returns what went wrong. */
async function moved(stage: Stage, decision: Decision, withinMs: number): Promise<string | undefined> {
  const it = await stage.server()
  const client = await stage.client(it, { suspectAfterMs: SUSPECT_AFTER_MS } as ConnectOptions)
  if (wordsFor(await runSelect(client, 'warm')) !== 'ok') return 'blue does not serve to begin with'
  it.server.onCall = (call) => (isNewWork(call) ? decision : undefined)
  const begun = performance.now()
  let movedAfterMs: number | undefined
  const statement = async () => {
    const ended = await runSelect(client, 'after', 35, { timeoutMs: 2 * withinMs })
    if (ended.kind === 'rows' && ended.strategy === 'green') movedAfterMs ??= performance.now() - begun
    return ended
  }
  const inTime = lasting(withinMs)
  const report = await underLoad(2, statement, () => inTime() && movedAfterMs === undefined)
  if (report.failures.length > 0) return `${report.failures.length} failed: ${report.failures[0]}`
  if (movedAfterMs === undefined || movedAfterMs > withinMs) return `on green after ${movedAfterMs} ms of ${withinMs}`
  return undefined
}

/** Blue is under load for a time, green is quick. Returns what went wrong. */
async function stayed(stage: Stage, ms: number, decision: (leftMs: number) => Decision): Promise<string | undefined> {
  const it = await stage.server()
  const client = await stage.client(it)
  if (wordsFor(await runSelect(client, 'warm')) !== 'ok') return 'blue does not serve to begin with'
  const transitions = client.count('strategy:transition')
  const end = performance.now() + ms
  it.server.onCall = (call) => {
    const leftMs = end - performance.now()
    return isNewWork(call) && leftMs > 0 ? decision(leftMs) : undefined
  }
  const report = await underLoad(2, () => runSelect(client, 'during', 35, { timeoutMs: 30_000 }), lasting(ms))
  await until('the load is over', ms, () => performance.now() > end)
  if (report.failures.length > 0) return `${report.failures.length} failed: ${report.failures[0]}`
  if (report.byStrategy.has('green')) return `${report.byStrategy.get('green')} statements ran on green`
  if (client.count('strategy:transition') > transitions) return 'the active strategy moved'
  return undefined
}
