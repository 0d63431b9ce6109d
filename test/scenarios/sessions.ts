import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { engineMethods } from 'e6data-connector'
import type { Scenario } from './scenario.ts'
import { runSelect, wordsFor } from './statements.ts'

const PROPERTIES = '{"query_priority":"low"}'
const DOCUMENT = new URL('../../docs/zero-downtime.md', import.meta.url)

export const SESSION_SCENARIOS: readonly Scenario[] = [
  {
    id: 63,
    title: '`setProps`, then a switch: the next statement runs under the same properties',
    async run(stage) {
      const it = await stage.server()
      const client = await stage.client(it)
      await client.it.call(engineMethods.setProps, (sessionId) => ({ sessionId, props: PROPERTIES }))
      assert.equal(wordsFor(await runSelect(client, 'before')), 'ok')
      assert.equal(it.server.runs('before')[0]?.properties, PROPERTIES)
      it.server.engine.announcements.blue = 'green'
      await runSelect(client, 'told')
      await client.happened('strategy:ready')
      assert.equal(wordsFor(await runSelect(client, 'after')), 'ok')
      const [run] = it.server.runs('after')
      assert.equal(run?.deployment, 'green')
      assert.equal(run.properties, PROPERTIES)

      delete it.server.engine.announcements.blue
      it.server.engine.sessions.expire()
      assert.equal(wordsFor(await runSelect(client, 'renewed')), 'ok')
      assert.equal(it.server.runs('renewed').at(-1)?.properties, PROPERTIES, 'after the session expired')
      return 'the same properties before the switch, after it, and after the session expired'
    },
  },
  {
    id: 64,
    title: 'A gateway that retries an INSERT and then answers 456: no client can know, and the documents say so',
    async run(stage) {
      const cluster = await stage.cluster()
      const connection = await stage.connection(cluster)
      await connection.it.query('CREATE TABLE written (x INTEGER)')
      const execute = ['executeStatement', 'executeStatementV2']
      const fault = { kind: 'http-status', status: 456, moment: 'after' } as const
      cluster.inject({ method: execute, query: 1, occurrence: 'every', fault })
      await connection.it.query('INSERT INTO written VALUES (1)')
      const { rows } = await connection.it.query('SELECT count(*) AS n FROM written')
      assert.deepEqual(rows, [{ n: 2n }], 'the first attempt of the gateway ran as well')
      const document = readFileSync(DOCUMENT, 'utf8')
      assert.match(document, /(gateway|mesh)[^.]*retr|retr[^.]*(gateway|mesh)/i, 'the documents warn of such gateways')
      return '2 rows, as the documents warn'
    },
  },
]
