import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failureOf } from '../../test/local.ts'
import type { ResultBatch } from '../result/result-batch.ts'
import { RowIterator } from './row-iterator.ts'
import { RowReadable } from './row-readable.ts'

/** A row that cannot be made. */
const BROKEN = 'broken'
type Row = number | typeof BROKEN

interface Source {
  /** The rows of each batch. */
  readonly batches: readonly (readonly Row[])[]
  /** Whether fetching fails at the end of the batches. */
  readonly isLost: boolean
}

/** The batches of a query, with a log of their start and end. */
async function* fetched(
  { batches, isLost }: Source,
  log: string[],
  released: number[] = [],
): AsyncGenerator<ResultBatch, void, undefined> {
  log.push('begun')
  try {
    for (const [index, batch] of batches.entries()) {
      // Some batches are available at once, others must be awaited.
      await (index % 2 === 0 ? new Promise(setImmediate) : undefined)
      yield Object.assign([...batch], { release: () => released.push(index) }) as unknown as ResultBatch
    }
    if (isLost) throw new Error('lost')
  } finally {
    await new Promise(setImmediate)
    log.push('ended')
  }
}

function* made(batch: ResultBatch): Generator<Row, undefined, undefined> {
  for (const row of batch as unknown as readonly Row[]) {
    if (row === BROKEN) throw new Error(BROKEN)
    yield row
  }
}

function iterate(source: Partial<Source>, log: string[] = []) {
  return new RowIterator(fetched({ batches: [], isLost: false, ...source }, log), made)
}

describe('rows one by one', () => {
  it('release each batch when a row after its last one is requested, not sooner', async () => {
    const released: number[] = []
    const rows = new RowIterator(fetched({ batches: [[1, 2], [3]], isLost: false }, [], released), made)
    const seen: unknown[] = []
    for (let next = await rows.next(); !next.done; next = await rows.next()) seen.push([next.value, [...released]])
    expect(seen).toEqual([
      [1, []],
      [2, []],
      [3, [0]],
    ])
    expect(released).toEqual([0, 1])
  })

  it.each([
    ['returned', (rows: RowIterator<Row>) => rows.return()],
    ['ended by an error', (rows: RowIterator<Row>) => failureOf(rows.throw(new Error('mine')))],
  ])('release the current batch when they are %s', async (_, end) => {
    const released: number[] = []
    const rows = new RowIterator(fetched({ batches: [[1, 2], [3]], isLost: false }, [], released), made)
    await rows.next()
    await end(rows)
    expect(released).toEqual([0])
  })

  it('come in order when several are requested at once, up to the end and beyond', async () => {
    const rows = iterate({ batches: [[1, 2], [], [3]] })
    const answers = await Promise.all([rows.next(), rows.next(), rows.next(), rows.next(), rows.next()])
    expect(answers.map(({ value }) => value)).toEqual([1, 2, 3, undefined, undefined])
    expect(answers.map(({ done }) => done)).toEqual([false, false, false, true, true])
  })

  it('come in order when requested while earlier requests are pending', async () => {
    const batch = Array.from({ length: 40 }, (_, row) => row)
    const answers: Promise<IteratorResult<Row, void>>[] = []
    const settled: unknown[] = []
    const ask = () => {
      const answer = rows.next()
      answers.push(answer)
      answer.then(({ value }) => settled.push(value))
    }
    const askOn = async () => {
      for (let asked = 0; asked < 30; asked++) await ask()
    }
    let asking: Promise<void> | undefined
    const rows = new RowIterator(fetched({ batches: [batch], isLost: false }, []), (arrived) => {
      asking = askOn()
      return made(arrived)
    })
    for (let asked = 0; asked < 10; asked++) ask()
    await answers[0]
    await asking
    expect((await Promise.all(answers)).map(({ value }) => value)).toEqual(batch)
    expect(settled).toEqual(batch)
  })

  it('end for good when they are returned, and so do the batches', async () => {
    const log: string[] = []
    const rows = iterate({ batches: [[1, 2], [3]] }, log)
    expect(await rows.next()).toEqual({ done: false, value: 1 })
    expect(await rows.return()).toEqual({ done: true, value: undefined })
    expect(log).toEqual(['begun', 'ended'])
    expect(await rows.next()).toEqual({ done: true, value: undefined })
  })

  it('end with the error that is thrown in, and so do the batches', async () => {
    const log: string[] = []
    const rows = iterate({ batches: [[1, 2]] }, log)
    await rows.next()
    expect(await failureOf(rows.throw(new Error('mine')))).toEqual(new Error('mine'))
    expect(log).toEqual(['begun', 'ended'])
    expect(await rows.next()).toEqual({ done: true, value: undefined })
  })

  it('end when they are disposed of', async () => {
    const log: string[] = []
    {
      await using rows = iterate({ batches: [[1, 2]] }, log)
      await rows.next()
    }
    expect(log).toEqual(['begun', 'ended'])
  })

  it('start nothing when they are returned before the first request', async () => {
    const log: string[] = []
    const rows = iterate({ batches: [[1]] }, log)
    await rows.return()
    expect(await rows.next()).toEqual({ done: true, value: undefined })
    expect(log).toEqual([])
  })

  it('end the batches when one row cannot be made', async () => {
    for (const batches of [[[BROKEN]], [[1, BROKEN, 2], [3]]] as const) {
      const log: string[] = []
      const rows = iterate({ batches }, log)
      const reading = (async () => {
        for await (const _ of rows);
      })()
      expect(await failureOf(reading)).toEqual(new Error(BROKEN))
      expect(log).toEqual(['begun', 'ended'])
      expect(await rows.next()).toEqual({ done: true, value: undefined })
    }
  })

  it('behave like an async generator for any sequence of calls', async () => {
    const row = fc.oneof({ weight: 9, arbitrary: fc.nat(9) }, { weight: 1, arbitrary: fc.constant(BROKEN) })
    const source = fc.record({
      batches: fc.array(fc.array(row, { maxLength: 4 }), { maxLength: 4 }),
      isLost: fc.boolean(),
    })
    const asks = fc.array(
      fc.oneof({ weight: 8, arbitrary: fc.constantFrom('next', 'wait', 'tick', 'turn') }, fc.constantFrom(...ENDS)),
    )
    await fc.assert(
      fc.asyncProperty(source, asks, async (source, asks) => {
        const expected: string[] = []
        await converse(generated(fetched(source, expected)), asks, expected)
        const found: string[] = []
        await converse(iterate(source, found), asks, found)
        expect(found).toEqual(expected)
      }),
      { numRuns: 300 },
    )
  })
})

