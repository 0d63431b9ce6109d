import assert from 'node:assert/strict'
import type { IndependentServer } from '../independent-server/independent-server.ts'
import {
  bareStatus,
  type Decision,
  delayed,
  HANGING,
  KILLED,
  REFUSED,
  reset,
  status,
} from '../independent-server/reply.ts'
import type { ChildProgram } from './child-program.ts'
import { clientOptions, type Scenario, type Stage, type StagedServer } from './scenario.ts'
import { runSelect, wordsFor } from './statements.ts'
import { after } from './waiting.ts'

/** How long a fresh client may take to serve while one strategy is gone, in milliseconds. */
const FRESH_WITHIN_MS = 2000

/** Every way in which a deployment that is gone may answer a login, 456 apart. */
const GONE: Readonly<Record<string, Decision>> = {
  'HTTP 404': bareStatus(404, { body: 'no route', contentType: 'text/plain' }),
  'HTTP 500': bareStatus(500),
  'HTTP 502': bareStatus(502, { body: '<html>Bad Gateway</html>', contentType: 'text/html' }),
  'HTTP 503': bareStatus(503),
  'HTTP 504': bareStatus(504),
  UNAVAILABLE: status(14, 'no healthy upstream'),
  INTERNAL: status(13, 'Der Dienst wird gerade gestartet'),
  UNIMPLEMENTED: status(12, 'unknown service QueryEngineService'),
  'RST_STREAM 2': reset(2),
  'closed connection': KILLED,
  silence: HANGING,
}

const PROGRAM = 'query-loop.ts'

export const DETECTION_SCENARIOS: readonly Scenario[] = [
  {
    id: 41,
    title: 'Blue refuses logins in any way, green accepts: a fresh connect serves on green within 2 s',
    async run(stage) {
      const wrong: string[] = []
      const took: string[] = []
      for (const [name, decision] of Object.entries(GONE)) {
        const it = await stage.server({ onCall: ({ strategy }) => (strategy === 'blue' ? decision : undefined) })
        const begun = performance.now()
        const words = await Promise.race([firstStatement(stage, it), after(3 * FRESH_WITHIN_MS, 'does not settle')])
        const ms = Math.round(performance.now() - begun)
        took.push(`${name} ${ms} ms`)
        if (words !== 'ok on green') wrong.push(`${name}: ${words} after ${ms} ms`)
        else if (ms > FRESH_WITHIN_MS) wrong.push(`${name}: only after ${ms} ms`)
      }
      assert.deepEqual(wrong, [])
      return took.join(', ')
    },
  },
  {
    id: 50,
    title: 'One user lives on green, another on blue, in one process and in two: no transition, no extra login',
    async run(stage) {
      const it = await stage.server({ onCall: livesOnOneStrategy })
      const clients = [
        { client: await stage.client(it, { username: 'on-blue' }), home: 'blue' },
        { client: await stage.client(it, { username: 'on-green' }), home: 'green' },
      ]
      for (const { client } of clients) assert.equal(wordsFor(await runSelect(client, 'first')), 'ok')
      const before = clients.map(({ client }) => client.count('strategy:transition'))
      const logins = it.server.calls('login')
      for (let round = 0; round < 20; round++) {
        for (const { client, home } of clients) {
          const ended = await runSelect(client, 'again')
          assert.equal(wordsFor(ended), 'ok')
          assert(ended.kind === 'rows' && ended.strategy === home)
        }
      }
      assert.equal(it.server.calls('login') - logins, 0, 'logins more')
      assert.deepEqual(
        clients.map(({ client }) => client.count('strategy:transition')),
        before,
      )
      const more = await inTwoProcesses(stage, it)
      return `40 statements in one process and 20 in two: 0 transitions and ${more} logins more after the first`
    },
  },
  {
    id: 60,
    title: 'A login that takes 6 s, with connectTimeoutMs: 60000: connects',
    mostlyWaits: true,
    async run(stage) {
      const it = await stage.server({ onCall: ({ step }) => (step === 'login' ? delayed(6000) : undefined) })
      const client = await stage.client(it, { connectTimeoutMs: 60_000 })
      assert.equal(wordsFor(await runSelect(client, 'a')), 'ok')
      assert(it.server.calls('login') <= 2, `${it.server.calls('login')} logins`)
      return `connected after ${it.server.calls('login')} logins`
    },
  },
  {
    id: 66,
    title: 'Suspended blue (503) and refusing green (456): resumed once for all',
    async run(stage) {
      const it = await stage.server({
        onCall: ({ strategy, step }) => (strategy === 'green' && step !== 'cluster' ? REFUSED : undefined),
        resumeMs: 200,
      })
      const options = { advanced: { autoResumePollMs: 20 }, autoResumeTimeoutMs: 10_000 }
      const warm = await stage.client(it, options)
      assert.equal(wordsFor(await runSelect(warm, 'warm')), 'ok')
      it.server.clusterService.status = 'suspended'
      const callers = Array.from({ length: 20 }, (_, n) => runSelect(warm, `caller${n}`))
      const fresh = stage.client(it, options).then((client) => runSelect(client, 'fresh'))
      const words = (await Promise.all([...callers, fresh])).map(wordsFor)
      assert.deepEqual(new Set(words), new Set(['ok']))
      assert.equal(it.server.clusterService.resumes, 1)
      return '21 callers, 1 resume'
    },
  },
]

async function firstStatement(stage: Stage, it: StagedServer): Promise<string> {
  try {
    const client = await stage.client(it, { connectTimeoutMs: 5000, autoResumeTimeoutMs: 5000 })
    const ended = await runSelect(client, 'a', 35, { timeoutMs: 5000 })
    return ended.kind === 'rows' ? `${wordsFor(ended)} on ${ended.strategy}` : wordsFor(ended)
  } catch (error) {
    return String(error)
  }
}

/** Each user is served by one strategy alone; the other turns that user away. */
const livesOnOneStrategy: IndependentServer['onCall'] = ({ user, strategy }) =>
  user === `on-${strategy}` ? undefined : REFUSED

async function inTwoProcesses(stage: Stage, { server, listener }: StagedServer): Promise<number> {
  const { host, port } = clientOptions(listener)
  const programs = ['blue', 'green'].map((home) => ({
    home,
    program: stage.program(PROGRAM, [`e6data://on-${home}:secret@${host}:${port}`]),
  }))
  const next = async (program: ChildProgram, message: string) => {
    program.tell(message)
    return program.told()
  }
  for (const { program } of programs) {
    assert.equal(await program.told(), 'loaded')
    assert.equal(await next(program, 'connect'), 'connected')
  }
  for (const { program, home } of programs) assert.equal(await next(program, 'query'), home)
  const logins = server.calls('login')
  for (let round = 0; round < 10; round++) {
    for (const { program, home } of programs) assert.equal(await next(program, 'query'), home)
  }
  assert.equal(server.calls('login') - logins, 0, 'logins more in two processes')
  return server.calls('login') - logins
}
