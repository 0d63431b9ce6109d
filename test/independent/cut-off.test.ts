import type { ConnectOptions } from 'e6data-connector'
import { expect } from 'vitest'
import { bareStatus, HANGING, REFUSED, reset, status } from '../independent-server/reply.ts'
import { refillReruns, runSelect, wordsFor, wrongsOf } from '../scenarios/statements.ts'
import { until } from '../scenarios/waiting.ts'
import { onStage } from './on-stage.ts'

onStage('query() whose deployment is retired after three of its batches returns every row', async (stage) => {
  const it = await stage.server()
  const client = await stage.client(it)
  await refillReruns(client)
  const isRetired = () => it.server.runs('a').some(({ fetches }) => fetches >= 3)
  it.server.onCall = ({ strategy }) => (strategy === 'blue' && isRetired() ? REFUSED : undefined)
  const ended = await runSelect(client, 'a', 100)
  expect(wordsFor(ended)).toBe('ok')
  expect(ended).toMatchObject({ strategy: 'green' })
  expect(it.server.runs('a')).toHaveLength(2)
})

onStage('query() whose execute is reset returns every row', async (stage) => {
  const it = await stage.server()
  const client = await stage.client(it)
  await refillReruns(client)
  let resets = 0
  it.server.onCall = ({ step }) => (step === 'execute' && resets++ === 0 ? reset(8) : undefined)
  expect(wordsFor(await runSelect(client, 'a', 100))).toBe('ok')
  await until('the first run is cancelled', 5000, () => it.server.openQueries().length === 0)
  expect(wrongsOf(it.server)).toEqual([])
})

for (const [name, gone] of Object.entries({
  UNAVAILABLE: status(14, 'no healthy upstream'),
  'HTTP 502': bareStatus(502),
  silence: HANGING,
})) {
  onStage(`a client whose cache has expired, and a new one, find green while blue answers ${name}`, async (stage) => {
    const it = await stage.server()
    const options = { strategyCacheTimeoutMs: 300, suspectAfterMs: 1000 } as ConnectOptions
    const client = await stage.client(it, options)
    expect(wordsFor(await runSelect(client, 'warm'))).toBe('ok')
    it.server.onCall = ({ strategy }) => (strategy === 'blue' ? gone : undefined)
    await until('the cache has expired', 5000, () => client.it.strategy.getActiveStrategy() === undefined)
    const ended = await runSelect(client, 'later', 35, { timeoutMs: 8000 })
    expect(wordsFor(ended)).toBe('ok')
    expect(ended).toMatchObject({ strategy: 'green' })
    const fresh = await stage.client(it, options)
    expect(await runSelect(fresh, 'fresh')).toMatchObject({ kind: 'rows', strategy: 'green' })
  })
}
