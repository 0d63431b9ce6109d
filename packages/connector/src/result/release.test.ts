import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { UsageError } from '../errors.ts'
import { createArrowEncoder } from './arrow-encoder.ts'
import { ChunkDecoder } from './decode-chunk.ts'
import type { EncodableColumn } from './encodable-column.ts'
import { encodeChunk } from './encode-chunk.ts'
import { freeMessage } from './message-memory.ts'
import type { ResultBatch } from './result-batch.ts'
import { decodeResultMetadata } from './result-metadata.ts'

const vector = (name: string) => readFileSync(new URL(`../../vectors/${name}`, import.meta.url))
const { fields } = decodeResultMetadata(vector('bench-meta.bin'))

/** A batch of 50 000 rows as another thread transfers it, and whether it still has its memory. */
function receivedBatch() {
  const bytes = Uint8Array.from(vector('bench-chunk.bin'))
  const batch = new ChunkDecoder(fields).decode(bytes, () => freeMessage(bytes))
  return { batch, isFree: () => bytes.buffer.byteLength === 0 }
}

const READINGS: Record<string, (batch: ResultBatch) => unknown> = {
  rows: (batch) => batch.rows().next(),
  toRows: (batch) => batch.toRows(),
  toJsonRows: (batch) => batch.toJsonRows(),
  column: (batch) => batch.column(0),
  vector: (batch) => batch.vector(0),
  vectors: (batch) => batch.vectors,
  arrow: (batch) => createArrowEncoder(batch.fields).batch(batch),
}

describe('a batch that is released', () => {
  it('frees its memory, and the values made from it stay valid', () => {
    const { batch, isFree } = receivedBatch()
    const expected = receivedBatch().batch
    const rows = batch.toRows({ from: 0, to: 1000 })
    const columns = batch.names.map((name) => batch.column(name))
    expect(isFree()).toBe(false)
    batch.release()
    expect(isFree()).toBe(true)
    expect(rows).toEqual(expected.toRows({ from: 0, to: 1000 }))
    expect(columns).toEqual(expected.names.map((name) => expected.column(name)))
    expect([batch.rowCount, batch.byteLength]).toEqual([expected.rowCount, expected.byteLength])
    batch.release()
  })

  it('is released at the end of the block that it is declared in with `using`', () => {
    const { batch, isFree } = receivedBatch()
    {
      using declared = batch
      expect(declared.rowCount).toBe(50_000)
    }
    expect(isFree()).toBe(true)
  })

  it.each(Object.entries(READINGS))('refuses to be read by %s', (_, read) => {
    const { batch } = receivedBatch()
    batch.release()
    expect(() => read(batch)).toThrow(UsageError)
  })

  it('refuses the remaining rows of an iteration in progress', () => {
    const { batch } = receivedBatch()
    let rows = 0
    const read = () => {
      for (const row of batch.rows()) {
        expect(row).toBeDefined()
        rows += 1
        if (rows === 300) batch.release()
      }
    }
    expect(read).toThrow(UsageError)
    expect(rows).toBeLessThan(50_000)
  })

  it('leaves the bytes that a program passed unchanged', () => {
    const bytes = Uint8Array.from(vector('bench-chunk.bin'))
    new ChunkDecoder(fields).decode(bytes).release()
    expect(bytes.byteLength).toBeGreaterThan(4_000_000)
  })

  it('leaves a started Arrow stream intact, although its constant string was in that memory', () => {
    const constant = (text: string): EncodableColumn => ({
      type: 'STRING',
      data: { kind: 'strings', values: [text] },
      constant: true,
    })
    const texts = ['x'.repeat(100_000), '']
    const field = { name: 'text', type: 'STRING', zone: '', format: '' }
    const streamOf = (freed: boolean) => {
      const decoder = new ChunkDecoder([field])
      const encoder = createArrowEncoder([field])
      return texts.map((text) => {
        const bytes = Buffer.from(Uint8Array.from(encodeChunk([constant(text)], 2)).buffer)
        const encoded = encoder.batch(decoder.decode(bytes))
        if (freed) freeMessage(bytes)
        return encoded
      })
    }
    expect(streamOf(true)).toEqual(streamOf(false))
  })
})

describe('the memory of a message', () => {
  it('is freed when the message owns it, apart from its other small fields', () => {
    const message = new Uint8Array(100_000)
    freeMessage(message.subarray(20, 99_000))
    expect(message.byteLength).toBe(0)
  })

  it.each([
    ['of a small message', new Uint8Array(1000)],
    ['that other things lie in', new Uint8Array(1 << 20).subarray(0, 100_000)],
    ['that threads share', new Uint8Array(new SharedArrayBuffer(100_000))],
  ])('stays when it is memory %s', (_, bytes) => {
    const { byteLength } = bytes
    freeMessage(bytes)
    expect(bytes.byteLength).toBe(byteLength)
  })
})

describe('an unreferenced batch', () => {
  it('is collected with the next collection of young objects', () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as (options: { type: 'minor' }) => void
    const chunk = vector('bench-chunk.bin')
    const decoder = new ChunkDecoder(fields)
    const rowsOfAnother = () => decoder.decode(Uint8Array.from(chunk)).rowCount
    const before = process.memoryUsage().arrayBuffers
    for (let batch = 0; batch < 8; batch++) {
      expect(rowsOfAnother()).toBe(50_000)
      // The second collection completes the background work of the first.
      for (let time = 0; time < 2; time++) collect({ type: 'minor' })
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * chunk.byteLength)
  })
})
