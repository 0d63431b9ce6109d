import assert from 'node:assert/strict'
import { QueryFailedError } from 'e6data-connector'
import { afterActing, bareStatus, type Decision, goaway, reset, status } from '../independent-server/reply.ts'
import type { Scenario, Stage } from './scenario.ts'
import { endOf, insert, runSelect, wordsFor } from './statements.ts'

const DEADLINE_EXCEEDED = 4
const REFUSED_STREAM = 7
const UNKNOWN = 2
const INTERNAL = 13
const UNAVAILABLE = 14

/** What engines say after they acted, with messages that look like another server's, and with unknown ones. */
const ENGINE_WORDS: readonly (readonly [code: number, text: string])[] = [
  [UNAVAILABLE, 'task 3: connect ECONNREFUSED 10.0.3.7:9000'],
  [UNAVAILABLE, 'Name resolution failed for target dns:executor-3:9000'],
  [UNAVAILABLE, 'No connection established'],
  [UNAVAILABLE, 'Stream refused by server'],
  [UNAVAILABLE, 'write to object store failed. Status: 503'],
  [UNAVAILABLE, 'Received HTTP status code 503'],
  [UNAVAILABLE, 'Connection dropped'],
  [UNKNOWN, 'Received http2 header with status: 456'],
  [UNKNOWN, 'Received HTTP status code 456'],
  [INTERNAL, 'commit failed: Access Denied (Service: Amazon S3)'],
  [INTERNAL, 'Received RST_STREAM with code 7'],
  [INTERNAL, 'Wrong strategy. Status: 456. Expected: green, Got: blue'],
  [UNAVAILABLE, 'Verbindung zu 10.0.3.7:9000 abgelehnt'],
  [UNKNOWN, 'ストリームがサーバーによって拒否されました'],
  [INTERNAL, 'La transaction a été validée, 100 % écrite, puis la réponse perdue'],
  [UNAVAILABLE, ''],
]

/** Answers of a proxy whose engine has already moved on. */
const PROXY_STATUSES = [404, 429, 500, 502, 503, 504] as const

const HTTP2_CODES = Array.from({ length: 14 }, (_, code) => code)
const LIMIT = { timeoutMs: 5000 }

