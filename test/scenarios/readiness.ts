import assert from 'node:assert/strict'
import { ClusterProxy } from '../independent-server/cluster-proxy.ts'
import { bareStatus, type Decision, HANGING, status } from '../independent-server/reply.ts'
import { lasting, underLoad } from './load.ts'
import type { Scenario, Stage, StagedServer } from './scenario.ts'
import { type Ended, runSelect, wordsFor } from './statements.ts'
import { until } from './waiting.ts'

const STARTING_MS = 3000

/** Compared with a load of the same time whose cluster announces nothing: the machine may be busy for both. */
const MUCH_SLOWER = 3
const SLACK_MS = 500

/** How the prepares of a deployment fail whose proxies and logins are up before its engines are. */
const NOT_READY: Readonly<Record<string, Decision>> = {
  UNAVAILABLE: status(14, 'engines are starting'),
  INTERNAL: status(13, 'aucun planificateur disponible'),
  'HTTP 502': bareStatus(502),
  'HTTP 503': bareStatus(503),
  RESOURCE_EXHAUSTED: status(8, 'no free executor'),
  silence: HANGING,
}

const CLEARED_WITHIN_MS = 10_000
const MOVED_WITHIN_MS = 10_000

/** A switch takes so long to refill here that a run of 6 s is as long for it as five minutes are by default. */
const REFILL_MS = 200
const FOR_EVER_MS = 6000
const MOST_SWITCHES = 6

export const READINESS_SCENARIOS: readonly Scenario[] = [
  {
    id: 49,
    title:
      'Announced green accepts logins and fails every prepare for 3 s; blue serves: 0 failed, none slower, no canary',
    async run(stage) {
      const wrong: string[] = []
      for (const refusing of [0, 1]) {
        const usual = usualSlowestMs(stage)
        const cases = Object.entries(NOT_READY).map(async ([name, decision]) => {
          const { fault, slowestMs } = await announcedTooEarly(stage, decision, refusing)
          const isSlower = refusing === 0 && slowestMs > MUCH_SLOWER * (await usual) + SLACK_MS
          const slower = isSlower
            ? `the slowest took ${Math.round(slowestMs)} ms, not ${Math.round(await usual)}`
            : undefined
          return { name, fault: fault ?? slower }
        })
        for (const { name, fault } of await Promise.all(cases)) {
          if (fault) wrong.push(`${name}, ${refusing} of 5 proxies refuse blue: ${fault}`)
        }
      }
      assert.deepEqual(wrong, [])
      return `${2 * Object.keys(NOT_READY).length} loads: 0 failed, none met green before it was ready, all on green at the end`
    },
  },
  {
    id: 65,
    title: 'Two deployments that announce each other for ever: at most 6 switches in the time of 30 refills',
    async run(stage) {
      const it = await stage.server()
      it.server.engine.announcements.blue = 'green'
      it.server.engine.announcements.green = 'blue'
      const client = await stage.client(it, { advanced: { switchRefillMs: REFILL_MS } })
      assert.equal(wordsFor(await runSelect(client, 'first')), 'ok')
      const before = client.count('strategy:transition')
      const report = await underLoad(2, () => runSelect(client, 'between'), lasting(FOR_EVER_MS))
      const switches = client.count('strategy:transition') - before
      assert.deepEqual(report.failures, [])
      assert(switches <= MOST_SWITCHES, `${switches} switches`)
      return `${report.statements} statements, 0 failed, ${switches} switches`
    },
  },
]

/** The slowest statement of a load whose cluster announces nothing, in milliseconds. */
async function usualSlowestMs(stage: Stage): Promise<number> {
  const client = await stage.client(await stage.server())
  const report = await underLoad(2, () => runSelect(client, 'usual'), lasting(STARTING_MS))
  return report.slowestMs
}

interface Course {
  readonly fault?: string | undefined
  readonly slowestMs: number
}

async function announcedTooEarly(stage: Stage, decision: Decision, refusing: number): Promise<Course> {
  const proxies = Array.from({ length: 5 }, (_, n) => new ClusterProxy(`proxy-${n}`))
  const it = await stage.server({ listen: { proxies } })
  const client = await stage.client(it)
  assert.equal(wordsFor(await runSelect(client, 'warm')), 'ok')
  it.server.engine.announcements.blue = 'green'
  for (const proxy of proxies.slice(0, refusing)) proxy.serveOnly('green')
  const isStarting = lasting(STARTING_MS)
  let canaries = 0
  it.server.onCall = ({ step, strategy, tag }) => {
    if (strategy !== 'green' || step !== 'prepare' || !isStarting()) return undefined
    if (tag !== undefined) canaries += 1
    return decision
  }
  const statement = (tag: string) => runSelect(client, tag, 35, { timeoutMs: 30_000 })
  const report = await underLoad(2, () => statement('work'), isStarting)
  const { slowestMs } = report
  if (report.failures.length > 0) return { slowestMs, fault: `${report.failures.length} failed: ${report.failures[0]}` }
  // With a proxy that refuses blue, statements try green before it is ready: rule 18.
  if (refusing === 0 && canaries > 0)
    return { slowestMs, fault: `${canaries} statements met green before it was ready` }
  return { slowestMs, fault: await movesInTheEnd(it, () => statement('later')) }
}

/** Whether new work comes to green, without a failure, and nothing stays open. Returns what went wrong. */
async function movesInTheEnd({ server }: StagedServer, statement: () => Promise<Ended>): Promise<string | undefined> {
  let strategy = 'blue'
  const inTime = lasting(MOVED_WITHIN_MS)
  const work = async () => {
    const ended = await statement()
    if (ended.kind === 'rows') strategy = ended.strategy
    return ended
  }
  const { failures } = await underLoad(1, work, () => inTime() && strategy === 'blue')
  if (failures.length > 0) return `failed once green was ready: ${failures[0]}`
  if (strategy !== 'green') return 'never moved to green'
  const open = () => server.openQueries()
  const left = await until('cleared', CLEARED_WITHIN_MS, () => open().length === 0).then(() => [], open)
  return left.length === 0 ? undefined : left.map(({ id, deployment }) => `${id} is open on ${deployment}`).join(', ')
}
