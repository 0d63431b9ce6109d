import {
  create,
  type DescField,
  type DescMessage,
  type DescMethod,
  fromBinary,
  ScalarType,
  toBinary,
} from '@bufbuild/protobuf'
import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { DecodeError } from '../errors.ts'
import { ClusterService } from '../gen/cluster_pb.ts'
import { QueryEngineService } from '../gen/query_engine_pb.ts'
import { clusterMethods } from './cluster-methods.ts'
import { engineMethods } from './engine-methods.ts'
import type { UnaryMethod } from './unary-method.ts'

type Plain = Record<string, unknown>

const OURS: Readonly<Record<string, UnaryMethod<never, unknown>>> = { ...engineMethods, ...clusterMethods }

/** Strings with characters of every length, and long ones, whose length takes two bytes. */
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 30, maxLength: 300 }))

const SCALARS: Readonly<Partial<Record<ScalarType, fc.Arbitrary<unknown>>>> = {
  [ScalarType.STRING]: text,
  [ScalarType.BYTES]: fc.uint8Array({ maxLength: 300 }),
  [ScalarType.BOOL]: fc.boolean(),
  [ScalarType.INT32]: fc.integer(),
  [ScalarType.SINT32]: fc.integer(),
  [ScalarType.INT64]: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  [ScalarType.SINT64]: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
}

function anyValue(field: DescField): fc.Arbitrary<unknown> {
  switch (field.fieldKind) {
    case 'scalar':
      return SCALARS[field.scalar]!
    case 'enum':
      return fc.integer({ min: 0, max: 5 })
    case 'message':
      return messageFor(field.message)
    case 'list':
      return fc.array(field.listKind === 'message' ? messageFor(field.message) : SCALARS[field.scalar!]!, {
        maxLength: 4,
      })
    case 'map':
      return fc.dictionary(text, fc.integer({ min: 0, max: 5 }), { maxKeys: 4 })
  }
}

/** Any message, with each field present or omitted. */
function messageFor(schema: DescMessage): fc.Arbitrary<Plain> {
  const fields = schema.fields.map((field) => [field.localName, anyValue(field)] as const)
  return fc.record(Object.fromEntries(fields), { requiredKeys: [] }) as fc.Arbitrary<Plain>
}

/** The content of a protobuf-es message without its type. */
function plain(message: unknown): unknown {
  if (message instanceof Uint8Array) return Buffer.from(message).toString('hex')
  if (Array.isArray(message)) return message.map(plain)
  if (typeof message !== 'object' || message === null) return message
  const fields = Object.entries(message).filter(([name, value]) => !name.startsWith('$') && value !== undefined)
  return Object.fromEntries(fields.map(([name, value]) => [name, plain(value)]))
}

const calls: [name: string, described: DescMethod][] = [...QueryEngineService.methods, ...ClusterService.methods].map(
  (it) => [`${it.parent.typeName}.${it.localName}`, it],
)
const oursFor = ({ parent, localName }: DescMethod): UnaryMethod<never, unknown> =>
  (parent === ClusterService ? clusterMethods : engineMethods)[localName as never]
const RUNS = { numRuns: 30 }

it('every call of the protocol exists by its name', () => {
  expect(Object.keys(engineMethods)).toEqual(Object.keys(QueryEngineService.method))
  expect(Object.keys(clusterMethods)).toEqual(Object.keys(ClusterService.method))
  for (const [, described] of calls) {
    const { name, service, path } = oursFor(described)
    expect([name, service]).toEqual([described.name, described.parent.typeName])
    expect(path).toBe(`/${described.parent.typeName}/${described.name}`)
  }
})

describe.each(calls)('%s', (_, described) => {
  const ours = oursFor(described)

  it('encodes its request like protobuf-es', () => {
    fc.assert(
      fc.property(messageFor(described.input), (request) => {
        const expected = toBinary(described.input, create(described.input, request as never))
        expect(Buffer.from(ours.encode(request as never))).toEqual(Buffer.from(expected))
      }),
      RUNS,
    )
  })

  it('decodes its answer like protobuf-es, even with additional fields', () => {
    const unknown = fc.constantFrom(
      'c03e01',
      'c13e0102030405060708',
      'c23e03414243',
      'c33e0801c43e',
      'c53e01020304',
      '',
    )
    fc.assert(
      fc.property(messageFor(described.output), unknown, unknown, (answer, before, after) => {
        const known = toBinary(described.output, create(described.output, answer as never))
        const bytes = Buffer.concat([Buffer.from(before, 'hex'), known, Buffer.from(after, 'hex')])
        expect(plain(ours.decode(bytes))).toEqual(plain(fromBinary(described.output, known)))
      }),
      RUNS,
    )
  })

  it('refuses an answer that is cut short', () => {
    fc.assert(
      fc.property(messageFor(described.output), (answer) => {
        const whole = toBinary(described.output, create(described.output, answer as never))
        for (let length = 0; length < Math.min(whole.length, 100); length++) {
          const cut = whole.subarray(0, length)
          expect(outcome(() => ours.decode(cut))).toEqual(outcome(() => fromBinary(described.output, cut)))
        }
      }),
      RUNS,
    )
  })
})

/** The decoded result, or the refusal. A message cut between two fields is complete. */
function outcome(read: () => unknown): unknown {
  try {
    return plain(read())
  } catch (error) {
    return error instanceof DecodeError || error instanceof RangeError ? 'refused' : error
  }
}

describe('bytes of a hostile peer', () => {
  const { decode } = OURS.executeStatement!

  it.each([
    ['a string that is not UTF-8', '0a01ff'],
    ['an integer without an end', 'ffffffffffffffffffff01'],
    ['a group that never ends', 'c33e'],
    ['the end of a group that never began', 'c43e'],
    ['groups within groups without end', 'c33e'.repeat(1000)],
    ['a length beyond everything', '0affffffff0f41'],
    ['a form that there is not', 'c63e'],
  ])('%s is refused', (_, hex) => {
    expect(() => decode(Buffer.from(hex, 'hex'))).toThrow(DecodeError)
  })

  it('always result in a message or an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        for (const { decode: read } of Object.values(OURS)) expect(outcome(() => read(bytes))).not.toBeInstanceOf(Error)
      }),
    )
  })

  it('in a field with another wire type are skipped as unknown', () => {
    expect(decode(Buffer.from('0801120141', 'hex'))).toEqual({ sessionId: '', newStrategy: 'A' })
  })
})

it('bytes of an answer are a view of the received ones', () => {
  const { output } = QueryEngineService.method.getNextResultBatch
  const received = new Uint8Array(300)
  const encoded = toBinary(output, create(output, { resultBatch: Uint8Array.of(1, 2, 3), sessionId: 's' }))
  received.set(encoded, 7)
  const { resultBatch } = engineMethods.getNextResultBatch.decode(received.subarray(7, 7 + encoded.length))
  expect(resultBatch.buffer).toBe(received.buffer)
  expect([...resultBatch]).toEqual([1, 2, 3])
})

it('answers have types in which only fields that may be absent are optional', () => {
  type Prepared = ReturnType<typeof engineMethods.prepareStatement.decode>
  expectTypeOf<Prepared>().toEqualTypeOf<{
    queryId: string
    engineIP: string
    sessionId: string
    newStrategy?: string | undefined
  }>()
  expectTypeOf<ReturnType<typeof engineMethods.getColumns.decode>['fieldInfo']>().toEqualTypeOf<
    { fieldName: string; fieldType: string }[]
  >()
})