export const OUTCOME_SCENARIOS: readonly Scenario[] = [
  {
    id: 37,
    title: "An INSERT ran, and the engine's words look like the transport's: executed once, unknown, its text kept",
    async run(stage) {
      const wrong: string[] = []
      for (const at of ['before-headers', 'after-headers'] as const) {
        for (const [code, text] of ENGINE_WORDS) {
          const { error, executions } = await insertMeets(stage, afterActing(status(code, text, at)))
          const seen = `${error?.name} ${error?.outcome}, executed ${executions} times`
          if (executions !== 1 || error?.outcome !== 'unknown') wrong.push(`${code} ${text} (${at}): ${seen}`)
          else if (!error.text.includes(text)) wrong.push(`${code} ${text} (${at}): its text is lost: ${error.text}`)
        }
      }
      assert.deepEqual(wrong, [])
      return `${ENGINE_WORDS.length * 2} answers: executed once, outcome unknown, text kept`
    },
  },
  {
    id: 38,
    title: 'The same at a fetch, and bare statuses after the engine has moved on: never fewer rows in silence',
    async run(stage) {
      const answers = [
        ...ENGINE_WORDS.map(([code, text]) => status(code, text)),
        ...PROXY_STATUSES.map((code) => bareStatus(code)),
      ]
      const wrong: string[] = []
      let whole = 0
      for (const [index, answer] of answers.entries()) {
        for (const fetch of [0, 1, 3]) {
          const tag = `fetch${index}-${fetch}`
          const { client, server } = await staged(stage)
          once(server, 'fetch', (query) => query?.tag === tag && query.fetches === fetch, afterActing(answer))
          const ended = await runSelect(client, tag, 35, LIMIT)
          if (ended.kind === 'rows' && ended.fault)
            wrong.push(`${tag}: ${JSON.stringify(answer.reply)}: ${ended.fault}`)
          if (ended.kind === 'error' && ended.outcome === 'untyped') wrong.push(`${tag}: ${ended.error.stack}`)
          if (wordsFor(ended) === 'ok') whole += 1
          await client.it.close()
        }
      }
      assert.deepEqual(wrong, [])
      return `${answers.length * 3} answers lost: ${whole} whole results, the rest typed errors`
    },
  },
  {
    id: 39,
    title: 'DEADLINE_EXCEEDED from the engine at execute: unknown, its own text, no invented time limit',
    async run(stage) {
      const text = 'executor timed out while committing'
      const { error, executions } = await insertMeets(stage, afterActing(status(DEADLINE_EXCEEDED, text)))
      assert.equal(executions, 1)
      assert.equal(error?.outcome, 'unknown')
      assert(error.text.includes(text), error.text)
      assert.doesNotMatch(error.text, /within \d+ ms/)
      return `${error.name}: ${error.text}`
    },
  },
  {
    id: 40,
    title: 'RST_STREAM and GOAWAY with every code, before and after an INSERT ran: the outcome that is provable',
    async run(stage) {
      const wrong: string[] = []
      const expectEnd = async (what: string, decision: Decision, expected: { end: string; executions: number }) => {
        const { error, executions } = await insertMeets(stage, decision)
        const end = error === undefined ? 'ok' : error.outcome
        if (end !== expected.end || executions !== expected.executions)
          wrong.push(`${what}: ${end}, executed ${executions} times; expected ${JSON.stringify(expected)}`)
      }
      const unknown = (executions: number) => ({ end: 'unknown', executions })
      const ok = { end: 'ok', executions: 1 }
      for (const code of HTTP2_CODES) {
        const notExecuted = code === REFUSED_STREAM
        await expectEnd(`RST ${code} before`, reset(code), notExecuted ? ok : unknown(0))
        if (!notExecuted) await expectEnd(`RST ${code} after`, afterActing(reset(code)), unknown(1))
        await expectEnd(`RST ${code} after headers`, afterActing(reset(code, 'after-headers')), unknown(1))
        await expectEnd(`GOAWAY ${code}, lower`, goaway(code, 'lower'), ok)
        await expectEnd(`GOAWAY ${code}, own, before`, goaway(code, 'own'), unknown(0))
        await expectEnd(`GOAWAY ${code}, higher, after`, afterActing(goaway(code, 'higher')), unknown(1))
      }
      await expectEnd('GOAWAY 0, lower, the connection stays', goaway(0, 'lower', 'answer'), ok)
      await expectEnd('GOAWAY 0, own, then the answer', goaway(0, 'own', 'answer'), ok)
      await expectEnd('GOAWAY 0, higher, then the answer', goaway(0, 'higher', 'answer'), ok)
      assert.deepEqual(wrong, [])
      return `${HTTP2_CODES.length * 6 + 2} endings, each with the outcome that is provable`
    },
  },
  {
    id: 43,
    title: 'One 502 on a prepare: repeated on the same strategy, no transition',
    async run(stage) {
      const { client, server } = await staged(stage)
      once(server, 'prepare', () => true, bareStatus(502))
      const transitions = client.count('strategy:transition')
      assert.equal(wordsFor(await runSelect(client, 'a')), 'ok')
      assert.equal(server.runs('a')[0]?.deployment, 'blue')
      assert.equal(server.calls('prepare', 'green'), 0)
      assert.equal(client.count('strategy:transition'), transitions)
      return 'answered on blue by a second prepare, 0 transitions'
    },
  },
  {
    id: 51,
    title: 'A permission error in an SQL statement: QueryFailedError, and no storm of logins',
    async run(stage) {
      const text = 'Access Denied: Cannot select from table secret'
      const { client, server } = await staged(stage)
      server.onCall = ({ step, tag }) => (step === 'prepare' && tag === 'secret' ? status(INTERNAL, text) : undefined)
      const [logins, prepares] = [server.calls('login'), server.calls('prepare')]
      for (let n = 0; n < 10; n++) {
        const ended = await runSelect(client, 'secret')
        assert(ended.kind === 'error' && ended.error instanceof QueryFailedError, wordsFor(ended))
        assert(ended.error.engineMessage.includes(text))
      }
      const more = server.calls('login') - logins
      assert.equal(more, 0, `${more} logins more`)
      assert.equal(server.calls('prepare') - prepares, 10)
      return '10 statements, 10 prepares, no login'
    },
  },
]

async function staged(stage: Stage) {
  const it = await stage.server()
  const client = await stage.client(it)
  return { client, server: it.server }
}

type Server = Awaited<ReturnType<typeof staged>>['server']
type Step = Parameters<Server['calls']>[0]
type Query = ReturnType<Server['runs']>[number]

/** Lets the first matching call of a step meet a decision, and no other. */
function once(server: Server, step: Step, matches: (query: Query | undefined) => boolean, decision: Decision): void {
  let done = false
  server.onCall = (call) => {
    if (done || call.step !== step || !matches(call.query)) return undefined
    done = true
    return decision
  }
}

/** The first execute of an INSERT meets a decision. What the program sees, and how often the engine executed it. */
async function insertMeets(stage: Stage, decision: Decision) {
  const { client, server } = await staged(stage)
  once(server, 'execute', (query) => query?.tag === 'written', decision)
  const ended = await endOf(client, insert('written'), { rows: 1, tag: 'written' }, LIMIT)
  await client.it.close()
  const error =
    ended.kind === 'error'
      ? { name: ended.error.name, outcome: ended.outcome, text: `${ended.error.message} ${textIn(ended.error)}` }
      : ended.fault && { name: 'wrong rows', outcome: ended.fault, text: '' }
  return { error: error || undefined, executions: server.executions('written') }
}

const textIn = (error: Error) => ('engineMessage' in error ? String(error.engineMessage) : String(error.cause ?? ''))
