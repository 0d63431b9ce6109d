import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type FakeConnection, settled, setUp } from '../../test/pool-harness.ts'
import { ConnectError, TransportError } from '../errors.ts'
import type { Lease } from './lease.ts'

/** The events of a pool, in any order. */
const happening = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ kind: 'acquire' as const }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('release' as const), which: fc.nat(), inDoubt: fc.boolean() }),
  },
  fc.record({ kind: fc.constant('give up' as const), which: fc.nat() }),
  fc.record({ kind: fc.constant('break' as const), which: fc.nat() }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('time passes' as const), ms: fc.nat(3000) }) },
  fc.record({
    kind: fc.constant('server' as const),
    state: fc.constantFrom('up' as const, 'down' as const, 'sick' as const),
  }),
)

test('in any sequence of events the bound holds, no connection is shared, the queue keeps its order, and closing leaves nothing', async () => {
  const limits = fc.record({ max: fc.integer({ min: 1, max: 4 }), min: fc.integer({ min: 0, max: 1 }) })
  await fc.assert(
    fc.asyncProperty(limits, fc.array(happening, { maxLength: 60 }), async (size, happenings) => {
      const { pool, clock, server, opened } = setUp({
        ...size,
        acquireTimeoutMs: 5000,
        idleTimeoutMs: 2000,
        maxLifetimeMs: 10_000,
        checkAfterIdleMs: 1000,
        limitJitter: 0.3,
      })
      clock.chance = 0.5
      let state: 'up' | 'down' | 'sick' = 'up'
      server.connect = async () => {
        if (state === 'down') throw new ConnectError('down', { retryable: true })
      }
      server.check = async () => {
        if (state !== 'up') throw new TransportError('sick')
      }
      const held: Lease<FakeConnection>[] = []
      const waiting: { readonly number: number; readonly abort: AbortController }[] = []
      const served: number[] = []
      const ended: Promise<void>[] = []

      const check = () => {
        const { open, connecting, borrowed, waiting: inLine } = pool.statistics()
        expect(open + connecting).toBeLessThanOrEqual(size.max)
        expect(borrowed).toBe(held.length)
        expect(inLine).toBe(waiting.length)
        expect(new Set(held.map(({ connection }) => connection)).size).toBe(held.length)
        expect(served).toEqual([...served].sort((a, b) => a - b))
        // No caller waits while there is room and the server accepts connections.
        if (state === 'up' && inLine > 0) expect(open + connecting === size.max || clock.waiting > 0).toBe(true)
      }

      let number = 0
      for (const it of happenings) {
        if (it.kind === 'acquire') {
          const waiter = { number: number++, abort: new AbortController() }
          waiting.push(waiter)
          const leave = () => void waiting.splice(waiting.indexOf(waiter), 1)
          const work = pool.acquire({ signal: waiter.abort.signal }).then((lease) => {
            leave()
            served.push(waiter.number)
            held.push(lease)
          }, leave)
          ended.push(work)
        } else if (it.kind === 'release' && held.length > 0) {
          const [lease] = held.splice(it.which % held.length, 1)
          if (it.inDoubt) lease!.failed(new TransportError('reset'))
          lease!.release()
        } else if (it.kind === 'give up' && waiting.length > 0) {
          waiting[it.which % waiting.length]!.abort.abort()
        } else if (it.kind === 'break' && opened.length > 0) {
          const connection = opened[it.which % opened.length]!
          if (connection.state === 'open') connection.state = 'broken'
        } else if (it.kind === 'time passes') {
          await clock.pass(it.ms)
        } else if (it.kind === 'server') {
          state = it.state
        }
        await settled()
        check()
      }

      const closed = pool.close({ timeoutMs: 1000 })
      await clock.pass(1000)
      await closed
      await Promise.all(ended)
      expect(pool.statistics()).toMatchObject({ open: 0, connecting: 0, waiting: 0 })
      expect(opened.filter((connection) => connection.state === 'open')).toEqual([])
      expect(clock.waiting).toBe(0)
    }),
    { numRuns: 1000 },
  )
})
