import { afterEach, expect, it, vi } from 'vitest'
import { localTest } from '../../test/local.ts'

const local = localTest()

afterEach(() => vi.useRealTimers())

it.each([
  { what: 'all timers', toFake: undefined },
  { what: 'all but setImmediate', toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] },
] as const)("a query runs while a program's test has replaced $what with fakes", async ({ toFake }) => {
  const connection = await local.connection()
  vi.useFakeTimers({ now: 0, ...(toFake && { toFake: [...toFake] }) })
  expect((await connection.query('SELECT 1 AS a')).rows).toEqual([{ a: 1 }])
})
