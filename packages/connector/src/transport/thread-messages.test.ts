import { expect, it } from 'vitest'
import { movable } from './thread-messages.ts'

it('bytes that own their memory, apart from the frame before them, are transferred to the other thread', () => {
  const message = new Uint8Array(100_005)
  expect(movable(message)).toEqual([message.buffer])
  expect(movable(message.subarray(5))).toEqual([message.buffer])
})

it('bytes that may share their memory are copied', () => {
  const slab = new Uint8Array(1 << 20)
  for (const shared of [
    slab.subarray(6),
    slab.subarray(0, 100_000),
    Buffer.from('small'),
    new Uint8Array(Buffer.poolSize),
  ])
    expect(movable(shared)).toEqual([])
})
