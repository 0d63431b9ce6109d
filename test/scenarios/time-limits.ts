import assert from 'node:assert/strict'
import type { Step } from '../independent-server/call.ts'
import { delayed, HANGING } from '../independent-server/reply.ts'
import type { Scenario, Stage } from './scenario.ts'
import { type Ended, runSelect, wordsFor } from './statements.ts'
import { after, until } from './waiting.ts'

const LIMIT_MS = 1000
const SETTLED_BY_MS = 1050
const SHORT_LIMIT_MS = 150
const PREPARE_TAKES_MS = 400
const FORGOTTEN_WITHIN_MS = 1000

/** The step that hangs while a statement has a time limit. To reach cancel, an earlier step must hang. */
const HANGING_STEPS: readonly (readonly Step[])[] = [
  ['prepare'],
  ['execute'],
  ['metadata'],
  ['fetch'],
  ['clear'],
  ['fetch', 'clear', 'cancel'],
  ['execute', 'clear', 'cancel'],
]

type Limit = 'timeoutMs' | 'signal'

const limitOf = (kind: Limit, ms: number) =>
  kind === 'timeoutMs' ? { timeoutMs: ms } : { signal: AbortSignal.timeout(ms) }

export const TIME_LIMIT_SCENARIOS: readonly Scenario[] = [
  {
    id: 52,
    title: 'Clear hangs: query() gives its rows at once. A limit of 1 s is kept to 1.05 s, whatever hangs',
    mostlyWaits: true,
    async run(stage) {
      const wrong: string[] = []
      const unlimited = await hanging(stage, ['clear'])
      const settled = await Promise.race([
        runSelect(unlimited, 'unlimited').then(wordsFor),
        after(5000, 'no rows after 5 s'),
      ])
      if (settled !== 'ok') wrong.push(`clear hangs, no limit: ${settled}`)
      for (const steps of HANGING_STEPS) {
        for (const kind of ['timeoutMs', 'signal'] as const) {
          const client = await hanging(stage, steps)
          const ended = await settledInTime((ms) => runSelect(client, 'a', 35, limitOf(kind, ms)))
          const what = `${steps.join(' and ')} hang, ${kind}`
          if (ended === undefined) wrong.push(`${what}: not settled after ${SETTLED_BY_MS} ms`)
          else if (steps[0] === 'clear' && wordsFor(ended) !== 'ok') wrong.push(`${what}: ${wordsFor(ended)}`)
          else if (steps[0] !== 'clear' && ended.kind === 'rows') wrong.push(`${what}: rows of a call that hangs`)
          else if (ended.kind === 'error' && ended.outcome === 'untyped') wrong.push(`${what}: ${ended.error}`)
        }
      }
      assert.deepEqual(wrong, [])
      return `${HANGING_STEPS.length * 2} limits kept`
    },
  },
  {
    id: 56,
    title: 'A statement given up while it is prepared: nothing is left of it on the server 1 s later',
    async run(stage) {
      const it = await stage.server()
      const ways = {
        'a time limit': (tag: string) => giveUp(stage, it, tag, 'timeoutMs'),
        'a signal': (tag: string) => giveUp(stage, it, tag, 'signal'),
        'close()': (tag: string) => closeDuringPrepare(stage, it, tag),
      }
      const wrong: string[] = []
      for (const [index, [name, run]] of Object.entries(ways).entries()) {
        const tag = `given-up-${index}`
        it.server.onCall = (call) =>
          call.step === 'prepare' ? { ...delayed(PREPARE_TAKES_MS), acts: true } : undefined
        await run(tag)
        const left = () => it.server.openQueries().filter((query) => query.tag === tag).length
        assert.equal(it.server.runs(tag).length, 1, 'the engine prepared it')
        await until(name, PREPARE_TAKES_MS + FORGOTTEN_WITHIN_MS, () => left() === 0).catch((error) =>
          wrong.push(`${error.message}: ${left()} left open`),
        )
        if (it.server.executions(tag) > 0) wrong.push(`${name}: it was executed`)
      }
      assert.deepEqual(wrong, [])
      return `given up by ${Object.keys(ways).join(', ')}: nothing left`
    },
  },
]

type Server = Awaited<ReturnType<Stage['server']>>

async function hanging(stage: Stage, steps: readonly Step[]) {
  const it = await stage.server()
  const client = await stage.client(it)
  await client.it.query('SELECT 1')
  it.server.onCall = ({ step }) => (steps.includes(step) ? HANGING : undefined)
  return client
}

/**
 * Both timers run on the same event loop, the limit's first: on a machine that is busy both are late, and the order in
 * which they fire still tells whether the limit was kept.
 */
function settledInTime(run: (limitMs: number) => Promise<Ended>): Promise<Ended | undefined> {
  return Promise.race([run(LIMIT_MS), after(SETTLED_BY_MS, undefined)])
}

async function giveUp(stage: Stage, it: Server, tag: string, kind: Limit): Promise<void> {
  const client = await stage.client(it)
  const ended = await runSelect(client, tag, 35, limitOf(kind, SHORT_LIMIT_MS))
  assert.equal(ended.kind, 'error')
}

async function closeDuringPrepare(stage: Stage, it: Server, tag: string): Promise<void> {
  const client = await stage.client(it)
  const ended = runSelect(client, tag)
  await until('the engine has prepared it', 2000, () => it.server.runs(tag).length === 1)
  await client.it.close()
  assert.equal((await ended).kind, 'error')
}
