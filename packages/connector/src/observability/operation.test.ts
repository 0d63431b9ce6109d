import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, it } from 'vitest'
import { silentLogger } from './logger.ts'
import { errorType, type OperationObserver, OperationWatch } from './operation.ts'

function watching(...observers: OperationObserver[]) {
  let now = 0
  const complaints: unknown[] = []
  const logger = { ...silentLogger, error: (facts: object) => complaints.push(facts) }
  const operation = { kind: 'query', name: 'SELECT' } as const
  const watch = new OperationWatch(operation, { observers, now: () => now, logger })
  return { watch, complaints, advance: (ms: number) => (now += ms) }
}

/** Records every call of an observer except `enter`. */
function noting(): { notes: unknown[][]; observer: OperationObserver } {
  const notes: unknown[][] = []
  const note =
    (name: string) =>
    (_: OperationWatch, ...facts: unknown[]) => {
      notes.push([name, ...facts])
    }
  const names = ['placed', 'executed', 'tryFailed', 'restarted', 'received', 'ended'] as const
  return { notes, observer: Object.fromEntries(names.map((name) => [name, note(name)])) }
}

describe('a watched operation', () => {
  it('reports events in order, with their place', () => {
    const { notes, observer } = noting()
    const { watch, advance } = watching(observer)
    const [blue, green] = [{ queryId: 'a', strategy: 'blue' } as const, { queryId: 'b', strategy: 'green' } as const]
    watch.placed(blue)
    watch.executed()
    watch.restarted('why')
    watch.placed(green)
    watch.executed()
    advance(5)
    watch.received(3, 70)
    watch.received(0, 0)
    advance(5)
    watch.end('finished')
    expect(notes).toEqual([
      ['placed', blue, undefined],
      ['executed', blue],
      ['restarted', blue, 'why'],
      ['placed', green, blue],
      ['executed', green],
      ['received', 3, 70],
      ['received', 0, 0],
      ['ended', { outcome: 'finished', durationMs: 10, error: undefined }],
    ])
    expect(watch).toMatchObject({ place: green, restarts: 1, rows: 3, bytes: 70, timeToFirstRowMs: 5 })
  })

  it('ends once, and one that has failed has failed', () => {
    const { notes, observer } = noting()
    const { watch } = watching(observer)
    const first = new Error('first')
    watch.failed(first)
    watch.failed(new Error('second'))
    watch.end('left')
    watch.end('finished')
    expect(notes).toEqual([['ended', { outcome: 'failed', durationMs: 0, error: first }]])
  })

  it('continues when an observer throws, and the other observers are still called', () => {
    const { notes, observer } = noting()
    const broken: OperationObserver = {
      ended: () => {
        throw new Error('mine')
      },
    }
    const { watch, complaints } = watching(broken, observer)
    watch.end('finished')
    expect(notes).toHaveLength(1)
    expect(complaints).toEqual([{ error: 'Error: mine' }])
  })
})

describe('the context of an operation', () => {
  const store = new AsyncLocalStorage<string[]>()
  const entering = (name: string): OperationObserver => ({
    enter: (_, begin) => store.run([...(store.getStore() ?? []), name], begin),
  })

  it('is entered once, by the first observer first, and found again by later parts', async () => {
    const { watch } = watching(entering('outer'), entering('inner'))
    const first = watch.within(async () => store.getStore())
    expect(await first).toEqual(['outer', 'inner'])
    expect(store.getStore()).toBeUndefined()
    expect(store.run(['elsewhere'], () => watch.within(() => store.getStore()))).toEqual(['outer', 'inner'])
  })

  it('is skipped when entering it fails, and the work is still done once', () => {
    for (const broken of ['before', 'after'] as const) {
      let done = 0
      const { watch, complaints } = watching({
        enter: (_, begin) => {
          if (broken === 'after') begin()
          throw new Error(broken)
        },
      })
      expect(watch.within(() => ++done)).toBe(1)
      expect(done).toBe(1)
      expect(complaints).toEqual([{ error: `Error: ${broken}` }])
    }
  })

  it('costs nothing where no observer has one', () => {
    const { watch } = watching({})
    const scope = store.run(['mine'], () => watch.within(() => store.getStore()))
    expect(scope).toEqual(['mine'])
  })
})

it('the type of an error is its code, or else its name, and never its message', () => {
  expect(errorType(Object.assign(new Error('x'), { code: 'E6_TIMEOUT' }))).toBe('E6_TIMEOUT')
  expect(errorType(new RangeError('secret'))).toBe('RangeError')
  expect(errorType('secret')).toBe('string')
})
