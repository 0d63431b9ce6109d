import assert from 'node:assert/strict'
import { callsOf, REFUSAL, type Scenario } from './scenario.ts'

export const PROCESS_SCENARIOS: readonly Scenario[] = [
  {
    id: 24,
    title: 'Two processes detect different deployments at once: both end on the one the server accepts',
    async run(stage) {
      const cluster = await stage.cluster()
      await cluster.announce('green') // both deployments accept for now
      // Of the two first logins on blue one is let through and one is refused: one process finds blue, the other green.
      const together = cluster.inject({
        method: 'authenticate',
        strategy: 'blue',
        occurrence: 'every',
        times: 2,
        fault: { kind: 'hold' },
      })
      cluster.inject({ method: 'authenticate', strategy: 'blue', occurrence: 2, fault: REFUSAL })
      const programs = [stage.program('query-loop.ts', [cluster.url]), stage.program('query-loop.ts', [cluster.url])]
      // Starting a process may take longer than one strategy is asked: both are there before either begins.
      for (const program of programs) assert.equal(await program.told(), 'loaded')
      for (const program of programs) program.tell('connect')
      await together.whenFired({ count: 2 })
      together.remove()
      for (const program of programs) assert.equal(await program.told(), 'connected')
      await cluster.cutOver()
      await cluster.retire('blue')
      const strategies: unknown[] = []
      for (const program of programs) {
        program.tell('query')
        strategies.push(await program.told())
      }
      assert.deepEqual(strategies, ['green', 'green'])
      for (const program of programs) program.tell('end')
      for (const program of programs) assert.equal(await program.exited, 0)
      return `both on green, ${callsOf(cluster, 'authenticate').length} authenticate calls of 2 processes`
    },
  },
  {
    id: 26,
    title: 'Two clusters, one switches: the other is untouched',
    async run(stage) {
      const [one, other] = [await stage.cluster(), await stage.cluster()]
      const [toOne, toOther] = [await stage.connection(one), await stage.connection(other)]
      await one.announce('green')
      await toOne.queryStrategy()
      await toOne.happened('strategy:ready')
      await one.cutOver()
      await one.retire('blue')
      other.clearCalls()
      assert.equal(await toOne.queryStrategy(), 'green')
      assert.equal(await toOther.queryStrategy(), 'blue')
      assert.equal(toOther.it.strategy.getSharedStrategy().epoch, 1)
      assert.equal(toOther.count('strategy:transition') + toOther.count('strategy:announced'), 0)
      assert(other.calls().every(({ strategy }) => strategy === 'blue'))
      return 'one on green, the other on blue in its first epoch'
    },
  },
]