describe('a Node stream of rows', () => {
  it('delivers them all, and ends', async () => {
    const log: string[] = []
    const readable = new RowReadable(iterate({ batches: [[1, 2], [], [3]] }, log))
    expect(await readable.toArray()).toEqual([1, 2, 3])
    expect(log).toEqual(['begun', 'ended'])
  })

  it('fails when a row cannot be made, and ends the batches', async () => {
    const log: string[] = []
    const readable = new RowReadable(iterate({ batches: [[1, BROKEN, 2], [3]] }, log))
    expect(await failureOf(readable.toArray())).toEqual(new Error(BROKEN))
    expect(log).toEqual(['begun', 'ended'])
  })

  it('ends the batches when it is destroyed during a fetch', async () => {
    const log: string[] = []
    const readable = new RowReadable(iterate({ batches: [[1], [2], [3]] }, log))
    readable.read()
    readable.destroy()
    await new Promise((resolve) => readable.once('close', resolve))
    expect(log).toEqual(['begun', 'ended'])
  })
})

const ENDS = ['return', 'return a failure', 'throw'] as const
type Ask = 'next' | 'wait' | 'tick' | 'turn' | (typeof ENDS)[number]

/** The same rows from a generator. */
async function* generated(batches: AsyncGenerator<ResultBatch, void, undefined>): AsyncGenerator<Row, void, undefined> {
  for await (const batch of batches) for (const row of made(batch)) yield row
}

/** Calls the iterator, sometimes without waiting for the last answer, and logs the answers in order. */
async function converse(
  rows: AsyncGenerator<Row, void, undefined>,
  asks: readonly Ask[],
  log: string[],
): Promise<void> {
  const answer: Readonly<Record<'next' | (typeof ENDS)[number], () => Promise<IteratorResult<Row, void>>>> = {
    next: () => rows.next(),
    return: () => rows.return(),
    'return a failure': () => {
      const failure = Promise.reject(new Error('returned'))
      failure.catch(() => undefined) // The caller may wait for it late.
      return rows.return(failure)
    },
    throw: () => rows.throw(new Error('thrown')),
  }
  let waiting: Promise<unknown>[] = []
  for (const [index, ask] of [...asks, 'wait' as const].entries()) {
    if (ask === 'wait') {
      await Promise.all(waiting)
      waiting = []
    } else if (ask === 'tick') await undefined
    else if (ask === 'turn') await new Promise(setImmediate)
    else {
      const heard = answer[ask]().then(
        (result) => log.push(`${index} ${ask}: ${JSON.stringify(result)}`),
        (error: Error) => log.push(`${index} ${ask} failed: ${error.message}`),
      )
      waiting.push(heard)
    }
  }
}
