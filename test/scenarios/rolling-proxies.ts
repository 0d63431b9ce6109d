import assert from 'node:assert/strict'
import { ClusterProxy } from '../independent-server/cluster-proxy.ts'
import { REFUSED } from '../independent-server/reply.ts'
import { lasting, underLoad } from './load.ts'
import type { Scenario } from './scenario.ts'
import { endOf, insert, runSelect, wordsFor } from './statements.ts'
import { until } from './waiting.ts'

const PROXIES = 5
const APART_MS = 2000
const DISAGREE_MS = 6000
const MOST_MOVES_A_SECOND = 2

export const ROLLING_PROXY_SCENARIOS: readonly Scenario[] = [
  {
    id: 44,
    title: 'Five proxies move 2 s apart, each request meets any of them: 0 failed, 0 left open',
    mostlyWaits: true,
    async run(stage) {
      const proxies = Array.from({ length: PROXIES }, (_, n) => new ClusterProxy(`proxy-${n}`))
      for (const proxy of proxies) proxy.serveOnly('blue')
      const it = await stage.server({ listen: { proxies } })
      const client = await stage.client(it)
      const begun = performance.now()
      const roll = () => {
        const moved = Math.floor((performance.now() - begun) / APART_MS)
        for (const proxy of proxies.slice(0, moved)) proxy.serveOnly('green')
      }
      it.server.onCall = () => {
        roll()
        return undefined
      }
      const report = await underLoad(4, () => runSelect(client, 'roll'), lasting(APART_MS * (PROXIES + 1)))
      assert.deepEqual(report.failures, [])
      it.server.onCall = () => undefined // the proxies move no more
      for (const proxy of proxies) proxy.serveOnly('blue', 'green')
      assert.deepEqual(it.server.engine.violations, [])
      assert.equal(wordsFor(await runSelect(client, 'after')), 'ok')
      await until('everything is cleared', 10_000, () => it.server.openQueries().length === 0)
      return `${report.statements} statements, 0 failed, 0 left open, ${client.count('strategy:transition')} transitions`
    },
  },
  {
    id: 45,
    title: 'Two proxies disagree by connection for 6 s: 0 failed, at most two moves a second',
    async run(stage) {
      const proxies = [new ClusterProxy('stays'), new ClusterProxy('moves')] as const
      const it = await stage.server({ listen: { proxies, balance: 'connection' } })
      const clients = await Promise.all(Array.from({ length: 6 }, () => stage.client(it)))
      for (const client of clients) assert.equal(wordsFor(await runSelect(client, 'warm')), 'ok')
      proxies[0].serveOnly('blue')
      proxies[1].serveOnly('green')
      const moves = clients[0]!.count('strategy:transition')
      const report = await underLoad(6, (n) => runSelect(clients[n]!, 'disagree'), lasting(DISAGREE_MS))
      const moved = clients[0]!.count('strategy:transition') - moves
      proxies[0].serveOnly('green')
      assert.deepEqual(report.failures, [])
      assert(moved <= MOST_MOVES_A_SECOND * (DISAGREE_MS / 1000) + 1, `${moved} moves`)
      for (const client of clients) assert.equal(wordsFor(await runSelect(client, 'after')), 'ok')
      return `${report.statements} statements, 0 failed, ${moved} moves`
    },
  },
  {
    id: 46,
    title: 'One 456 on the second fetch, the next is served: all rows, of the same run',
    async run(stage) {
      const it = await stage.server()
      const client = await stage.client(it)
      let refused = 0
      it.server.onCall = ({ step, query }) =>
        step === 'fetch' && query?.tag === 'a' && query.fetches === 1 && refused++ === 0 ? REFUSED : undefined
      const rows: bigint[] = []
      for await (const { n } of client.it.stream<{ n: bigint }>("SELECT 'tag=a n=35'")) rows.push(n)
      assert.deepEqual(
        rows,
        Array.from({ length: 35 }, (_, n) => BigInt(n)),
      )
      assert.equal(refused, 2, 'the fetch that was refused, and its repeat')
      assert.equal(it.server.runs('a').length, 1)
      return '35 rows of one run; the refused fetch was repeated on its pin'
    },
  },
  {
    id: 47,
    title: 'One 456 on clear: the query is closed on the server',
    async run(stage) {
      const it = await stage.server()
      const client = await stage.client(it)
      let refused = 0
      it.server.onCall = ({ step }) => (step === 'clear' && refused++ === 0 ? REFUSED : undefined)
      assert.equal(wordsFor(await runSelect(client, 'a')), 'ok')
      await until('the query is cleared', 2000, () => it.server.openQueries().length === 0)
      assert(refused > 0, 'clear was sent')
      return 'cleared by the repeat'
    },
  },
  {
    id: 48,
    title:
      'Blue answers 456 to every execute, metadata call or first fetch; green serves: runs on green, then starts there',
    async run(stage) {
      const wrong: string[] = []
      for (const step of ['execute', 'metadata', 'fetch'] as const) {
        const it = await stage.server({
          onCall: ({ step: own, strategy, query }) =>
            own === step && strategy === 'blue' && (query?.fetches ?? 0) === 0 ? REFUSED : undefined,
        })
        const client = await stage.client(it)
        for (const tag of ['one', 'two', 'three']) {
          const ended = await runSelect(client, tag)
          const prepares = it.server.runs(tag).length
          if (wordsFor(ended) !== 'ok') wrong.push(`${step}, ${tag}: ${wordsFor(ended)}`)
          else if (prepares > 3) wrong.push(`${step}, ${tag}: ${prepares} prepares`)
        }
        const fourth = await runSelect(client, 'four')
        const begunOn = it.server.runs('four')[0]?.deployment
        if (wordsFor(fourth) !== 'ok' || begunOn !== 'green')
          wrong.push(`${step}, the fourth: ${wordsFor(fourth)}, began on ${begunOn}`)
        if (step !== 'execute') continue
        const written = await endOf(client, insert('written'), { rows: 1 })
        const executions = it.server.executions('written')
        if (wordsFor(written) !== 'ok' || executions !== 1)
          wrong.push(`an INSERT: ${wordsFor(written)}, executed ${executions} times`)
      }
      assert.deepEqual(wrong, [])
      return 'three statements of at most three prepares each for each call, the fourth began on green'
    },
  },
]
