import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { DescEnum, DescField, DescMessage } from '@bufbuild/protobuf'
import { cluster, queryEngine } from 'e6data-connector/wire'
import { expect, test } from 'vitest'
import { CHUNK, DATA, VECTOR } from '../packages/connector/src/result/thrift.ts'
import { TYPE_TABLE, VECTOR_TYPES } from '../packages/connector/src/types/type-table.ts'
import { pythonConnector } from './python-compatibility/python-connector.ts'

const INSTALL_AND_RUN_MS = 600_000
const PROGRAM = fileURLToPath(new URL('python-compatibility/wire_shapes.py', import.meta.url))

/** Numbers of types in a descriptor (`FieldDescriptorProto.Type`) that `ScalarType` lacks. */
const MESSAGE_TYPE = 11
const ENUM_TYPE = 14

type Numbers = Record<string, number>
type FieldShape = [number: number, type: number, isRepeated: boolean]

interface WireShapes {
  vectorTypes: Numbers
  structs: Record<string, Numbers>
  messages: Record<string, Record<string, FieldShape>>
  enums: Record<string, Numbers>
  methods: Record<string, [input: string, output: string]>
}

const FILES = [queryEngine.file_query_engine, cluster.file_cluster]

test('the newest published Python connector knows no type, field or call of the wire that is not known here', {
  timeout: INSTALL_AND_RUN_MS,
}, async (context) => {
  const python = await pythonConnector()
  if (python.kind === 'unavailable') {
    await context.annotate(`nothing was compared with the published Python connector: ${python.reason}`)
    return
  }
  const { stdout } = await promisify(execFile)(python.python, [PROGRAM])
  const theirs = JSON.parse(stdout) as WireShapes
  expect(numbersByName(VECTOR_TYPES)).toEqual(theirs.vectorTypes)
  for (const [name, { vectorType }] of Object.entries(TYPE_TABLE)) {
    // INT, SHORT, BYTE and CHAR are names of metadata alone.
    if (name in theirs.vectorTypes) expect([name, vectorType]).toEqual([name, theirs.vectorTypes[name]])
  }
  const { Chunk, Vector, Data } = theirs.structs
  expect({ Chunk: CHUNK, Vector: VECTOR, Data: DATA }).toEqual({ Chunk, Vector, Data })
  const ours = ourShapes()
  expect(missing(ours.enums, theirs.enums)).toEqual([])
  expect(missing(ours.messages, theirs.messages)).toEqual([])
  expect(missing(ours.methods, theirs.methods)).toEqual([])
})

function numbersByName(types: Readonly<Record<number, { readonly name: string }>>): Numbers {
  return Object.fromEntries(Object.entries(types).map(([number, { name }]) => [name, Number(number)]))
}

function ourShapes(): Pick<WireShapes, 'messages' | 'enums' | 'methods'> {
  const messages = FILES.flatMap(({ messages: top }) => withNested(top))
  const enums = [...FILES.flatMap((file) => file.enums), ...messages.flatMap(({ nestedEnums }) => nestedEnums)]
  const methods = FILES.flatMap(({ services }) => services.flatMap((service) => service.methods))
  return {
    messages: Object.fromEntries(messages.map(({ typeName, fields }) => [typeName, fieldShapes(fields)])),
    enums: Object.fromEntries(enums.map((it) => [it.typeName, valuesOf(it)])),
    methods: Object.fromEntries(
      methods.map(({ parent, name, input, output }) => [
        `${parent.typeName}/${name}`,
        [input.typeName, output.typeName],
      ]),
    ),
  }
}

function withNested(messages: readonly DescMessage[]): DescMessage[] {
  return messages.flatMap((message) => [message, ...withNested(message.nestedMessages)])
}

function valuesOf({ values }: DescEnum): Numbers {
  return Object.fromEntries(values.map(({ name, number }) => [name, number]))
}

function fieldShapes(fields: readonly DescField[]): Record<string, FieldShape> {
  return Object.fromEntries(
    fields.map((field) => [
      field.name,
      [field.number, typeNumber(field), field.fieldKind === 'list' || field.fieldKind === 'map'],
    ]),
  )
}

function typeNumber(field: DescField): number {
  switch (field.fieldKind) {
    case 'scalar':
      return field.scalar
    case 'enum':
      return ENUM_TYPE
    case 'list':
      return field.scalar ?? (field.enum ? ENUM_TYPE : MESSAGE_TYPE)
    case 'map':
    case 'message':
      return MESSAGE_TYPE
    default:
      return field satisfies never
  }
}

/** What they have and we lack, or have otherwise, in words. */
function missing(ours: Record<string, object>, theirs: Record<string, object>): string[] {
  return Object.entries(theirs).flatMap(([name, parts]) => {
    const known = ours[name] as Record<string, unknown> | undefined
    // The descriptor of a map holds a message for its entries.
    if (known === undefined) return /\.\w+Entry$/.test(name) ? [] : [`${name} is not known`]
    return Object.entries(parts)
      .filter(([part, shape]) => JSON.stringify(known[part]) !== JSON.stringify(shape))
      .map(([part, shape]) => `${name}.${part} is ${JSON.stringify(shape)}, here ${JSON.stringify(known[part])}`)
  })
}
